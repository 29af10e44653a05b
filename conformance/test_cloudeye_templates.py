"""Cloud Eye's alarm templates through the official Python SDK, both versions over one store, and as Terraform calls them."""

import re

import pytest
from huaweicloudsdkces.v1 import model as m1
from huaweicloudsdkces.v2 import model as m2

from huawei import Plain, ces_v1, ces_v2, refused

TEMPLATE_ID = re.compile(r"at[A-Za-z0-9]{22}")
ABSENT = "at1606377637506DmVOENVyL"
TEMPLATES = "/v2/{project}/alarm-templates"


@pytest.fixture
def v2(muster):
    return ces_v2(muster)


@pytest.fixture
def v1(muster):
    return ces_v1(muster)


@pytest.fixture
def plain(muster):
    return Plain(muster)


def policy(metric, namespace="SYS.ECS", dimension="instance_id", value=80.0):
    return m2.Policies(
        namespace=namespace,
        dimension_name=dimension,
        metric_name=metric,
        period=300,
        filter="average",
        comparison_operator=">=",
        value=value,
        unit="%",
        count=3,
        alarm_level=1,
        suppress_duration=300,
    )


def create(v2, name, *policies, **fields):
    body = m2.CreateAlarmTemplateRequestBody(template_name=name, policies=list(policies), **fields)
    answer = v2.create_alarm_template(m2.CreateAlarmTemplateRequest(body=body))
    assert answer.status_code == 201
    assert TEMPLATE_ID.fullmatch(answer.template_id), answer.template_id
    return answer.template_id


def show(v2, id):
    return v2.show_alarm_template(m2.ShowAlarmTemplateRequest(template_id=id))


def delete(v2, *ids, with_rules=False):
    body = m2.BatchDeleteAlarmTemplatesRequestBody(template_ids=list(ids), delete_associate_alarm=with_rules)
    return v2.batch_delete_alarm_templates(m2.BatchDeleteAlarmTemplatesRequest(body=body)).template_ids


def follow(plain, name, template):
    """The id of a rule that follows a template."""
    body = {
        "name": name,
        "namespace": "SYS.ECS",
        "type": "MULTI_INSTANCE",
        "resources": [[{"name": "instance_id", "value": "vm-1"}]],
        "alarm_template_id": template,
        "enabled": True,
        "notification_enabled": False,
    }
    return plain("POST", "/v2/{project}/alarms", body).json()["alarm_id"]


def metrics(plain, rule):
    policies = plain("GET", f"/v2/{{project}}/alarms/{rule}/policies").json()["policies"]
    return [(one["metric_name"], one["value"]) for one in policies]


def test_a_template_from_create_to_delete(v2, plain, name):
    title = name("t")
    id = create(v2, title, policy("cpu_util"), policy("iops", "SYS.EVS", "disk_name"), template_description="web")
    shown = show(v2, id)
    assert (shown.template_id, shown.template_name, shown.template_description) == (id, title, "web")
    assert shown.template_type == "custom" and shown.create_time is not None
    assert [(one.namespace, one.dimension_name, one.metric_name) for one in shown.policies] == [
        ("SYS.ECS", "instance_id", "cpu_util"),
        ("SYS.EVS", "disk_name", "iops"),
    ]
    first = shown.policies[0]
    assert (first.period, first.filter, first.comparison_operator, first.value) == (300, "average", ">=", 80.0)
    assert (first.unit, first.count, first.alarm_level, first.suppress_duration) == ("%", 3, 1, 300)

    find = lambda **query: v2.list_alarm_templates(m2.ListAlarmTemplatesRequest(template_name=title.upper(), **query))
    assert [one.template_id for one in find().alarm_templates] == [id]
    assert find(namespace="SYS.EVS", dim_name="disk_name").count == 1
    assert find(product_name="SYS.ECS,instance_id").count == 1
    assert find(namespace="SYS.RDS").count == 0
    assert find(template_type="custom_event").count == 0
    assert find(template_type="system").count == 0

    rule = follow(plain, name("r"), id)
    assert metrics(plain, rule) == [("cpu_util", 80.0)]
    body = m2.UpdateAlarmTemplateRequestBody(
        template_name=title + "-2",
        template_type=0,
        policies=[
            m2.UpdateAlarmTemplatePolicies(
                namespace="SYS.ECS",
                dimension_name="instance_id",
                metric_name=metric,
                period=1,
                filter="max",
                comparison_operator=">",
                value=90,
                count=1,
                alarm_level=2,
                suppress_duration=0,
            )
            for metric in ("cpu_util", "mem_util")
        ],
    )
    answer = v2.update_alarm_template(m2.UpdateAlarmTemplateRequest(template_id=id, body=body))
    assert answer.status_code == 204
    assert metrics(plain, rule) == [("cpu_util", 90), ("mem_util", 90)]
    request = m2.ListAlarmTemplateAssociationAlarmsRequest(template_id=id)
    followers = v2.list_alarm_template_association_alarms(request)
    assert (followers.count, [one.alarm_id for one in followers.alarms]) == (1, [rule])

    other = create(v2, name("t"), policy("cpu_util"))
    with refused(400, "ces.0014"):
        delete(v2, other, id)
    assert delete(v2, id, with_rules=True) == [id]
    assert plain("GET", f"/v2/{{project}}/alarms/{rule}/policies").status_code == 404
    assert delete(v2, other) == [other]
    with refused(404, "ces.0016"):
        show(v2, id)


