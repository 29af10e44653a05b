"""CloudMonitor's application groups through the official Python client, in both of its signatures."""

import time

import huaweicloudsdkces.v2 as ces
import huaweicloudsdktms.v1 as tms
import pytest
from cloudmonitor import CloudMonitor, Refused, eventually, models
from huawei import ces_v2, global_credentials


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


@pytest.fixture
def cms(muster):
    return CloudMonitor(muster)


def refused(call, *args, **fields):
    with pytest.raises(Refused) as caught:
        call(*args, **fields)
    return caught.value.status, caught.value.code


def instance(category, id, name, request="Create"):
    kind = getattr(models, f"{request}MonitorGroupInstancesRequestInstances")
    return kind(category=category, instance_id=id, instance_name=name, region_id="cn-hangzhou")


def groups(monitor, **fields):
    return monitor.describe_monitor_groups(**fields).resources.resource


def instances(monitor, group, **fields):
    found = monitor.describe_monitor_group_instances(group_id=group, **fields)
    assert (found.code, found.success) == (200, True)
    return [one.instance_id for one in found.resources.resource]


def new_group(monitor, name, **fields):
    made = monitor.create_monitor_group(group_name=name, **fields)
    assert (made.code, made.success) == (200, True)
    assert isinstance(made.group_id, int)
    return made.group_id


class Tags:
    """Tags of resources, by Huawei's tag service: one inventory serves both clouds."""

    def __init__(self, muster):
        self.project = muster.credentials["project_id"]
        self.client = (
            tms.TmsClient.new_builder()
            .with_credentials(global_credentials(muster, muster.credentials["domain_id"]))
            .with_endpoint(muster.http)
            .build()
        )

    def set(self, id, **tags):
        body = tms.ReqCreateTag(
            project_id=self.project,
            resources=[tms.ResourceTagBody(resource_id=id, resource_type="ces-custom")],
            tags=[tms.CreateTagRequest(key=key, value=value) for key, value in tags.items()],
        )
        answer = self.client.create_resource_tag(tms.CreateResourceTagRequest(body=body))
        assert answer.failed_resources == []

    def remove(self, id, **tags):
        body = tms.ReqDeleteTag(
            project_id=self.project,
            resources=[tms.ResourceTagBody(resource_id=id, resource_type="ces-custom")],
            tags=[tms.DeleteTagRequest(key=key, value=value) for key, value in tags.items()],
        )
        assert self.client.delete_resource_tag(tms.DeleteResourceTagRequest(body=body)).failed_resources == []


@pytest.fixture
def tags(muster):
    return Tags(muster)


def test_a_group_from_create_to_delete(monitor, name):
    title = name("应用")
    group = new_group(monitor, title, contact_groups="ops,考勤系统组")
    (shown,) = groups(monitor, group_id=str(group))
    assert (shown.group_name, shown.type) == (title, "custom")
    assert [one.name for one in shown.contact_groups.contact_group] == ["ops", "考勤系统组"]
    assert shown.tags.tag == []
    assert monitor.modify_monitor_group(group_id=str(group), group_name=title + "2").success
    (shown,) = groups(monitor, group_name=title + "2", select_contact_groups=True)
    assert [one.name for one in shown.contact_groups.contact_group] == ["ops", "考勤系统组"]
    gone = monitor.delete_monitor_group(group_id=group)
    assert gone.group.group_name == title + "2"
    assert [one.name for one in gone.group.contact_groups.contact_group] == ["ops", "考勤系统组"]
    assert groups(monitor, group_id=str(group)) == []
    assert refused(monitor.delete_monitor_group, group_id=group) == (404, "GroupsNotExists")


def test_lists_are_paged_without_gaps(cms, name):
    prefix = name("page")
    made = [new_group(cms, f"{prefix}-{nth}") for nth in range(5)]
    found, number = [], 1
    while True:
        page = cms.describe_monitor_groups(group_name=prefix, page_number=number, page_size=2)
        assert (page.total, page.page_number, page.page_size) == (5, number, 2)
        found += [group.group_id for group in page.resources.resource]
        if len(page.resources.resource) < 2:
            break
        number += 1
    assert found == made[::-1], "the newest first"


