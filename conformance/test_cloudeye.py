"""Cloud Eye's resource groups through the official Python SDK, both versions over one store."""

import concurrent.futures
import datetime
import json
import re
import time

import pytest
from huaweicloudsdkces.v1 import model as m1
from huaweicloudsdkces.v2 import model as m2

from huawei import Plain, ces_v1, ces_v2, refused

GROUP_ID = re.compile(r"rg[A-Za-z0-9]{22}")
ABSENT = "rg1603131199286dzxpqK3Ez"
HOST = "6f3c6f91-4b24-4e1b-b7d1-a94ac1cb011d"


@pytest.fixture
def v2(muster):
    return ces_v2(muster)


@pytest.fixture
def v1(muster):
    return ces_v1(muster)


@pytest.fixture
def plain(muster):
    return Plain(muster)


def tag(key, value=None, operator=None):
    return m2.ResourceGroupTagRelation(key=key, value=value, operator=operator)


def ecs(value, name="instance_id"):
    return m2.Resource(namespace="SYS.ECS", dimensions=[m2.ResourceDimension(name=name, value=value)])


def create(v2, **fields):
    body = m2.CreateResourceGroupRequestBody(**fields)
    answer = v2.create_resource_group(m2.CreateResourceGroupRequest(body=body))
    assert answer.status_code == 200
    assert GROUP_ID.fullmatch(answer.group_id), answer.group_id
    return answer.group_id


def show(v2, group_id):
    return v2.show_resource_group(m2.ShowResourceGroupRequest(group_id=group_id))


def update(v2, group_id, **fields):
    answer = v2.update_resource_group(
        m2.UpdateResourceGroupRequest(group_id=group_id, body=m2.PutResourceGroupReq(**fields))
    )
    assert answer.status_code == 204


def list_groups(v2, **filters):
    return v2.list_resource_groups(m2.ListResourceGroupsRequest(**filters))


def delete(v2, *group_ids):
    body = m2.BatchDeleteResourceGroupsRequestBody(group_ids=list(group_ids))
    return v2.batch_delete_resource_groups(m2.BatchDeleteResourceGroupsRequest(body=body)).group_ids


def add(v2, group_id, *resources):
    body = m2.AddResourcesReq(resources=list(resources))
    return v2.batch_create_resources(m2.BatchCreateResourcesRequest(group_id=group_id, body=body)).succeed_count


def remove(v2, group_id, *resources):
    body = m2.DelResourcesReq(resources=list(resources))
    return v2.batch_delete_resources(m2.BatchDeleteResourcesRequest(group_id=group_id, body=body)).succeed_count


def members(v2, group_id, service="SYS.ECS", **filters):
    return v2.list_resource_groups_services_resources(
        m2.ListResourceGroupsServicesResourcesRequest(group_id=group_id, service=service, **filters)
    )


def values(answer):
    return [dimension.value for resource in answer.resources for dimension in resource.dimensions]


# The life of a group


def test_a_manual_group_lives_and_dies(v2, name):
    title = name("life_")
    group_id = create(v2, group_name=title)
    group = show(v2, group_id)
    assert (group.group_id, group.group_name, group.type) == (group_id, title, "Manual")
    assert (group.status, group.event_status, group.enterprise_project_id) == ("no_alarm_rule", "no_alarm_rule", "0")
    assert group.resource_level == "dimension"
    # The SDK reads instants of one form only and leaves every other text as it is.
    assert isinstance(group.create_time, datetime.datetime), group.create_time
    assert abs(group.create_time.timestamp() - time.time()) < 120
    assert group.update_time == group.create_time
    statistics = group.resource_statistics
    assert (statistics.unhealthy, statistics.total, statistics.event_unhealthy, statistics.namespaces) == (0, 0, 0, 0)
    assert (group.tags, group.association_ep_ids, group.related_ep_ids, group.association_alarm_templates) == ([], [], [], [])
    update(v2, group_id, group_name=title + "-生产")
    assert show(v2, group_id).group_name == title + "-生产"
    assert delete(v2, group_id) == [group_id]
    with refused(404, "ces.0016"):
        show(v2, group_id)
    assert delete(v2, group_id) == []


