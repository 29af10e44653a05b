"""Workspace server groups, their tags and the catalogue through the official Python SDK."""

import datetime

import pytest
from huaweicloudsdkcore.utils.http_utils import sanitize_for_serialization
from workspace import Workspace, models, tag

NO_GROUP = "0d2c5e0e-6b7a-4c1e-9f5e-7a7d1f5c3b2a"


@pytest.fixture
def workspace(muster):
    return Workspace(muster)


@pytest.fixture
def make(workspace, name):
    """Makes server groups and deletes them, the last one first, since a project holds few."""
    made = []

    def make(group_name=None, **fields):
        group = workspace.create_server_group(group_name or name("sg"), **fields)
        made.append(group.id)
        return group

    yield make
    for group_id in reversed(made):
        if workspace.call("list_server_groups", server_group_id=group_id).count:
            workspace.call("disassociate_app_group", server_group_id=group_id)
        workspace.delete_server_group(group_id)


def tags_of(workspace, group_id):
    tags = workspace.call("show_server_group_tag", server_group_id=group_id).tags
    return {item.key: item.value for item in tags}


def test_a_group_from_creation_to_deletion(workspace, make, name):
    plan = {
        "description": "财务 🚀",
        "app_type": "SESSION_DESKTOP_APP",
        "image_type": "gold",
        "image_product_id": "offer-1",
        "os_type": "Linux",
        "flavor_id": "general.xlarge.2",
        "system_disk_type": "GPSSD",
        "system_disk_size": 32768,
        "ou_name": "OU=应用",
        "availability_zone": "cn-north-4a",
        "cluster_id": "pool-1",
        "extra_session_type": "CPU",
        "extra_session_size": 40,
        "enterprise_project_id": "4d6e1f00-0000-4000-8000-000000000001",
        "server_group_status": False,
        "ip_virtual": models.IpVirtual(enable=True),
        "route_policy": models.RoutePolicyDetail(max_session=1024, cpu_threshold=1, mem_threshold=100, gpu_threshold=50),
        "tags": [tag("team", "财务"), tag("env", "")],
    }
    group_name = name("服务器组_")
    made = make(group_name, **plan)
    shown = workspace.server_group(made.id)
    for field in models.CreateServerGroupResponse.openapi_types:
        assert getattr(shown, field) == getattr(made, field), field
    echoed = [
        *("description", "app_type", "os_type", "system_disk_type", "system_disk_size", "ou_name"),
        *("extra_session_type", "extra_session_size", "enterprise_project_id", "server_group_status"),
        *("image_type", "image_product_id", "ip_virtual", "route_policy"),
    ]
    for field in echoed:
        assert getattr(shown, field) == plan[field], field
    assert (shown.name, shown.image_id, shown.subnet_id) == (group_name, "3c7a4b1e-image", "subnet-1")
    assert (shown.is_vdi, shown.storage_mount_policy, shown.site_type) == (False, "ANY", "CENTER")
    assert (shown.app_server_count, shown.app_server_flavor_count, shown.app_group_count) == (0, 0, 0)
    assert {item.key: item.value for item in shown.tags} == {"team": "财务", "env": ""}
    assert (shown.primary_server_group_ids, shown.secondary_server_group_ids) == ([], [])
    assert shown.product_info.product_id == shown.product_id
    assert shown.flavors[0].id == "general.xlarge.2"
    assert isinstance(shown.create_time, datetime.datetime)
    workspace.delete_server_group(made.id)
    assert workspace.refusal("show_server_group", server_group_id=made.id) == (404, "WKS.00128401")
    workspace.delete_server_group(made.id)


