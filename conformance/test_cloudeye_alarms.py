"""Cloud Eye's alarm rules through the official Python SDK: V1.0 and v2 over one store, judged live."""

import time

import pytest
from huaweicloudsdkces.v1 import model as m1
from huaweicloudsdkces.v2 import model as m2

from huawei import Plain, ces_v1, ces_v2, refused

URN = "urn:smn:region:project:ops"


@pytest.fixture
def v1(muster):
    return ces_v1(muster)


@pytest.fixture
def v2(muster):
    return ces_v2(muster)


@pytest.fixture
def plain(muster):
    return Plain(muster)


@pytest.fixture
def namespace(name):
    return "MINE." + name()


def policy(**changed):
    fields = {
        "metric_name": "load",
        "period": 1,
        "filter": "average",
        "comparison_operator": ">=",
        "value": 80,
        "count": 3,
        "suppress_duration": 0,
        "level": 2,
    } | changed
    return m2.AlarmRulePolicy(**fields)


def create(v2, namespace, **changed):
    fields = {
        "name": "busy",
        "namespace": namespace,
        "type": "MULTI_INSTANCE",
        "resources": [[m2.Dimension(name="host", value="h1")]],
        "policies": [policy()],
        "enabled": True,
        "notification_enabled": False,
    } | changed
    answer = v2.create_alarm_rules(m2.CreateAlarmRulesRequest(body=m2.PostAlarmsReqV2(**fields)))
    assert answer.status_code == 201
    return answer.alarm_id


def listed(v2, alarm_id):
    [rule] = v2.list_alarm_rules(m2.ListAlarmRulesRequest(alarm_id=alarm_id)).alarms
    return rule


def shown(v1, alarm_id):
    [rule] = v1.show_alarm(m1.ShowAlarmRequest(alarm_id=alarm_id)).metric_alarms
    return rule


def put(v1, namespace, value, host="h1", at=None):
    body = m1.CreateMetricDataRequestBody(
        metric=m1.MetricInfo(
            namespace=namespace, metric_name="load", dimensions=[m1.MetricsDimension(name="host", value=host)]
        ),
        ttl=172800,
        collect_time=at or int(time.time() * 1000),
        value=value,
        unit="%",
    )
    assert v1.create_metric_data(m1.CreateMetricDataRequest(body=[body])).status_code == 201


def eventually(look, expected):
    """Judging follows within its cycle; the last look is what a failure shows."""
    until = time.monotonic() + 20
    while (seen := look()) != expected and time.monotonic() < until:
        time.sleep(0.1)
    assert seen == expected


def group_of(v2, namespace, *hosts):
    resources = [
        m2.Resource(namespace=namespace, dimensions=[m2.ResourceDimension(name="host", value=host)]) for host in hosts
    ]
    body = m2.CreateResourceGroupRequestBody(group_name="hosts", resources=resources)
    return v2.create_resource_group(m2.CreateResourceGroupRequest(body=body)).group_id


def health(v1, v2, group_id):
    """The word of v2 and how many are unhealthy; V1.0 has a spelling of its own for the same."""
    old = v1.list_resource_group(m1.ListResourceGroupRequest(group_id=group_id)).resource_groups[0]
    group = v2.show_resource_group(m2.ShowResourceGroupRequest(group_id=group_id))
    if old.status.replace("unhealth", "unhealthy") != group.status:
        return "the versions disagree", old.status, group.status
    return group.status, group.resource_statistics.unhealthy


def records(v2, alarm_id, **filters):
    request = m2.ListAlarmHistoriesRequest(alarm_id=[alarm_id], **filters)
    answer = v2.list_alarm_histories(request)
    assert answer.count == len(answer.alarm_histories)
    return answer.alarm_histories