def test_tags_are_replaced_as_a_whole(v2, name):
    group_id = create(
        v2,
        group_name=name(),
        type="TAG",
        tags=[tag("env", "prod"), tag("tier", "web", "prefix"), tag("any")],
        # The seed's own example names projects beside tags: they are kept, and select nothing.
        association_ep_ids=["d61d4705-5658-42f5-8e0c-70eb34d17b02"],
    )
    group = show(v2, group_id)
    assert [(t.key, t.operator, t.value) for t in group.tags] == [
        ("env", "equal", "prod"),
        ("tier", "prefix", "web"),
        ("any", "equal", ""),
    ]
    assert group.association_ep_ids == ["d61d4705-5658-42f5-8e0c-70eb34d17b02"]
    assert group.resource_statistics.total == 0
    update(v2, group_id, group_name=group.group_name, tags=[tag("env", "test")])
    assert [(t.key, t.value) for t in show(v2, group_id).tags] == [("env", "test")]
    # Terraform sends the name alone when the tags did not change.
    update(v2, group_id, group_name=group.group_name + "x")
    assert [(t.key, t.value) for t in show(v2, group_id).tags] == [("env", "test")]
    with refused(400, "ces.0014"):
        update(v2, group_id, group_name=group.group_name, tags=[])


def test_enterprise_projects_may_not_exist_yet(v2, name):
    project = "d61d4705-5658-42f5-8e0c-70eb34d17b02"
    group_id = create(v2, group_name=name(), type="EPS", association_ep_ids=["0", project], enterprise_project_id=project)
    group = show(v2, group_id)
    assert (group.association_ep_ids, group.related_ep_ids) == (["0", project], ["0", project])
    assert group.enterprise_project_id == project
    assert [line.extend_relation_id for line in group.ep_resource_statistics] == ["0", project]
    update(v2, group_id, group_name=group.group_name, extend_relation_ids=["0"])
    assert show(v2, group_id).association_ep_ids == ["0"]