def test_what_terraform_reads_is_always_there(cms, name):
    group = new_group(cms, name("bare"))
    answer = cms.raw("DescribeMonitorGroups", GroupId=str(group))
    (shown,) = answer["Resources"]["Resource"]
    assert shown["GroupId"] == group and isinstance(shown["GroupId"], int)
    assert shown["ContactGroups"] == {"ContactGroup": []}
    assert shown["Tags"] == {"Tag": []}
    assert (answer["Code"], answer["Success"], answer["Total"]) == (200, True, 1)


def test_instances(monitor, name):
    group, host, cache = new_group(monitor, name("shop")), name("i-"), name("r-")
    done = monitor.create_monitor_group_instances(
        group_id=str(group), instances=[instance("ecs", host, "web-1"), instance("kvstore", cache, "cache")]
    )
    assert (done.code, done.success) == (200, True)
    assert instances(monitor, group) == sorted([host, cache])
    assert instances(monitor, group, category="ecs") == [host]
    assert instances(monitor, group, keyword="cach") == [cache]
    assert instances(monitor, group, instance_ids=f"{cache},nothing") == [cache]
    assert [one.group_id for one in groups(monitor, instance_id=host)] == [group]
    counted = monitor.describe_monitor_group_categories(group_id=group).monitor_group_categories
    assert counted.group_id == group
    assert {one.category: one.count for one in counted.monitor_group_category.category_item} == {"ecs": 1, "kvstore": 1}
    detail = monitor.describe_monitor_group_instance_attribute(group_id=group, category="ecs", total=True)
    (shown,) = detail.resources.resource
    assert (detail.total, shown.instance_name, shown.region.region_id) == (1, "web-1", "cn-hangzhou")
    assert shown.dimension == f'{{"instanceId":"{host}"}}'
    monitor.delete_monitor_group_instances(group_id=group, category="ecs", instance_id_list=host)
    assert instances(monitor, group) == [cache]
    other = name("rm-")
    monitor.modify_monitor_group_instances(group_id=group, instances=[instance("rds", other, "db", "Modify")])
    assert instances(monitor, group) == [other]
    missing = refused(monitor.delete_monitor_group_instances, group_id=group, category="ecs", instance_id_list=host)
    assert missing == (404, "ResourceNotFound")


def test_hundreds_of_instances_at_once(cms, name):
    # The client sends them in the URL, which holds no more.
    group = new_group(cms, name("big"))
    many = [instance("ecs", f"i-{nth:04}", f"host-{nth}", "Modify") for nth in range(250)]
    cms.modify_monitor_group_instances(group_id=group, instances=many)
    page = cms.describe_monitor_group_instances(group_id=group, page_size=50, page_number=5)
    assert (page.total, len(page.resources.resource)) == (250, 50)


def test_a_group_follows_the_names_of_hosts(monitor, name):
    prefix = name("web")
    group, other = new_group(monitor, name("follows")), new_group(monitor, name("all"))
    first, second = name("i-"), name("i-")

    def host(id, title):
        monitor.create_monitor_group_instances(group_id=str(other), instances=[instance("ecs", id, title)])

    host(first, prefix + "-1")
    filters = models.PutMonitorGroupDynamicRuleRequestGroupRulesFilters
    rule = models.PutMonitorGroupDynamicRuleRequestGroupRules(
        category="ecs",
        filter_relation="and",
        filters=[filters(name="hostName", function="startWith", value=prefix)],
    )
    done = monitor.put_monitor_group_dynamic_rule(group_id=group, group_rules=[rule], is_async=False)
    assert (done.code, done.success) == (200, True)
    assert instances(monitor, group) == [first]
    host(second, prefix + "-2")
    assert instances(monitor, group) == [first, second]
    host(second, "db-2")
    assert instances(monitor, group) == [first]
    (shown,) = monitor.describe_monitor_group_dynamic_rules(group_id=group).resource.resource
    assert (shown.category, shown.filter_relation) == ("ecs", "and")
    assert [(one.name, one.function, one.value) for one in shown.filters.filter] == [("hostName", "startWith", prefix)]
    monitor.delete_monitor_group_dynamic_rule(group_id=group, category="ecs")
    assert instances(monitor, group) == []