def test_rules_outlive_their_template(v2, plain, name):
    id = create(v2, name("t"), policy("cpu_util"))
    rule = follow(plain, name("r"), id)
    delete(v2, id)
    assert metrics(plain, rule) == [("cpu_util", 80.0)]
    plain("POST", "/v2/{project}/alarms/batch-delete", {"alarm_ids": [rule]})


def test_a_name_is_overwritten_when_asked(v2, name):
    title = name("t")
    id = create(v2, title, policy("cpu_util"))
    with refused(400, "ces.0014"):
        create(v2, title, policy("mem_util"))
    body = m2.CreateAlarmTemplateRequestBody(template_name=title, is_overwrite=True, policies=[policy("mem_util")])
    answer = v2.create_alarm_template(m2.CreateAlarmTemplateRequest(body=body))
    assert (answer.template_id, answer.overwrite_result.success_ids) == (id, id)
    assert [one.metric_name for one in show(v2, id).policies] == ["mem_util"]
    delete(v2, id)


def test_v1_over_the_same_store(v1, v2, name):
    title = name("t")
    condition = m1.AlarmTemplateCondition(
        comparison_operator=">", count=3, filter="max", period=1, unit="%", value=80.0, suppress_duration=300
    )
    body = dict(
        template_name=title,
        template_description="old",
        namespace="SYS.ECS",
        dimension_name="instance_id",
        template_items=[m1.TemplateItem(metric_name="cpu_util", condition=condition, alarm_level=3)],
    )
    request = m1.CreateAlarmTemplateRequest(body=m1.CreateAlarmTemplateRequestBody(**body))
    id = v1.create_alarm_template(request).template_id
    assert [(one.metric_name, one.alarm_level) for one in show(v2, id).policies] == [("cpu_util", 3)]
    listed = v1.list_alarm_templates(m1.ListAlarmTemplatesRequest(alarm_template_id=id))
    assert (listed.meta_data.count, listed.meta_data.total, listed.meta_data.marker) == (1, 1, "")
    (found,) = listed.alarm_templates
    assert (found.template_name, found.namespace, found.dimension_name) == (title, "SYS.ECS", "instance_id")
    assert (found.template_items[0].condition.value, found.template_items[0].condition.filter) == (80.0, "max")
    condition.value = 95.0
    request = m1.UpdateAlarmTemplateRequest(template_id=id, body=m1.UpdateAlarmTemplateRequestBody(**body))
    assert v1.update_alarm_template(request).status_code == 204
    assert show(v2, id).policies[0].value == 95.0
    assert v1.delete_alarm_template(m1.DeleteAlarmTemplateRequest(template_id=id)).status_code == 204
    with refused(404):
        v1.delete_alarm_template(m1.DeleteAlarmTemplateRequest(template_id=id))


def test_a_template_as_terraform_keeps_it(plain, name):
    """Create without a type, read, whole replacement with 204, delete."""
    policies = [
        {
            "namespace": "SYS.ECS",
            "dimension_name": "instance_id",
            "metric_name": "cpu_util",
            "period": 1,
            "filter": "average",
            "comparison_operator": ">",
            "value": 0,
            "count": 3,
            "suppress_duration": 0,
        }
    ]
    title = name("t")
    made = plain.terraform("POST", TEMPLATES, {"template_name": title, "policies": policies})
    assert made.status_code == 201
    id = made.json()["template_id"]
    read = plain.terraform("GET", f"{TEMPLATES}/{id}").json()
    assert (read["template_type"], read["association_alarm_total"], read["template_description"]) == ("custom", 0, "")
    assert {key: read["policies"][0][key] for key in policies[0]} == policies[0]
    assert read["policies"][0]["alarm_level"] == 2
    policies[0]["value"] = 70
    changed = plain.terraform("PUT", f"{TEMPLATES}/{id}", {"template_name": title, "policies": policies})
    assert (changed.status_code, changed.content) == (204, b"")
    assert plain.terraform("GET", f"{TEMPLATES}/{id}").json()["policies"][0]["value"] == 70
    gone = plain.terraform("POST", f"{TEMPLATES}/batch-delete", {"template_ids": [id]})
    assert gone.json() == {"template_ids": [id]}
    assert plain.terraform("GET", f"{TEMPLATES}/{id}").status_code == 404


@pytest.mark.parametrize(
    "change, code",
    [
        ({"template_name": "1st"}, "ces.0014"),
        ({"template_name": "two words"}, "ces.0014"),
        ({"template_type": 1}, "ces.0014"),
        ({"policies": []}, "ces.0014"),
        ({"policies": None}, "ces.0001"),
        ({"template_description": "a" * 257}, "ces.0014"),
    ],
    ids=str,
)
def test_bad_templates_are_refused(plain, change, code):
    good = {"template_name": "t", "policies": [policy("cpu_util").to_dict()]}
    answer = plain("POST", TEMPLATES, {**good, **change})
    assert (answer.status_code, answer.json()["error_code"]) == (400, code), answer.text