def test_groups_by_name_and_by_combination_are_read_as_written(v2, name):
    by_name = m2.Instance(
        product_name="SYS.ECS,instance_id",
        logical_operator="ANY",
        instance_names=[m2.ResourceNameItem(resource_name="web-", operator="prefix", resource_name_is_ignore_case=True)],
    )
    group = show(v2, create(v2, group_name=name(), type="NAME", instances=[by_name]))
    assert group.type == "NAME"
    assert group.instances == [by_name]
    combination = m2.CombRelation(
        logical_operator="ALL",
        conditions=[
            m2.Condition(enterprise_project_id="0"),
            m2.Condition(tag=tag("env", "prod", "equal")),
            m2.Condition(
                instance_name=m2.CombResourceName(resource_name="db", operator="include", resource_name_is_ignore_case=False)
            ),
        ],
    )
    group = show(v2, create(v2, group_name=name(), type="COMB", comb_relation=combination))
    assert group.type == "COMB"
    assert group.comb_relation == combination
    pairs = [m2.EnterpriseProjectIdAndTags(enterprise_project_id="0", tag=tag("env", "prod", "equal"))]
    group = show(v2, create(v2, group_name=name(), type="COMB", enterprise_project_id_and_tags=pairs))
    assert group.enterprise_project_id_and_tags == pairs


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"group_name": None},
        {"group_name": ""},
        {"group_name": "a b"},
        {"group_name": "dot.dot"},
        {"group_name": "😀"},
        {"group_name": "a" * 129},
        {"group_name": 7},
        {"group_name": ["a"]},
        {"group_name": "a", "type": "tag", "tags": [{"key": "k"}]},
        {"group_name": "a", "type": "Unknown"},
        {"group_name": "a", "type": "TAG"},
        {"group_name": "a", "type": "TAG", "tags": []},
        {"group_name": "a", "type": "TAG", "tags": [{}]},
        {"group_name": "a", "type": "TAG", "tags": [["k", "equal", "v"]]},
        {"group_name": "a", "type": "TAG", "tags": {"k": "v"}},
        {"group_name": "a", "type": "TAG", "tags": [{"key": ""}]},
        {"group_name": "a", "type": "TAG", "tags": [{"key": "k" * 129}]},
        {"group_name": "a", "type": "TAG", "tags": [{"key": "k", "value": "v" * 256}]},
        {"group_name": "a", "type": "TAG", "tags": [{"key": "k", "operator": "EQUAL"}]},
        {"group_name": "a", "type": "TAG", "tags": [{"key": f"k{i}"} for i in range(51)]},
        {"group_name": "a", "type": "EPS"},
        {"group_name": "a", "type": "EPS", "association_ep_ids": []},
        {"group_name": "a", "type": "EPS", "association_ep_ids": ["x"]},
        {"group_name": "a", "type": "EPS", "association_ep_ids": ["0"] * 51},
        {"group_name": "a", "type": "NAME"},
        {"group_name": "a", "type": "COMB"},
        {"group_name": "a", "type": "COMB", "comb_relation": {"logical_operator": "ALL", "conditions": []}},
        {"group_name": "a", "type": "COMB", "comb_relation": {"logical_operator": "SOME", "conditions": [{"enterprise_project_id": "0"}]}},
        {"group_name": "a", "enterprise_project_id": "1"},
        {"group_name": "a", "resource_level": "host"},
        {"group_name": "a", "resources": [{"namespace": "SYS.ECS"}]},
        {"group_name": "a", "resources": [{"namespace": "SYS", "dimensions": [{"name": "a", "value": "b"}]}]},
        {"group_name": "a", "resources": [{"namespace": "SYS.ECS", "dimensions": []}]},
        {"group_name": "a", "resources": [{"namespace": "SYS.ECS", "dimensions": [{"name": f"a{i}", "value": "b"} for i in range(5)]}]},
        {"group_name": "a", "resources": [{"namespace": "SYS.ECS", "dimensions": [{"name": "a", "value": ""}]}]},
        {"group_name": "a\u0000"},
    ],
    ids=lambda fields: json.dumps(fields)[:60],
)
def test_what_cannot_be_created_leaves_nothing(muster, v2, plain, fields):
    before = list_groups(v2).count
    answer = plain("POST", "/v2/{project}/resource-groups", fields)
    body = answer.json()
    assert answer.status_code == 400, body
    assert body["error_code"] in ("ces.0001", "ces.0014"), body
    assert 0 < len(body["error_msg"]) <= 256
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert list_groups(v2).count == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"group_name":"a","group_name":"b"}'])
def test_bodies_that_are_no_object_are_refused(plain, body):
    for version in ("v2", "V1.0"):
        answer = plain("POST", f"/{version}/{{project}}/resource-groups", body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error_code"] in ("ces.0001", "ces.0014")


def test_the_longest_of_everything_fits(v2, name):
    title = name("x" * 100 + "界" * 10)
    title += "y" * (128 - len(title))
    tags = [tag("k" * 127 + "é", "v" * 255)] + [tag(f"键{i}") for i in range(49)]
    group = show(v2, create(v2, group_name=title, type="TAG", tags=tags))
    assert group.group_name == title
    assert len(group.tags) == 50


def test_unknown_fields_and_equal_names_are_accepted(v2, plain, name):
    title = name()
    body = {"group_name": title, "unknown": {"deep": [1, 2]}, "tags": None, "type": None}
    ids = {plain("POST", "/v2/{project}/resource-groups", body).json()["group_id"] for _ in range(2)}
    assert len(ids) == 2
    assert {group.group_id for group in list_groups(v2, group_name=title).resource_groups} == ids


# Lists


def test_lists_are_filtered_and_paged(v2, name):
    title = name("Page")
    manual = [create(v2, group_name=f"{title}-{i}") for i in range(5)]
    tagged = create(v2, group_name=f"{title}-tag", type="TAG", tags=[tag("a")])
    project = "d61d4705-5658-42f5-8e0c-70eb34d17b02"
    owned = create(v2, group_name=f"{title}-owned", enterprise_project_id=project)
    ids = lambda **filters: [group.group_id for group in list_groups(v2, group_name=title.upper(), **filters).resource_groups]
    everything = ids()
    assert everything == [owned, tagged, *reversed(manual)]
    assert ids(type="TAG") == [tagged]
    assert ids(type="Manual") == [owned, *reversed(manual)]
    assert ids(enterprise_project_id=project) == [owned]
    assert ids(enterprise_project_id="all_granted_eps") == everything
    assert ids(group_id=tagged) == [tagged]
    assert ids(group_id=ABSENT) == []
    assert ids(status="no_alarm_rule") == everything
    assert ids(status="unhealthy") == ids(status="health") == []
    walked = []
    while page := list_groups(v2, group_name=title, limit=2, offset=len(walked)):
        assert page.count == 7
        if not page.resource_groups:
            break
        walked += [group.group_id for group in page.resource_groups]
    assert walked == everything
    item = list_groups(v2, group_id=tagged).resource_groups[0]
    assert (item.type, item.status, item.resource_level, item.related_ep_ids) == ("TAG", "no_alarm_rule", "dimension", [])
    assert item.resource_statistics.to_dict() == {"unhealthy": 0, "total": 0, "event_unhealthy": 0, "namespaces": 0}


def test_a_name_is_searched_literally(v2, name):
    title = name("lit_")
    create(v2, group_name=title)
    create(v2, group_name=title.replace("_", "x"))
    assert list_groups(v2, group_name=title).count == 1
    assert list_groups(v2, group_name=title.replace("_", "%")).count == 0


@pytest.mark.parametrize(
    "query",
    [
        ("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "ten"), ("limit", "1e3"), ("limit", "9" * 30),
        ("offset", "-1"), ("offset", "10001"), ("offset", "x"), ("type", "manual"), ("status", "unhealth"),
        ("group_id", "x"), ("enterprise_project_id", "x"),
    ],
)  # fmt: skip
def test_bad_parameters_of_lists_are_refused(plain, query):
    answer = plain("GET", "/v2/{project}/resource-groups", query=[query])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ces.0013"), answer.text


def test_ids_have_a_form(muster, v2, plain):
    for call in (
        lambda group_id: show(v2, group_id),
        lambda group_id: update(v2, group_id, group_name="a"),
        lambda group_id: add(v2, group_id, ecs("a")),
        lambda group_id: remove(v2, group_id, ecs("a")),
        lambda group_id: members(v2, group_id),
    ):
        with refused(400, "ces.0013"):
            call("rg123")
        with refused(404, "ces.0016"):
            call(ABSENT)
    answer = plain("POST", "/v2/{project}/resource-groups/batch-delete", {"group_ids": ["rg123"]})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "ces.0014")
    assert delete(v2, ABSENT) == []
    for ids in ([], None, [ABSENT] * 101, "rg", [1]):
        assert plain("POST", "/v2/{project}/resource-groups/batch-delete", {"group_ids": ids}).status_code == 400


# Members


def test_members_are_added_once_and_removed(v2, name):
    group_id = create(v2, group_name=name(), resources=[ecs("host-1")])
    assert add(v2, group_id, ecs("host-1"), ecs("host-2"), ecs("host-2")) == 1
    disk = lambda *pairs: m2.Resource(
        namespace="AGT.ECS", dimensions=[m2.ResourceDimension(name=n, value=v) for n, v in pairs]
    )
    assert add(v2, group_id, disk(("instance_id", "host-1"), ("disk", "sda"))) == 1
    assert add(v2, group_id, disk(("disk", "sda"), ("instance_id", "host-1"))) == 0
    statistics = show(v2, group_id).resource_statistics
    assert (statistics.total, statistics.namespaces) == (3, 2)
    assert values(members(v2, group_id)) == ["host-1", "host-2"]
    assert members(v2, group_id, service="SYS.RDS").resources == []
    agent = members(v2, group_id, service="AGT.ECS", dim_name="disk,instance_id")
    assert [(d.name, d.value) for d in agent.resources[0].dimensions] == [("instance_id", "host-1"), ("disk", "sda")]
    assert members(v2, group_id, service="AGT.ECS", dim_name="disk").count == 0
    assert values(members(v2, group_id, dim_value="host-2")) == ["host-2"]
    assert members(v2, group_id, dim_value="host").count == 0
    first = members(v2, group_id, limit=1, offset=0)
    assert (first.count, values(first)) == (2, ["host-1"])
    assert values(members(v2, group_id, limit=1, offset=1)) == ["host-2"]
    assert members(v2, group_id, offset=2).resources == []
    item = first.resources[0]
    assert (item.status, item.event_status, item.tags, item.enterprise_project_id) == ("no_alarm_rule", "no_alarm_rule", "{}", "0")
    assert members(v2, group_id, status="no_alarm_rule").count == 2
    assert members(v2, group_id, status="unhealthy").count == 0
    assert members(v2, group_id, tag='"env":"prod"').count == 0
    assert members(v2, group_id, extend_relation_id="0").count == 2
    with refused(400, "ces.0013"):
        members(v2, group_id, tag="env:prod")
    assert remove(v2, group_id, ecs("host-1"), ecs("absent")) == 1
    assert values(members(v2, group_id)) == ["host-2"]


def test_overlapping_additions_at_once_give_the_union(muster, v2, name):
    group_id = create(v2, group_name=name())

    def add_from(first):
        return add(ces_v2(muster), group_id, *[ecs(f"host-{i}") for i in range(first, first + 60)])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add_from, range(0, 160, 20)))
    assert sum(added) == show(v2, group_id).resource_statistics.total == 200