def test_tags_of_groups(monitor, name):
    group, key = new_group(monitor, name("tagged")), name("k")
    tag = models.AddTagsRequestTag(key=key, value="prod")
    done = monitor.add_tags(group_ids=[str(group)], tag=[tag])
    assert (done.code, done.success) == ("200", True)
    wanted = models.DescribeMonitorGroupsRequestTag(key=key, value="prod")
    (shown,) = groups(monitor, tag=[wanted])
    assert [(one.key, one.value) for one in shown.tags.tag] == [(key, "prod")]
    found, number = [], 1
    while key not in found:
        page = monitor.describe_tag_key_list(page_number=number, page_size=100).tag_keys.tag_key
        assert page, "the key is on no page"
        found += page
        number += 1
    assert monitor.describe_tag_value_list(tag_key=key).tag_values.tag_value == ["prod"]
    gone = monitor.remove_tags(group_ids=[str(group)], tag=[models.RemoveTagsRequestTag(key=key, value="prod")])
    assert gone.tag.tags == [key]
    assert groups(monitor, tag=[wanted]) == []
    assert refused(monitor.add_tags, group_ids=["1"], tag=[tag]) == (404, "GroupsNotExists")


def test_tag_keys_of_resources_a_page_at_a_time(cms, tags, name):
    key = name("k")
    tags.set(name("i-"), **{key: "x"})
    found, token = [], None
    while token != "":
        page = cms.describe_product_resource_tag_key_list(next_token=token)
        found += page.tag_keys.tag_key
        token = page.next_token
    assert key in found and found == sorted(set(found))


def test_a_dynamic_tag_group_keeps_step(monitor, tags, name):
    key = name("env")
    first, second, third = name("i-"), name("i-"), name("i-")
    tags.set(first, **{key: "prod"})
    tags.set(second, **{key: "test"})
    express = models.CreateDynamicTagGroupRequestMatchExpress(
        tag_name=key, tag_value="test", tag_value_match_function="notContains"
    )
    rule = monitor.create_dynamic_tag_group(
        tag_key=key, contact_group_list=["ops"], match_express=[express], match_express_filter_relation="and"
    ).id

    def described():
        answer = monitor.describe_dynamic_tag_rule_list(dynamic_tag_rule_id=rule)
        return answer.tag_group_list.tag_group[0] if answer.total else None

    eventually(lambda: described().status == "FINISH", "the rule was applied")
    shown = described()
    assert shown.contact_group_list.contact_group_list == ["ops"]
    assert [one.tag_value for one in shown.match_express.match_express] == ["test"]

    def made():
        found = groups(monitor, dynamic_tag_rule_id=rule)
        assert all(group.type == "tag" for group in found)
        return {group.group_founder_tag_value: group.group_id for group in found}

    assert list(made()) == ["prod"]
    prod = made()["prod"]
    # Only what has a series or was put into a group shows itself as an instance.
    home = new_group(monitor, name("home"))
    monitor.create_monitor_group_instances(
        group_id=str(home), instances=[instance("ecs", first, "web-1"), instance("ecs", third, "web-3")]
    )
    assert instances(monitor, prod) == [first]
    tags.set(third, **{key: "prod"})
    assert instances(monitor, prod) == [first, third]
    tags.set(third, **{key: "stage"})
    eventually(lambda: sorted(made()) == ["prod", "stage"], "a new value has a group")
    tags.remove(third, **{key: "stage"})
    eventually(lambda: list(made()) == ["prod"], "a value that nobody has any more takes its group away")
    again = refused(monitor.create_dynamic_tag_group, tag_key=key, contact_group_list=["ops"])
    assert again == (409, "ResourceConflict")
    assert monitor.delete_dynamic_tag_group(dynamic_tag_rule_id=rule).success
    assert described() is None and made() == {}