def test_defaults(workspace, make):
    shown = workspace.server_group(make().id)
    assert (shown.description, shown.app_type, shown.enterprise_project_id) == ("", "COMMON_APP", "0")
    assert (shown.is_vdi, shown.server_group_status, shown.tags, shown.ou_name) == (False, True, [], "")
    absent = ["extra_session_type", "extra_session_size", "route_policy", "ip_virtual", "image_product_id"]
    assert [getattr(shown, field) for field in absent] == [None] * len(absent)
    raw = workspace.raw("GET", f"/app-server-groups/{shown.id}").json()
    assert not {field for field, value in raw.items() if value is None}, "absent fields are left out"
    assert [set(link) for link in raw["flavors"][0]["links"]] == [{"rel", "hrel", "href"}]


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "a b"},
        {"name": "x" * 65},
        {"name": "a.b"},
        {"name": "🚀"},
        {"image_id": "a b"},
        {"image_id": "x" * 129},
        {"image_type": "golden"},
        {"image_type": "gold"},
        {"image_product_id": "a b"},
        {"os_type": "windows"},
        {"product_id": "x" * 129},
        {"vpc_id": "x" * 129},
        {"subnet_id": ""},
        {"system_disk_type": "NVME"},
        {"system_disk_size": 9},
        {"system_disk_size": 32769},
        {"system_disk_size": -1},
        {"system_disk_size": "80"},
        {"system_disk_size": 80.5},
        {"description": "x" * 256},
        {"ou_name": "x" * 256},
        {"is_vdi": "true"},
        {"app_type": "APP"},
        {"server_group_status": 1},
        {"route_policy": {"max_session": 0}},
        {"route_policy": {"max_session": 1025}},
        {"route_policy": {"cpu_threshold": 101}},
        {"route_policy": "even"},
        {"ip_virtual": {"enable": "yes"}},
        {"extra_session_type": "CPU"},
        {"extra_session_size": 1},
        {"extra_session_type": "CPU", "extra_session_size": 0},
        {"extra_session_type": "CPU", "extra_session_size": 41},
        {"extra_session_type": "CPU", "extra_session_size": 1, "is_vdi": True},
        {"tags": [{"key": f"k{n}", "value": "v"} for n in range(21)]},
        {"tags": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]},
        {"tags": [{"value": "v"}]},
        {"tags": ["k"]},
    ],
    ids=str,
)
def test_fields_outside_their_domains(workspace, name, bad):
    body = sanitize_for_serialization(workspace.server_group_body(name("sg"))) | bad
    assert workspace.raw_refusal("POST", "/app-server-groups", body) == (400, "WKS.00149901")


@pytest.mark.parametrize(
    "field",
    [
        *("name", "image_id", "image_type", "os_type", "product_id", "vpc_id", "subnet_id"),
        *("system_disk_type", "system_disk_size"),
    ],
)
def test_mandatory_fields(workspace, name, field):
    body = workspace.server_group_body(name("sg"), **({} if field == "name" else {field: None}))
    if field == "name":
        body.name = None
    assert workspace.refusal("create_server_group", body=body) == (400, "WKS.00149901")


def test_names_are_free_once(workspace, make):
    first, second = make(), make()
    body = workspace.server_group_body(first.name)
    assert workspace.refusal("create_server_group", body=body) == (400, "WKS.00128002")
    body = models.UpdateServerGroupReq(name=first.name)
    refused = workspace.refusal("update_server_group", server_group_id=second.id, body=body)
    assert refused == (409, "WKS.00128902")

    def check(text):
        body = models.CheckAppGroupReq(name=text)
        answer = workspace.call("validate_server_group", body=body)
        return answer.result, answer.validate_rule

    assert check(first.name) == (False, "duplicate")
    assert check("a b") == (False, "naming")
    assert check(first.name + "x") == (True, None)


def test_an_update_changes_what_it_names(workspace, make, name):
    made = make(description="before", ou_name="OU=A")
    renamed = name("sg")
    changes = {
        "name": renamed,
        "route_policy": models.RoutePolicyDetail(max_session=1024),
        "storage_mount_policy": "SHARE",
        "image_id": "image-2",
        "image_type": "gold",
        "image_product_id": "offer-2",
        "system_disk_type": "ESSD",
        "system_disk_size": 200,
        "app_type": "SESSION_DESKTOP_APP",
        "server_group_status": False,
    }
    answer = workspace.raw("PATCH", f"/app-server-groups/{made.id}", {})
    assert (answer.status_code, answer.json()) == (200, {})
    workspace.update_server_group(made.id, **changes)
    shown = workspace.server_group(made.id)
    for field, value in changes.items():
        assert getattr(shown, field) == value, field
    assert (shown.description, shown.ou_name) == ("before", "OU=A")
    assert shown.create_time == made.create_time
    assert shown.update_time >= made.update_time
    workspace.update_server_group(made.id, description="", ou_name="")
    shown = workspace.server_group(made.id)
    assert (shown.description, shown.ou_name) == ("", "")
    for bad in [{"name": "a b"}, {"system_disk_size": 1}, {"route_policy": {"max_session": 1025}}, {"app_type": "X"}]:
        path = f"/app-server-groups/{made.id}"
        assert workspace.raw_refusal("PATCH", path, bad) == (400, "WKS.00149901")
    body = models.UpdateServerGroupReq(name=name())
    refused = workspace.refusal("update_server_group", server_group_id=NO_GROUP, body=body)
    assert refused == (404, "WKS.00128401")


