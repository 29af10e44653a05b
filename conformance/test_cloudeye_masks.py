"""Cloud Eye's notification masks through the official Python SDK, and as Terraform's provider calls them."""

import datetime
import re
import time

import pytest
from huaweicloudsdkces.v2 import model as m2

from huawei import Plain, ces_v2, refused

MASK_ID = re.compile(r"nm[A-Za-z0-9]{22}")
ABSENT = "nm1606377637506DmVOENVyL"
MASKS = "/v2/{project}/notification-masks"


@pytest.fixture
def v2(muster):
    return ces_v2(muster)


@pytest.fixture
def plain(muster):
    return Plain(muster)


@pytest.fixture
def rule(v2, name):
    """A rule with two policies; it is deleted at the end."""
    policy = dict(filter="average", comparison_operator=">=", value=80, count=3, suppress_duration=300, level=2, period=1)
    body = m2.PostAlarmsReqV2(
        name=name("r"),
        namespace="SYS.ECS",
        type="MULTI_INSTANCE",
        resources=[[m2.Dimension(name="instance_id", value="vm-1")]],
        policies=[m2.Policy(metric_name=metric, **policy) for metric in ("cpu_util", "mem_util")],
        enabled=True,
        notification_enabled=False,
    )
    id = v2.create_alarm_rules(m2.CreateAlarmRulesRequest(body=body)).alarm_id
    yield id
    body = m2.BatchDeleteAlarmsRequestBody(alarm_ids=[id])
    v2.batch_delete_alarm_rules(m2.BatchDeleteAlarmRulesRequest(body=body))


def ecs(value):
    return m2.Resource(namespace="SYS.ECS", dimensions=[m2.ResourceDimension(name="instance_id", value=value)])


def put(v2, **fields):
    body = m2.BatchUpdateNotificationMasksRequestBody(**fields)
    return v2.batch_update_notification_masks(m2.BatchUpdateNotificationMasksRequest(body=body))


def masks(v2, relation_type="RESOURCE", sort=None, **fields):
    body = m2.ListNotificationMaskRequestBody(relation_type=relation_type, relation_ids=[], **fields)
    return v2.list_notification_masks(m2.ListNotificationMasksRequest(body=body, **(sort or {})))


def delete(v2, *ids):
    body = m2.BatchDeleteNotificationMasksRequestBody(notification_mask_ids=list(ids))
    return v2.batch_delete_notification_masks(m2.BatchDeleteNotificationMasksRequest(body=body)).notification_mask_ids


def test_a_mask_of_resources_from_put_to_delete(v2, name):
    title, host = name("m"), name("vm")
    made = put(
        v2,
        mask_name=title,
        relation_type="RESOURCE",
        relation_ids=[],
        resources=[ecs(host), ecs(host + "-2")],
        metric_names=["cpu_util"],
        mask_type="START_END_TIME",
        start_date=datetime.date(2030, 1, 1),
        start_time="08:00:00",
        end_date=datetime.date(2030, 1, 2),
        end_time="09:30:00",
        effective_timezone="GMT+08:00",
    )
    id = made.notification_mask_id
    assert MASK_ID.fullmatch(id), id
    listed = masks(v2, mask_id=id)
    assert listed.count == 1
    mask = listed.notification_masks[0]
    assert (mask.notification_mask_id, mask.mask_name, mask.relation_type) == (id, title, "RESOURCE")
    assert (mask.mask_type, mask.mask_status, mask.resource_type) == ("START_END_TIME", "MASK_INEFFECTIVE", "MULTI_INSTANCE")
    assert (str(mask.start_date), mask.start_time) == ("2030-01-01", "08:00:00")
    assert (str(mask.end_date), mask.end_time, mask.effective_timezone) == ("2030-01-02", "09:30:00", "GMT+08:00")
    assert mask.metric_names == ["cpu_util"]
    assert [(one.namespace, one.dimension_names) for one in mask.resources] == [("SYS.ECS", ["instance_id"])]
    assert mask.create_time == mask.update_time <= time.time() * 1000 + 60_000

    request = m2.ListNotificationMaskResourcesRequest(notification_mask_id=id, offset=1, limit=1)
    resources = v2.list_notification_mask_resources(request)
    assert resources.count == 2
    assert [one.dimensions[0].value for one in resources.resources] == [host + "-2"]

    body = m2.UpdateNotificationMasksRequestBody(
        mask_name=title + "-2", relation_ids=[], relation_type="RESOURCE", resources=[ecs(host)], mask_type="FOREVER_TIME"
    )
    answer = v2.update_notification_mask(m2.UpdateNotificationMaskRequest(notification_mask_id=id, body=body))
    assert answer.status_code == 204
    mask = masks(v2, mask_id=id).notification_masks[0]
    assert (mask.mask_name, mask.mask_type, mask.mask_status) == (title + "-2", "FOREVER_TIME", "MASK_EFFECTIVE")
    assert (mask.start_date, mask.metric_names) == (None, ["cpu_util"])

    body = m2.BatchUpdateNotificationMaskTimeRequestBody(
        notification_mask_ids=[id], mask_type="CYCLE_TIME", start_time="00:00:00", end_time="23:59:59"
    )
    v2.batch_update_notification_mask_time(m2.BatchUpdateNotificationMaskTimeRequest(body=body))
    assert masks(v2, mask_id=id).notification_masks[0].mask_type == "CYCLE_TIME"

    assert delete(v2, id, ABSENT) == [id]
    assert masks(v2, mask_id=id).count == 0
    with refused(404, "ces.0016"):
        delete(v2, id)