def test_what_was_answered_survives_a_kill(start_muster):
    server = start_muster()
    before = ces_v2(server)
    kept = create(before, group_name="kept", type="TAG", tags=[tag("env", "prod")])
    manual = create(before, group_name="manual", resources=[ecs("a")])
    add(before, manual, ecs("b"))
    gone = create(before, group_name="gone")
    assert delete(before, gone) == [gone]
    server.kill()
    server.start()
    after = ces_v2(server)
    assert [t.key for t in show(after, kept).tags] == ["env"]
    assert values(members(after, manual)) == ["a", "b"]
    assert {group.group_id for group in list_groups(after).resource_groups} == {kept, manual}


def test_a_group_holds_a_thousand_members(v2, name):
    group_id = create(v2, group_name=name())
    assert add(v2, group_id, *[ecs(f"host-{i}") for i in range(999)]) == 999
    with refused(400, "ces.0014"):
        add(v2, group_id, ecs("one"), ecs("two"))
    assert show(v2, group_id).resource_statistics.total == 999
    assert add(v2, group_id, ecs("one")) == 1
    with refused(400, "ces.0014"):
        add(v2, group_id, *[ecs(f"more-{i}") for i in range(1001)])


def test_members_belong_into_manual_groups(v2, plain, name):
    tagged = create(v2, group_name=name(), type="TAG", tags=[tag("a")], resources=[ecs("ignored")])
    assert show(v2, tagged).resource_statistics.total == 0
    with refused(400, "ces.0014"):
        add(v2, tagged, ecs("a"))
    with refused(400, "ces.0014"):
        remove(v2, tagged, ecs("a"))
    manual = create(v2, group_name=name())
    for body in ({}, {"resources": []}, {"resources": "x"}, {"product_resources": []}):
        answer = plain("POST", f"/v2/{{project}}/resource-groups/{manual}/resources/batch-create", body)
        assert answer.status_code == 400, answer.text