def test_a_group_of_a_resource_group(monitor, name):
    resource_group = name("rg-")
    fields = dict(
        resource_group_id=resource_group,
        resource_group_name=name("of"),
        region_id="cn-hangzhou",
        contact_group_list=["ops"],
    )
    made = monitor.create_monitor_group_by_resource_group_id(**fields)
    assert (made.code, made.success) == ("200", True)
    (shown,) = groups(monitor, group_id=str(made.id), type="resMgr")
    assert shown.resource_group_id == resource_group
    assert instances(monitor, made.id) == []
    assert refused(monitor.create_monitor_group_by_resource_group_id, **fields) == (409, "ResourceConflict")


def test_a_pause_of_a_group(monitor, name):
    group, now = new_group(monitor, name("paused")), int(time.time() * 1000)
    fields = dict(group_id=str(group), policy_type="PauseNotify")
    made = monitor.create_monitor_group_notify_policy(**fields, start_time=now, end_time=now + 3_600_000)
    assert (made.code, made.success, made.result) == ("200", "true", 1)
    found = monitor.describe_monitor_group_notify_policy_list(**fields)
    (shown,) = found.notify_policy_list.notify_policy
    assert (found.total, shown.group_id, shown.type) == (1, str(group), "PauseNotify")
    assert (shown.start_time, shown.end_time) == (now, now + 3_600_000)
    assert monitor.delete_monitor_group_notify_policy(**fields).result == 1
    assert monitor.describe_monitor_group_notify_policy_list(**fields).total == 0
    assert refused(monitor.delete_monitor_group_notify_policy, **fields) == (404, "ResourceNotFound")
    backwards = refused(monitor.create_monitor_group_notify_policy, **fields, start_time=now, end_time=now)
    assert backwards == (400, "InvalidParameterValue")
    # What belongs to a group goes with it.
    monitor.create_monitor_group_notify_policy(**fields, start_time=now, end_time=now + 60_000)
    monitor.delete_monitor_group(group_id=group)
    assert monitor.describe_monitor_group_notify_policy_list(**fields).total == 0


def test_groups_of_the_two_clouds_do_not_mix(muster, cms, name):
    title = name("both")
    group = new_group(cms, title)
    listed = ces_v2(muster).list_resource_groups(ces.ListResourceGroupsRequest(group_name=title))
    assert listed.count == 0
    body = ces.CreateResourceGroupRequestBody(group_name=title)
    ces_v2(muster).create_resource_group(ces.CreateResourceGroupRequest(body=body))
    assert [one.group_id for one in groups(cms, group_name=title)] == [group]


@pytest.mark.parametrize(
    "operation, fields, code",
    [
        ("create_monitor_group", {}, "MissingGroupName"),
        ("create_monitor_group", {"group_name": "a\nb"}, "InvalidParameterValue"),
        ("describe_monitor_groups", {"page_number": 0}, "InvalidParameterValue"),
        ("describe_monitor_group_instances", {"group_id": -1}, "GroupsNotExists"),
        ("create_dynamic_tag_group", {"tag_key": "env"}, "MissingContactGroupList"),
        ("delete_dynamic_tag_group", {"dynamic_tag_rule_id": "none"}, "ResourceNotFound"),
        ("describe_product_resource_tag_key_list", {"next_token": "%%"}, "InvalidParameterValue"),
        ("create_monitor_group_notify_policy", {"group_id": "1", "policy_type": "Shout"}, "InvalidParameterValue"),
    ],
)
def test_what_is_refused(cms, operation, fields, code):
    assert refused(getattr(cms, operation), **fields)[1] == code