def test_lists_are_filtered_and_sorted(v2, name):
    title, host = name("m"), name("vm")
    ids = [
        put(
            v2,
            mask_name=f"{title}-{n}",
            relation_type="RESOURCE",
            relation_ids=[],
            resources=[ecs(f"{host}-{n}")],
            mask_type="FOREVER_TIME",
        ).notification_mask_id
        for n in range(3)
    ]
    found = lambda **fields: [one.notification_mask_id for one in masks(v2, **fields).notification_masks]
    assert found(mask_name=title) == ids[::-1]
    assert found(mask_name=title, sort=dict(sort_key="update_time", sort_dir="ASC", limit=2)) == ids[:2]
    assert found(mask_name=title, sort=dict(offset=1, limit=1)) == [ids[1]]
    assert found(resource_id=f"{host}-1") == [ids[1]]
    assert found(mask_name=title, namespace="SYS.ECS", dimensions=[m2.ResourceDimension(name="instance_id", value=f"{host}-2")]) == [ids[2]]
    assert found(mask_name=title, relation_type="DEFAULT") == ids[::-1]
    assert found(mask_name=title, mask_status="MASK_INEFFECTIVE") == []
    assert delete(v2, *ids) == ids


def test_policies_on_resources(v2, plain, rule, name):
    policies = plain("GET", f"/v2/{{project}}/alarms/{rule}/policies").json()["policies"]
    ids = [policy["alarm_policy_id"] for policy in policies]
    for relation in ("RESOURCE_POLICY_NOTIFICATION", "RESOURCE_POLICY_ALARM"):
        made = put(
            v2,
            mask_name=name("m"),
            relation_type=relation,
            relation_ids=ids,
            resources=[ecs("vm-1")],
            mask_type="FOREVER_TIME",
        )
        assert made.relation_ids == ids
        (mask,) = masks(v2, relation, mask_id=made.notification_mask_id).notification_masks
        # Terraform takes its relation_ids from here.
        assert [(one.alarm_policy_id, one.metric_name) for one in mask.policies] == list(zip(ids, ("cpu_util", "mem_util")))
        delete(v2, made.notification_mask_id)
    with refused(404, "ces.0016"):
        put(
            v2,
            relation_type="RESOURCE_POLICY_ALARM",
            relation_ids=["1234567890123"],
            resources=[ecs("vm-1")],
            mask_type="FOREVER_TIME",
        )


def test_a_rule_as_terraform_masks_it(plain, rule):
    """Create has no id in its answer; the query by rule is a bare list; update, delete."""
    body = {"relation_type": "ALARM_RULE", "relation_ids": [rule], "mask_type": "FOREVER_TIME"}
    made = plain.terraform("PUT", MASKS, body)
    assert (made.status_code, made.json()) == (200, {"relation_ids": [rule]})
    query = {"relation_type": "ALARM_RULE", "relation_ids": [rule]}
    (mask,) = plain.terraform("POST", f"{MASKS}/batch-query", query).json()
    assert (mask["relation_id"], mask["relation_type"], mask["mask_status"]) == (rule, "ALARM_RULE", "MASK_EFFECTIVE")
    id = mask["notification_mask_id"]
    resources = plain.terraform("GET", f"{MASKS}/{id}/resources", query=[("limit", "100"), ("offset", "0")]).json()
    assert resources == {"resources": [], "count": 0}
    times = {"start_date": "2030-01-01", "start_time": "00:00:00", "end_date": "2030-01-02", "end_time": "00:00:00"}
    changed = plain.terraform("PUT", f"{MASKS}/{id}", {**body, **times, "mask_type": "START_END_TIME"})
    assert (changed.status_code, changed.content) == (204, b"")
    (mask,) = plain.terraform("POST", f"{MASKS}/batch-query", query).json()
    assert (mask["notification_mask_id"], mask["mask_status"]) == (id, "MASK_INEFFECTIVE")
    assert {name: mask[name] for name in times} == times
    # A second create changes the mask that is there.
    plain.terraform("PUT", MASKS, body)
    again = plain.terraform("POST", f"{MASKS}/batch-query", query).json()
    assert [one["notification_mask_id"] for one in again] == [id]
    gone = plain.terraform("POST", f"{MASKS}/batch-delete", {"notification_mask_ids": [id]})
    assert gone.json() == {"notification_mask_ids": [id]}
    assert plain.terraform("POST", f"{MASKS}/batch-query", query).json() == []


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"relation_type": "ALARM"}, "ces.0014"),
        ({"mask_type": "SOMETIMES"}, "ces.0014"),
        ({"mask_type": "START_END_TIME"}, "ces.0001"),
        ({"resources": []}, "ces.0014"),
        ({"resources": [{"namespace": "SYS.ECS", "dimensions": []}]}, "ces.0014"),
        ({"resources": [{"namespace": "ECS", "dimensions": [{"name": "instance_id", "value": "a"}]}]}, "ces.0014"),
        ({"metric_names": ["m"] * 51}, "ces.0014"),
        ({"mask_name": "a" * 65}, "ces.0014"),
        ({"mask_name": "two words"}, "ces.0014"),
        ({"resource_level": "instance"}, "ces.0014"),
        ({"effective_timezone": "Mars"}, "ces.0014"),
    ],
    ids=str,
)
def test_bad_masks_are_refused(plain, fields, code):
    good = {
        "relation_type": "RESOURCE",
        "relation_ids": [],
        "mask_type": "FOREVER_TIME",
        "resources": [{"namespace": "SYS.ECS", "dimensions": [{"name": "instance_id", "value": "a"}]}],
    }
    answer = plain("PUT", MASKS, {**good, **fields})
    assert (answer.status_code, answer.json()["error_code"]) == (400, code), answer.text