def test_a_group_in_use_keeps_its_kind_and_its_life(workspace, make, name):
    group = make()
    app_group = workspace.create_app_group(name("g"), app_server_group_id=group.id)
    assert workspace.refusal("delete_server_groups", server_group_id=group.id) == (409, "WKS.00128901")
    body = models.UpdateServerGroupReq(app_type="SESSION_DESKTOP_APP")
    refused = workspace.refusal("update_server_group", server_group_id=group.id, body=body)
    assert refused == (409, "WKS.00128901")
    workspace.call("delete_app_group", app_group_id=app_group.id)
    workspace.update_server_group(group.id, app_type="SESSION_DESKTOP_APP")
    workspace.delete_server_group(group.id)


def test_standby_groups(workspace, make, name):
    primary = make(app_type="SESSION_DESKTOP_APP", ip_virtual=models.IpVirtual(enable=True))
    twin = {"primary_server_group_id": primary.id, "ip_virtual": models.IpVirtual(enable=True)}
    for change in [{"os_type": "Linux"}, {"is_vdi": True}, {"app_type": "COMMON_APP"}, {"ip_virtual": None}]:
        body = workspace.server_group_body(name("sg"), **(twin | change))
        assert workspace.refusal("create_server_group", body=body) == (400, "WKS.00128003")
    body = workspace.server_group_body(name("sg"), primary_server_group_id=NO_GROUP)
    assert workspace.refusal("create_server_group", body=body) == (404, "WKS.00128401")
    standby = make(**twin)
    assert standby.primary_server_group_ids == [primary.id]
    assert standby.app_type == "SESSION_DESKTOP_APP"
    assert workspace.server_group(primary.id).secondary_server_group_ids == [standby.id]
    assert workspace.refusal("delete_server_groups", server_group_id=primary.id) == (409, "WKS.00128901")
    body = models.UpdateServerGroupReq(storage_mount_policy="USER")
    refused = workspace.refusal("update_server_group", server_group_id=standby.id, body=body)
    assert refused == (400, "WKS.00128003")
    workspace.update_server_group(primary.id, storage_mount_policy="USER", app_type="COMMON_APP")
    shown = workspace.server_group(standby.id)
    assert (shown.storage_mount_policy, shown.app_type) == ("USER", "COMMON_APP")


def test_lists_filter_and_page(workspace, make, name):
    prefix = name("列表")
    first = make(f"{prefix}_1", tags=[tag("env", "live"), tag("team", "a=b")], enterprise_project_id="ep-1")
    second = make(f"{prefix}_2", app_type="SESSION_DESKTOP_APP", tags=[tag("env", "test")])
    third = make(f"{prefix}-3", primary_server_group_id=first.id)

    def ids(**fields):
        answer = workspace.call("list_server_groups", server_group_name=prefix, **fields)
        assert answer.count >= len(answer.items)
        return [item.id for item in answer.items]

    assert ids() == [third.id, second.id, first.id]
    assert ids(limit=1, offset=1) == [second.id]
    assert ids(offset=3) == []
    assert ids(server_group_id=second.id) == [second.id]
    assert ids(app_type="SESSION_DESKTOP_APP") == [second.id]
    assert ids(tags="env=live") == ids(tags="env=live,team=a=b") == [first.id]
    assert ids(tags="env=live,team=x") == []
    assert ids(enterprise_project_id="ep-1") == [first.id]
    assert ids(enterprise_project_id="0") == [third.id, second.id]
    assert ids(enterprise_project_id="all_granted_eps") == ids(enterprise_project_id="") == ids()
    assert ids(is_secondary_server_group="true") == [third.id]
    assert ids(is_secondary_server_group="false") == [second.id, first.id]
    listed = workspace.call("list_server_groups", server_group_id=first.id).items[0]
    assert listed.secondary_server_group_ids == [third.id]
    assert {item.key: item.value for item in listed.tags} == {"env": "live", "team": "a=b"}
    light = workspace.call("list_tenant_server_groups", sever_group_name=f"{prefix}_", app_type="COMMON_APP")
    assert (light.count, [(item.id, item.app_group_count) for item in light.items]) == (1, [(first.id, 0)])
    light = workspace.call("list_tenant_server_groups", sever_group_name=prefix, is_secondary_server_group="true")
    assert [item.id for item in light.items] == [third.id]
    for bad in [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"app_type": "X"}, {"is_secondary_server_group": "yes"}]:
        assert workspace.refusal("list_server_groups", **bad) == (400, "WKS.00149901")
        assert workspace.refusal("list_tenant_server_groups", **bad) == (400, "WKS.00149901")
    assert workspace.refusal("list_server_groups", tags="env") == (400, "WKS.00149901")
    assert workspace.refusal("list_tenant_server_groups", sever_group_name="x" * 65) == (400, "WKS.00149901")


