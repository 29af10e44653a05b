"""What Terraform's provider sends for Workspace server groups and app groups, in its order, and what it needs to find.

The calls are replayed with the provider's bodies and headers: it decodes answers strictly, takes an empty body or a
null for "gone", and compares each attribute with the plan. A second plan must be empty.
"""

import pytest
from workspace import Workspace

# The provider accepts these; anything else fails the plan.
GOOD = {"GET": {200}, "POST": {200, 201, 202}, "PATCH": {200, 202, 204}, "DELETE": {200, 202, 204}}
HEADERS = {"Content-Type": "application/json", "X-Language": "en-us", "User-Agent": "terraform-provider-iac golangsdk/2.0.0"}


class Provider:
    def __init__(self, muster):
        self.workspace = Workspace(muster)

    def send(self, method, path, body=None, **options):
        answer = self.workspace.raw(method, path, b"" if body is None else body, headers=HEADERS, **options)
        return answer.status_code, (answer.json() if answer.content else None)

    def must(self, method, path, body=None, **options):
        status, answer = self.send(method, path, body, **options)
        assert status in GOOD[method], answer
        return answer

    def gone(self, path):
        status, answer = self.send("GET", path)
        return status == 404 and "error_code" in answer


@pytest.fixture
def provider(muster):
    return Provider(muster)


def server_group_plan(name):
    """The arguments of a huaweicloud_workspace_app_server_group, as its create body."""
    return {
        "name": name,
        "os_type": "Windows",
        "product_id": "workspace.appstream.general.xlarge.4",
        "vpc_id": "0b7a2f4e-vpc",
        "subnet_id": "5d1c9f3a-subnet",
        "system_disk_type": "SAS",
        "system_disk_size": 80,
        "image_id": "a1b2c3d4-image",
        "image_type": "gold",
        "image_product_id": "offer-0001",
        "is_vdi": True,
        "app_type": "SESSION_DESKTOP_APP",
        "ip_virtual": {"enable": False},
        "route_policy": {"max_session": 3, "cpu_threshold": 80, "mem_threshold": 80},
        "tags": [{"key": "owner", "value": "terraform"}],
        "server_group_status": True,
    }


# What the provider reads back of it, and so compares.
READ_BACK = [
    *("name", "os_type", "product_id", "subnet_id", "system_disk_type", "system_disk_size", "image_id", "is_vdi"),
    *("app_type", "description", "enterprise_project_id", "ou_name", "server_group_status"),
]