def test_product_members_are_set_as_a_whole(v2, name):
    product = lambda *instances: m2.ProductResource(
        product_name="SYS.ECS,instance_id",
        namespace="SYS.ECS",
        product_instances=[
            m2.ProductInstance(first_dimension_name="instance_id", first_dimension_value=value, resource_name=title)
            for value, title in instances
        ],
    )
    group_id = create(
        v2,
        group_name=name(),
        resource_level="product",
        product_names="SYS.ECS,instance_id",
        product_resources=[product(("h1", "web-01"), ("h2", "web-02"))],
    )
    group = show(v2, group_id)
    assert (group.resource_level, group.product_names, group.resource_statistics.total) == ("product", "SYS.ECS,instance_id", 2)
    body = m2.AddResourcesReq(product_resources=[product(("h2", "web-02"), ("h3", "db-01"))])
    answer = v2.batch_create_resources(m2.BatchCreateResourcesRequest(group_id=group_id, body=body))
    assert answer.succeed_count == 1
    listed = members(v2, group_id)
    assert [(r.resource_name, r.dimensions[0].value) for r in listed.resources] == [("web-02", "h2"), ("db-01", "h3")]
    assert values(members(v2, group_id, resource_name="web")) == ["h2"]
    assert members(v2, group_id, product_name="SYS.ECS,instance_id").count == 2
    with refused(400, "ces.0014"):
        add(v2, group_id, ecs("h4"))
    body = m2.DelResourcesReq(product_resources=[product(("h2", None))])
    answer = v2.batch_delete_resources(m2.BatchDeleteResourcesRequest(group_id=group_id, body=body))
    assert answer.succeed_count == 1
    assert values(members(v2, group_id)) == ["h3"]


# V1.0