def test_state_and_limits(workspace, make):
    assert workspace.call("show_server_group_state", server_group_id=make().id).aps_status == {}
    assert workspace.refusal("show_server_group_state", server_group_id=NO_GROUP) == (404, "WKS.00128401")
    limits = workspace.call("show_server_group_restrict")
    assert limits.max_session == 1024 and limits.max_group_count >= 1


def test_quotas(start_muster, name):
    server = start_muster(config="[quota]\nworkspace_app_groups = 2\nworkspace_server_groups = 1\n")
    workspace = Workspace(server)
    workspace.create_server_group(name("sg"))
    body = workspace.server_group_body(name("sg"))
    assert workspace.refusal("create_server_group", body=body) == (400, "WKS.00128004")
    assert workspace.call("show_server_group_restrict").max_group_count == 1
    for _ in range(2):
        workspace.create_app_group(name("g"))
    answer = workspace.raw("POST", "/app-groups", {"name": name("g")})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "WKS.00131104")
    assert answer.json()["error_msg"] == "The number of application groups exceeds the limit, limit 2."


def test_strict_names(start_muster):
    workspace = Workspace(start_muster(config='[workspace]\nnames = "strict"\n'))
    body = models.CreateAppGroupReq(name="with space")
    assert workspace.refusal("create_app_group", body=body) == (400, "WKS.00138001")
    answer = workspace.call("check_app_group", body=models.CheckAppGroupReq(name="with space"))
    assert (answer.result, answer.validate_rule) == (False, "naming")
    workspace.create_app_group("without-space")


def test_tags_of_one_group(workspace, make):
    group_id = make().id

    def put(*tags):
        body = models.CreateResourceTagReq(tags=list(tags))
        return workspace.call("create_server_group_tags", server_group_id=group_id, body=body)

    def take(*tags):
        body = models.DeleteResourceTagReq(tags=list(tags))
        return workspace.call("delete_server_group_tags", server_group_id=group_id, body=body)

    assert put(tag("env", "test"), tag("团队", "办公/一 号"), tag("ключ é_.:=+-@1", "")).status_code == 204
    put(tag("env", "live"))
    assert tags_of(workspace, group_id) == {"env": "live", "团队": "办公/一 号", "ключ é_.:=+-@1": ""}
    assert take(tag("env"), tag("never/there🚀")).status_code == 204
    take(tag("env"))
    assert tags_of(workspace, group_id) == {"团队": "办公/一 号", "ключ é_.:=+-@1": ""}
    put(*[tag(f"k{n}", "v") for n in range(18)])
    path = f"/server-group/{group_id}/tags"
    assert workspace.raw_refusal("POST", f"{path}/create", {"tags": [{"key": "one-more"}]}) == (400, "WKS.00149901")
    put(tag("k0", "again"))
    for bad in [
        {},
        {"tags": None},
        {"tags": []},
        {"tags": [{"key": ""}]},
        {"tags": [{"value": "v"}]},
        {"tags": [{"key": "k0"}, {"key": "k0"}]},
        {"tags": [{"key": f"n{n}"} for n in range(21)]},
    ]:
        assert workspace.raw_refusal("POST", f"{path}/create", bad) == (400, "WKS.00149901")
        assert workspace.raw_refusal("DELETE", f"{path}/delete", bad) == (400, "WKS.00149901")
    for bad in ["a/b", "_sys_x", "end ", "🚀", "k" * 129, "a,b"]:
        assert workspace.raw_refusal("POST", f"{path}/create", {"tags": [{"key": bad}]}) == (400, "WKS.00149901")
    for bad in ["v" * 256, "🚀", "a,b"]:
        body = {"tags": [{"key": "k0", "value": bad}]}
        assert workspace.raw_refusal("POST", f"{path}/create", body) == (400, "WKS.00149901")
    assert tags_of(workspace, group_id)["k0"] == "again"