def test_a_group_falls_ill_and_recovers(v1, v2, namespace):
    group_id = group_of(v2, namespace, "h1", "h2")
    apart = group_of(v2, namespace, "h9")
    assert health(v1, v2, group_id) == ("no_alarm_rule", 0)
    alarm_id = create(
        v2,
        namespace,
        type="RESOURCE_GROUP",
        resource_group_id=group_id,
        resources=[[m2.Dimension(name="host")]],
        notification_enabled=True,
        alarm_notifications=[m2.Notification(type="notification", notification_list=[URN])],
        ok_notifications=[m2.Notification(type="notification", notification_list=[URN])],
    )
    assert health(v1, v2, group_id) == ("health", 0)
    assert health(v1, v2, apart) == ("no_alarm_rule", 0)
    start = int(time.time()) * 1000 - 5000
    put(v1, namespace, 90, at=start)
    put(v1, namespace, 91, at=start + 1000)
    eventually(lambda: shown(v1, alarm_id).alarm_state, "ok")
    assert (health(v1, v2, group_id), records(v2, alarm_id)) == (("health", 0), []), "two points are not three"
    put(v1, namespace, 92, at=start + 2000)
    eventually(lambda: health(v1, v2, group_id), ("unhealthy", 1))
    assert shown(v1, alarm_id).alarm_state == "alarm"
    old = v1.show_resource_group(m1.ShowResourceGroupRequest(group_id=group_id))
    assert (old.status, {one.dimensions[0].value: one.status for one in old.resources}) == (
        "unhealth",
        {"h1": "unhealth", "h2": "health"},
    )
    ill = v2.list_resource_groups_services_resources(
        m2.ListResourceGroupsServicesResourcesRequest(group_id=group_id, service=namespace, status="unhealthy")
    )
    assert [one.dimensions[0].value for one in ill.resources] == ["h1"]
    [record] = records(v2, alarm_id, status=["alarm"], level=2)
    assert [point.value for point in record.data_points] == [90, 91, 92]
    assert (record.status, record.type, record.mask_status) == ("alarm", "RESOURCE_GROUP", "UN_MASKED")
    assert (record.end_time, record.alarm_recovery_time) == (None, None)
    assert record.metric.dimensions[0].value == "h1"
    put(v1, namespace, 20, at=start + 3000)
    eventually(lambda: health(v1, v2, group_id), ("health", 0))
    [record] = records(v2, alarm_id)
    assert (record.status, shown(v1, alarm_id).alarm_state) == ("ok", "ok")
    assert record.alarm_recovery_time is not None and record.end_time is not None
    for other, total in [(group_id, 1), (apart, 0)]:
        found = v1.list_alarm_histories(m1.ListAlarmHistoriesRequest(group_id=other, alarm_id=alarm_id))
        assert found.meta_data.total == total


def test_a_disabled_rule_is_over(v1, v2, namespace):
    alarm_id = create(v2, namespace, policies=[policy(count=1)])
    put(v1, namespace, 90)
    eventually(lambda: [record.status for record in records(v2, alarm_id)], ["alarm"])
    switch = m2.BatchEnableAlarmsRequestBody(alarm_ids=[alarm_id], alarm_enabled=False)
    answer = v2.batch_enable_alarm_rules(m2.BatchEnableAlarmRulesRequest(body=switch))
    assert answer.alarm_ids == [alarm_id]
    assert [record.status for record in records(v2, alarm_id)] == ["invalid"]
    assert shown(v1, alarm_id).alarm_enabled is False


def test_three_views_agree_after_a_change_through_each(v1, v2, plain, namespace):
    alarm_id = create(
        v2,
        namespace,
        policies=[policy(), policy(metric_name="depth", period=300, filter="max", value=5, count=1, level=1)],
        notification_enabled=True,
        alarm_notifications=[m2.Notification(type="notification", notification_list=[URN])],
        tags=[m2.ResourceTag(key="team", value=namespace)],
    )
    body = {"alarm_name": "renamed", "alarm_actions": [{"type": "notification", "notificationList": [URN + "2"]}]}
    assert plain("PUT", f"/V1.0/{{project}}/alarms/{alarm_id}", body).status_code == 204
    assert listed(v2, alarm_id).name == shown(v1, alarm_id).alarm_name == "renamed"
    assert listed(v2, alarm_id).alarm_notifications[0].notification_list == [URN + "2"]
    assert shown(v1, alarm_id).alarm_actions[0].notification_list == [URN + "2"]
    new = m2.UpdateAlarmRulePoliciesReqBodyV2(policies=[policy(value=70, level=3)])
    v2.update_alarm_rule_policies(m2.UpdateAlarmRulePoliciesRequest(alarm_id=alarm_id, body=new))
    of_rule = v2.list_alarm_rule_policies(m2.ListAlarmRulePoliciesRequest(alarm_id=alarm_id))
    assert [one.value for one in of_rule.policies] == [one.value for one in listed(v2, alarm_id).policies] == [70]
    assert (shown(v1, alarm_id).condition.value, shown(v1, alarm_id).alarm_level) == (70, 3)
    more = m2.ResourcesReqV2(resources=[[m2.Dimension(name="host", value="h2")]])
    v2.add_alarm_rule_resources(m2.AddAlarmRuleResourcesRequest(alarm_id=alarm_id, body=more))
    less = m2.ResourcesReqV2(resources=[[m2.Dimension(name="host", value="h1")]])
    v2.delete_alarm_rule_resources(m2.DeleteAlarmRuleResourcesRequest(alarm_id=alarm_id, body=less))
    left = v2.list_alarm_rule_resources(m2.ListAlarmRuleResourcesRequest(alarm_id=alarm_id))
    assert [[one.value for one in resource] for resource in left.resources] == [["h2"]]
    assert shown(v1, alarm_id).metric.dimensions[0].value == "h2"
    quiet = m2.PutAlarmNotificationReq(notification_enabled=False)
    answer = v2.update_alarm_notifications(m2.UpdateAlarmNotificationsRequest(alarm_id=alarm_id, body=quiet))
    assert answer.notification_enabled is False and shown(v1, alarm_id).alarm_action_enabled is False
    request = m2.ListCesTargetProjectTagsRequest(resource_type="CES-alarm")
    tags = {tag.key: tag.values for tag in v2.list_ces_target_project_tags(request).tags}
    assert namespace in tags["team"]
    quotas = v1.show_quotas(m1.ShowQuotasRequest()).quotas.resources
    assert quotas[0].type == "alarm" and quotas[0].used >= 1
    deleted = v2.batch_delete_alarm_rules(
        m2.BatchDeleteAlarmRulesRequest(body=m2.BatchDeleteAlarmsRequestBody(alarm_ids=[alarm_id]))
    )
    assert deleted.alarm_ids == [alarm_id]
    with refused(404, "ces.0016"):
        v1.show_alarm(m1.ShowAlarmRequest(alarm_id=alarm_id))
    assert v2.list_alarm_rules(m2.ListAlarmRulesRequest(alarm_id=alarm_id)).count == 0