def test_the_older_version_sees_the_same_groups(v1, v2, name):
    title = name("old_")
    resource = m1.CreateResourceGroup(namespace="SYS.ECS", dimensions=[m1.MetricsDimension(name="instance_id", value=HOST)])
    body = m1.CreateResourceGroupRequestBody(group_name=title, resources=[resource])
    created = v1.create_resource_group(m1.CreateResourceGroupRequest(body=body))
    assert created.status_code == 201
    group_id = created.group_id
    assert GROUP_ID.fullmatch(group_id)
    assert show(v2, group_id).resource_statistics.total == 1
    add(v2, group_id, ecs("a"), ecs("b"))
    shown = v1.show_resource_group(m1.ShowResourceGroupRequest(group_id=group_id, limit="2"))
    assert (shown.group_name, shown.enterprise_project_id, str(shown.status)) == (title, "0", "no_alarm_rule")
    assert abs(shown.create_time / 1000 - time.time()) < 120
    assert (shown.meta_data.count, shown.meta_data.total, shown.meta_data.marker) == (2, 3, "2")
    rest = v1.show_resource_group(m1.ShowResourceGroupRequest(group_id=group_id, limit="2", start=shown.meta_data.marker))
    assert (rest.meta_data.count, rest.meta_data.total, rest.meta_data.marker) == (1, 3, "")
    seen = [r.dimensions[0].value for r in shown.resources + rest.resources]
    assert sorted(seen) == sorted([HOST, "a", "b"])
    empty = v1.show_resource_group(m1.ShowResourceGroupRequest(group_id=group_id, namespace="SYS.RDS"))
    assert empty.resources == []
    listed = v1.list_resource_group(m1.ListResourceGroupRequest(group_name=title))
    assert listed.meta_data.total == 1
    item = listed.resource_groups[0]
    assert (item.group_id, item.type, item.relation_ids, item.resources) == (group_id, "Manual", [], [])
    assert item.instance_statistics.to_dict() == {"unhealth": 0, "total": 3, "type_statistics": 1}
    change = m1.UpdateResourceGroupRequestBody(group_name=title + "x", resources=[resource])
    assert v1.update_resource_group(m1.UpdateResourceGroupRequest(group_id=group_id, body=change)).status_code == 204
    group = show(v2, group_id)
    assert (group.group_name, group.resource_statistics.total) == (title + "x", 1)
    assert v1.delete_resource_group(m1.DeleteResourceGroupRequest(group_id=group_id)).status_code == 204
    with refused(404, "ces.0016"):
        v1.delete_resource_group(m1.DeleteResourceGroupRequest(group_id=group_id))
    with refused(404, "ces.0016"):
        show(v2, group_id)


def test_the_older_version_follows_projects_and_tags(v1, v2, name):
    body = m1.CreateResourceGroupRequestBody(group_name=name(), type="EPS", relation_ids=["0"])
    eps = v1.create_resource_group(m1.CreateResourceGroupRequest(body=body)).group_id
    assert show(v2, eps).association_ep_ids == ["0"]
    relation = m1.ResourceGroupTagRelation(key="env", value="v" * 43)
    body = m1.CreateResourceGroupRequestBody(group_name=name(), type="TAG", tags=[relation])
    tagged = v1.create_resource_group(m1.CreateResourceGroupRequest(body=body)).group_id
    assert [(t.key, t.operator) for t in show(v2, tagged).tags] == [("env", "equal")]
    body.tags = [m1.ResourceGroupTagRelation(key="env", value="v" * 44)]
    with refused(400, "ces.0014"):
        v1.create_resource_group(m1.CreateResourceGroupRequest(body=body))
    change = m1.UpdateResourceGroupRequestBody(group_name="renamed", type="EPS")
    with refused(400, "ces.0014"):
        v1.update_resource_group(m1.UpdateResourceGroupRequest(group_id=tagged, body=change))
    assert show(v2, tagged).group_name != "renamed"


def test_the_older_envelope_has_both_forms(plain):
    answer = plain("GET", f"/V1.0/{{project}}/resource-groups/{ABSENT}")
    body = answer.json()
    assert answer.status_code == 404
    assert (body["http_code"], body["message"]["code"], body["error_code"]) == (404, "ces.0016", "ces.0016")
    assert body["message"]["details"] == body["error_msg"]
    assert body["encoded_authorization_message"] is None