def test_tags_of_many_groups(workspace, make, name):
    first, second = make().id, make().id
    key = name("k")

    def items(*pairs):
        return [models.ServerGroupTagsInfo(server_group_id=group_id, tags=tags) for group_id, tags in pairs]

    def put(*pairs):
        return models.BatchCreateServerGroupTagsReq(items=items(*pairs))

    def take(*pairs):
        return models.BatchDeleteServerGroupTagsReq(items=items(*pairs))

    both = [(first, [tag(key, "1")]), (second, [tag(key, "2"), tag(f"{key}-x", "")])]
    assert workspace.call("batch_create_server_group_tags", body=put(*both)).status_code == 204
    all_tags = workspace.call("list_server_group_tag").tags
    assert {item.key: item.values for item in all_tags if item.key.startswith(key)} == {key: ["1", "2"], f"{key}-x": [""]}
    half = [(first, [tag(f"{key}-y")]), (NO_GROUP, [tag(key)])]
    assert workspace.refusal("batch_create_server_group_tags", body=put(*half)) == (404, "WKS.00128401")
    assert tags_of(workspace, first) == {key: "1"}, "all or nothing"
    gone = [(first, [tag(key)]), (NO_GROUP, [tag(key)])]
    assert workspace.refusal("batch_delete_server_group_tags", body=take(*gone)) == (404, "WKS.00128401")
    assert tags_of(workspace, first) == {key: "1"}
    assert workspace.call("batch_delete_server_group_tags", body=take(*both)).status_code == 204
    assert tags_of(workspace, second) == {}
    for bad in [{}, {"items": []}, {"items": [{"server_group_id": first}]}, {"items": [{"tags": [{"key": "k"}]}]}]:
        assert workspace.raw_refusal("POST", "/server-group/tags/batch-create", bad) == (400, "WKS.00149901")
        assert workspace.raw_refusal("DELETE", "/server-group/tags/batch-delete", bad) == (400, "WKS.00149901")
    many = {"items": [{"server_group_id": first, "tags": [{"key": "k"}]}] * 101}
    assert workspace.raw_refusal("POST", "/server-group/tags/batch-create", many) == (400, "WKS.00149901")
    assert workspace.refusal("show_server_group_tag", server_group_id=NO_GROUP) == (404, "WKS.00128401")


def test_the_catalogue(workspace):
    products = workspace.call("list_product")
    assert products.products, "a plan takes the first product"
    product = products.products[0]
    assert product.cpu.isdigit() and product.memory.isdigit() and isinstance(product.sessions, int)
    assert workspace.call("list_product", product_id=product.product_id).products == [product]
    assert workspace.call("list_product", flavor_id="nothing").products == []
    assert workspace.call("list_product", charge_mode="1").products == []
    assert workspace.refusal("list_product", architecture="mips") == (400, "WKS.00149901")
    zones = workspace.call("list_availability_zone")
    assert (zones.total_count, len(zones.availability_zones)) == (1, 1)
    assert zones.availability_zones[0].availability_zone == products.availability_zone
    assert list(workspace.call("list_az").azs) == ["CENTER"]
    assert {kind.volume_type for kind in workspace.call("list_volume_type").volume_types} >= {"SAS", "SSD"}
    packages = workspace.call("list_session_type").session_types
    assert {package.session_type for package in packages} == {"CPU", "GPU"}
    profile = workspace.call("list_tenant_profile")
    assert (profile.project_id, profile.service_status) == (workspace.project_id, "active")
    assert isinstance(profile.create_time, datetime.datetime)