def test_a_plan_from_apply_to_destroy(provider, name):
    # Data sources that plans start with.
    products = provider.must("GET", "/product", query=[("os_type", "Windows")])["products"]
    assert products and all(isinstance(products[0][field], str) for field in ("cpu", "memory", "charge_mode"))
    assert provider.must("GET", "/availability-zone")["availability_zones"]

    # Step 2: the server group.
    plan = server_group_plan(name("tf-sg"))
    server_group_id = provider.must("POST", "/app-server-groups", plan)["id"]
    path = f"/app-server-groups/{server_group_id}"
    assert provider.must("PATCH", path, {"storage_mount_policy": "USER"}) == {}
    shown = provider.must("GET", path)
    expected = {"description": "", "ou_name": "", "enterprise_project_id": "0"} | plan
    assert {field: shown[field] for field in READ_BACK} == {field: expected[field] for field in READ_BACK}
    assert (shown["storage_mount_policy"], shown["tags"]) == ("USER", plan["tags"])
    assert shown.get("extra_session_size", 0) == 0, "was never set"
    assert shown["primary_server_group_ids"] == []

    # Step 4: app groups, one bound and one not; the provider always sends the server group and the description.
    bound_plan = {"name": name("tf-g"), "app_server_group_id": server_group_id, "description": "by terraform"}
    bound_plan["app_type"] = "SESSION_DESKTOP_APP"
    bound = provider.must("POST", "/app-groups", bound_plan)
    free = provider.must("POST", "/app-groups", {"name": name("tf-g"), "app_server_group_id": "", "description": ""})
    first_reading = [provider.must("GET", f"/app-groups/{group['id']}") for group in (bound, free)]
    assert first_reading[0].items() >= bound_plan.items()
    assert (first_reading[1]["app_server_group_id"], first_reading[1]["description"]) == ("", "")

    # Step 9: nothing has moved.
    again = provider.must("GET", path)
    assert again == shown | {"app_group_count": 1}
    assert [provider.must("GET", f"/app-groups/{group['id']}") for group in (bound, free)] == first_reading

    # Step 10: the description is taken out of the configuration.
    change = {"name": bound_plan["name"], "app_server_group_id": server_group_id, "description": ""}
    answer = provider.must("PATCH", f"/app-groups/{bound['id']}", change)
    assert answer, "an empty answer would be taken for a group that is gone"
    after = provider.must("GET", f"/app-groups/{bound['id']}")
    assert (after["description"], after["id"], after["create_at"]) == ("", bound["id"], bound["create_at"])

    # Another configuration binds the free group, and drops the server group again.
    kind = {"app_type": "COMMON_APP", "is_vdi": False, "name": name("tf-sg")}
    other_id = provider.must("POST", "/app-server-groups", plan | kind)["id"]
    change = {"name": free["name"], "app_server_group_id": other_id, "description": ""}
    assert provider.must("PATCH", f"/app-groups/{free['id']}", change)["app_server_group_id"] == other_id
    change["app_server_group_id"] = ""
    provider.must("PATCH", f"/app-groups/{free['id']}", change)
    assert provider.must("GET", f"/app-groups/{free['id']}")["app_server_group_id"] == ""

    # Changes of the server group: one call with all that can change, where empty texts clear what they name.
    change = {field: plan[field] for field in ("system_disk_type", "image_id", "image_type", "image_product_id")}
    change |= {"name": plan["name"], "system_disk_size": 120, "description": "", "ou_name": "", "app_type": plan["app_type"]}
    change |= {"server_group_status": False, "storage_mount_policy": "USER", "route_policy": plan["route_policy"]}
    assert provider.must("PATCH", path, change) == {}
    again = provider.must("GET", path)
    assert {field: again[field] for field in change} == change

    # Tags change by calls of their own, the removal with a body; exactly 204 for what is added.
    for tags, method, operation in [(plan["tags"], "DELETE", "delete"), ([{"key": "owner", "value": "ops"}], "POST", "create")]:
        items = {"items": [{"server_group_id": server_group_id, "tags": tags}]}
        assert provider.send(method, f"/server-group/tags/batch-{operation}", items) == (204, None)
    assert provider.must("GET", path)["tags"] == [{"key": "owner", "value": "ops"}]

    # Destroy, in the reverse order of dependencies; repeating does no harm.
    for group in (bound, free):
        for _ in range(2):
            assert provider.must("DELETE", f"/app-groups/{group['id']}") == {}
        assert provider.gone(f"/app-groups/{group['id']}")
    for group_id in (server_group_id, other_id):
        for _ in range(2):
            assert provider.must("DELETE", f"/app-server-groups/{group_id}") == {}
        assert provider.gone(f"/app-server-groups/{group_id}")


def test_an_import_of_something_that_is_not_there(provider):
    """The provider looks random UUIDs up and expects a clean 404."""
    for path in ["/app-groups", "/app-server-groups"]:
        assert provider.gone(f"{path}/6b1f3f0a-9f0c-4c57-8d5e-2a1b7c9d0e3f")


def test_an_adopted_group_has_all_attributes(provider, name):
    plan = server_group_plan(name("tf-sg"))
    group_id = provider.must("POST", "/app-server-groups", plan)["id"]
    listed = provider.must("GET", "/app-server-groups", query=[("server_group_name", plan["name"]), ("limit", "100")])
    assert listed["count"] == 1
    assert listed["items"][0]["id"] == group_id
    shown = provider.must("GET", f"/app-server-groups/{group_id}")
    for field, value in listed["items"][0].items():
        assert shown[field] == value, field
    provider.must("DELETE", f"/app-server-groups/{group_id}")