def test_v1_makes_switches_lists_and_deletes(v1, namespace):
    def make(name):
        body = m1.CreateAlarmRequestBody(
            alarm_name=name,
            metric=m1.CreateAlarmMetric(
                namespace=namespace, metric_name="load", dimensions=[m1.MetricsDimension(name="host", value="h1")]
            ),
            condition=m1.Condition(comparison_operator=">", count=2, filter="average", period=1, value=9),
            alarm_action_enabled=False,
        )
        return v1.create_alarm(m1.CreateAlarmRequest(body=body)).alarm_id

    ids = [make("one"), make("two")]
    page = v1.list_alarms(m1.ListAlarmsRequest(limit=1))
    assert page.metric_alarms[0].alarm_id == ids[1] and page.meta_data.marker == ids[1]
    rest = v1.list_alarms(m1.ListAlarmsRequest(limit=1, start=page.meta_data.marker))
    assert rest.metric_alarms[0].alarm_id == ids[0]
    off = m1.UpdateAlarmActionRequestBody(alarm_enabled=False)
    v1.update_alarm_action(m1.UpdateAlarmActionRequest(alarm_id=ids[0], body=off))
    assert shown(v1, ids[0]).alarm_enabled is False
    changed = m1.UpdateAlarmRequestBody(
        alarm_name="three", condition=m1.Condition(comparison_operator="<", count=1, filter="min", period=300, value=1)
    )
    v1.update_alarm(m1.UpdateAlarmRequest(alarm_id=ids[0], body=changed))
    assert (shown(v1, ids[0]).alarm_name, shown(v1, ids[0]).condition.comparison_operator) == ("three", "<")
    for alarm_id in ids:
        v1.delete_alarm(m1.DeleteAlarmRequest(alarm_id=alarm_id))
        with refused(404, "ces.0016"):
            v1.delete_alarm(m1.DeleteAlarmRequest(alarm_id=alarm_id))


@pytest.mark.parametrize(
    "changed",
    [
        {"period": 60},
        {"filter": "avg"},
        {"count": 6},
        {"comparison_operator": "=="},
        {"suppress_duration": 1},
        {"level": 5},
    ],
)
def test_what_no_policy_may_say_is_refused(v2, namespace, changed):
    with refused(400, "ces.0014"):
        create(v2, namespace, policies=[policy(**changed)])


def test_an_alarm_moves_between_enterprise_projects(v2, plain, namespace, name):
    project = plain("POST", "/v1.0/enterprise-projects", {"name": name(), "description": ""}).json()
    project = project["enterprise_project"]["id"]
    alarm_id = create(v2, namespace)
    own = plain.muster.credentials
    body = {
        "project_id": own["project_id"],
        "region_id": own["region"],
        "resource_type": "CES-alarm",
        "resource_id": alarm_id,
        "associated": False,
    }
    moved = plain("POST", f"/v1.0/enterprise-projects/{project}/resources-migrate", body)
    assert moved.status_code == 204, moved.text
    found = plain(
        "POST", f"/v1.0/enterprise-projects/{project}/resources/filter", {"resource_types": ["CES-alarm"]}
    ).json()
    assert [one["resource_id"] for one in found["resources"]] == [alarm_id]
    assert listed(v2, alarm_id).enterprise_project_id == project
