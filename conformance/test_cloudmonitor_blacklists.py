"""CloudMonitor's blacklists through the official Python client, in both of its signatures."""

import json

import pytest
from cloudmonitor import CloudMonitor, Refused, models

NAMESPACE = "acs_ecs_dashboard"
START, END = 1_999_000_000_000, 1_999_003_600_000


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


def create(monitor, name, instance, **fields):
    return monitor.create_metric_rule_black_list(
        name=name,
        category="ecs",
        namespace=NAMESPACE,
        instances=[json.dumps({"instanceId": instance})],
        **fields,
    ).id


def only(monitor, id):
    listed = monitor.describe_metric_rule_black_list(ids=[id])
    assert listed.total == 1
    return listed.describe_metric_rule_black_list[0]


def test_a_blacklist_from_create_to_delete(monitor, name):
    title, instance = name(), name("i")
    id = create(
        monitor,
        title,
        instance,
        metrics=[
            models.CreateMetricRuleBlackListRequestMetrics(
                metric_name="disk_utilization", resource=json.dumps({"device": "/dev/vda1"})
            )
        ],
        scope_type="GROUP",
        scope_value=json.dumps(["7301234"]),
        effective_time="03:00-04:59 UTC+0700",
        enable_start_time=str(START),
        enable_end_time=str(END),
    )
    made = only(monitor, id)
    assert (made.id, made.name, made.category, made.namespace) == (id, title, "ecs", NAMESPACE)
    assert made.instances == [json.dumps({"instanceId": instance})]
    assert [(metric.metric_name, json.loads(metric.resource)) for metric in made.metrics] == [
        ("disk_utilization", {"device": "/dev/vda1"})
    ]
    assert (made.scope_type, made.scope_value) == ("GROUP", ["7301234"])
    assert made.effective_time == "03:00-04:59 UTC+0700"
    assert (made.enable_start_time, made.enable_end_time) == (START, END)
    assert made.is_enable is True
    assert made.create_time == made.update_time and made.create_time.isdigit()

    changed = monitor.modify_metric_rule_black_list(
        id=id,
        name=title,
        category="ecs",
        namespace=NAMESPACE,
        instances=[json.dumps({"instanceId": instance}), json.dumps({"instanceId": instance + "2"})],
        scope_type="USER",
    )
    assert changed.count == "1"
    again = only(monitor, id)
    assert (len(again.instances), again.scope_type, again.effective_time) == (2, "USER", made.effective_time)

    assert monitor.enable_metric_rule_black_list(id=id, is_enable=False).count == 1
    assert only(monitor, id).is_enable is False
    assert monitor.delete_metric_rule_black_list(id=id).count == 1
    assert monitor.describe_metric_rule_black_list(ids=[id]).total == 0


def test_lists_are_filtered_and_paged(monitor, name):
    part, instance = name(), name("i")
    ids = [create(monitor, f"{part}-{number}", f"{instance}{number}") for number in range(3)]
    listed = monitor.describe_metric_rule_black_list(name=part.upper(), page_size=2)
    assert (listed.total, [found.id for found in listed.describe_metric_rule_black_list]) == (3, ids[:0:-1])
    rest = monitor.describe_metric_rule_black_list(name=part, page_size=2, page_number=2)
    assert [found.id for found in rest.describe_metric_rule_black_list] == ids[:1]
    by_instance = monitor.describe_metric_rule_black_list(instance_ids=[f"{instance}1"])
    assert [found.id for found in by_instance.describe_metric_rule_black_list] == [ids[1]]
    assert monitor.describe_metric_rule_black_list(name=part, category="rds").total == 0
    assert monitor.delete_metric_rule_black_list(id=json.dumps(ids)).count == 3


def test_types_are_those_that_strict_clients_need(monitor, name):
    id = create(monitor, name(), name("i"))
    answer = monitor.raw("DescribeMetricRuleBlackList", Ids=[id])
    assert (answer["Code"], answer["Success"], type(answer["Total"])) == ("200", True, int)
    (found,) = answer["DescribeMetricRuleBlackList"]
    assert found["Metrics"] == [] and found["ScopeValue"] == [] and found["IsEnable"] is True
    # Terraform would plan to take away a 0 that nobody asked for.
    assert "EnableStartTime" not in found and "EnableEndTime" not in found
    assert monitor.raw("ModifyMetricRuleBlackList", Id=id, Category="ecs")["Count"] == "1"
    assert monitor.raw("EnableMetricRuleBlackList", Id=id, IsEnable=True)["Count"] == 1
    assert monitor.raw("DeleteMetricRuleBlackList", Id=id)["Count"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"instances": ["i-1"]},
        {"instances": ["{}"]},
        {"metrics": [models.CreateMetricRuleBlackListRequestMetrics(metric_name=f"m{n}") for n in range(11)]},
        {"scope_type": "GROUP"},
        {"effective_time": "25:00-26:00"},
        {"effective_time": "03:00-04:00 UTC+9900"},
        {"enable_start_time": str(END), "enable_end_time": str(START)},
    ],
    ids=lambda fields: ",".join(fields),
)
def test_what_can_not_be_heeded_is_refused(monitor, name, fields):
    given = {"instances": [json.dumps({"instanceId": "i-1"})], **fields}
    with pytest.raises(Refused) as caught:
        monitor.create_metric_rule_black_list(name=name(), category="ecs", namespace=NAMESPACE, **given)
    assert (caught.value.status, caught.value.code) == (400, "InvalidParameterValue")


def test_unknown_blacklists_are_not_found(monitor):
    unknown = "4a06d5ea-f576-4326-842c-fb14ea043d8d"
    for call, fields in [
        (monitor.modify_metric_rule_black_list, {"category": "ecs"}),
        (monitor.enable_metric_rule_black_list, {"is_enable": True}),
        (monitor.delete_metric_rule_black_list, {}),
    ]:
        with pytest.raises(Refused) as caught:
            call(id=unknown, **fields)
        assert (caught.value.status, caught.value.code) == (404, "ResourceNotFound")
