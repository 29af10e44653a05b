"""Workspace app groups through the official Python SDK, in both of its signatures."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import unique
from workspace import Workspace, models

SEED_NAME = "Open Test for the API for Creating an Application Group"
NO_GROUP = "575772274859184144"


@pytest.fixture(params=["sdk", "derived"])
def workspace(request, muster):
    return Workspace(muster, derived=request.param == "derived")


@pytest.fixture
def plain(muster):
    return Workspace(muster)


@pytest.fixture
def server_group(plain, name):
    """Makes server groups and deletes them, since a project holds few."""
    made = []

    def make(**fields):
        group = plain.create_server_group(name("sg"), **fields)
        made.append(group.id)
        return group

    yield make
    for group_id in made:
        plain.call("disassociate_app_group", server_group_id=group_id)
        plain.delete_server_group(group_id)


def list_groups(client, **fields):
    return client.call("list_app_group", **fields)


def test_a_group_from_creation_to_deletion(workspace, name):
    group_name = name("应用组-")
    made = workspace.create_app_group(group_name, description="office 应用 🚀")
    assert len(made.id) == 18 and made.id.isdigit()
    assert (made.name, made.description) == (group_name, "office 应用 🚀")
    assert (made.app_server_group_id, made.app_server_group_name) == ("", None)
    assert (made.authorization_type, made.app_type) == ("APP_GROUP", "COMMON_APP")
    assert made.tenant_id == workspace.project_id
    assert made.app_count == 0
    assert isinstance(made.create_at, datetime.datetime)
    age = datetime.datetime.now(datetime.timezone.utc) - made.create_at.replace(tzinfo=datetime.timezone.utc)
    assert abs(age.total_seconds()) < 30
    shown = workspace.app_group(made.id)
    for field in models.CreateAppGroupResponse.openapi_types:
        assert getattr(shown, field) == getattr(made, field), field
    listed = list_groups(workspace, app_group_id=made.id)
    assert (listed.count, [item.name for item in listed.items]) == (1, [group_name])
    workspace.call("delete_app_group", app_group_id=made.id)
    assert workspace.refusal("show_app_group_detail", app_group_id=made.id) == (404, "WKS.00138401")
    workspace.call("delete_app_group", app_group_id=made.id)


def test_the_seed_example_is_accepted(plain):
    made = plain.create_app_group(SEED_NAME, app_server_group_id="", description="Open test for APIs.")
    assert (made.name, made.app_server_group_id) == (SEED_NAME, "")
    plain.call("delete_app_group", app_group_id=made.id)


@pytest.mark.parametrize(
    "bad", ["", " ", "a ", " a", "a/b", "a.b", "<x>", "a\tb", "a\nb", "🚀", "café", "组" * 65, "a" * 65]
)
def test_names_outside_the_rule(plain, bad):
    body = models.CreateAppGroupReq(name=bad)
    assert plain.refusal("create_app_group", body=body) == (400, "WKS.00138001")


def test_names_of_full_length(plain):
    for full in [unique() + "组" * 51, unique() + "-" * 51, unique() + " " * 50 + "_"]:
        assert len(full) == 64
        made = plain.create_app_group(full)
        assert plain.app_group(made.id).name == full
        plain.call("delete_app_group", app_group_id=made.id)


def test_fields_outside_their_domains(plain, name):
    def refused(**fields):
        return plain.refusal("create_app_group", body=models.CreateAppGroupReq(name=name(), **fields))

    assert refused(description="述" * 256) == (400, "WKS.00138001")
    assert refused(app_server_group_id="x" * 129) == (400, "WKS.00149901")
    assert refused(app_server_group_id="nowhere") == (404, "WKS.00128401")
    assert refused(authorization_type="APP") == (400, "WKS.00149901")
    assert refused(app_type="OTHER_APP") == (400, "WKS.00149901")
    made = plain.create_app_group(name(), description="述" * 255, authorization_type="APP_GROUP")
    assert len(made.description) == 255
    plain.call("delete_app_group", app_group_id=made.id)


def test_a_name_is_free_once(plain, name):
    group_name = name("g")
    first = plain.create_app_group(group_name)
    body = models.CreateAppGroupReq(name=group_name)
    assert plain.refusal("create_app_group", body=body) == (400, "WKS.00138002")
    other = plain.create_app_group(group_name.upper())
    body = models.UpdateAppGroupReq(name=group_name)
    assert plain.refusal("update_app_group", app_group_id=other.id, body=body) == (409, "WKS.00138901")
    plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=[first.id, other.id]))
    again = plain.create_app_group(group_name)
    assert again.id != first.id
    plain.call("delete_app_group", app_group_id=again.id)


def test_of_many_creations_of_one_name_one_succeeds(muster, plain, name):
    group_name = name("race")

    def create(_):
        try:
            return Workspace(muster).create_app_group(group_name).id
        except Exception as refused:  # every refusal is looked at below
            return refused

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(create, range(50)))
    made = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refused = [(outcome.status, outcome.code) for outcome in outcomes if not isinstance(outcome, str)]
    assert len(made) == 1
    assert refused == [(400, "WKS.00138002")] * 49
    plain.call("delete_app_group", app_group_id=made[0])


def test_an_update_changes_what_it_names(plain, name):
    made = plain.create_app_group(name("g"), description="before")
    renamed = name("h")
    updated = plain.update_app_group(made.id, name=renamed)
    assert (updated.id, updated.name, updated.description) == (made.id, renamed, "before")
    assert updated.create_at == made.create_at
    assert plain.update_app_group(made.id).name == renamed
    assert plain.update_app_group(made.id, description="").description == ""
    # What Terraform's provider sends, whatever has changed.
    updated = plain.update_app_group(made.id, name=renamed, description="after", app_server_group_id="")
    assert (updated.name, updated.description, updated.app_server_group_id) == (renamed, "after", "")
    for bad, expected in [
        ({"name": "a/b"}, (400, "WKS.00138001")),
        ({"description": "x" * 256}, (400, "WKS.00138001")),
        ({"app_server_group_id": "x" * 129}, (400, "WKS.00149901")),
        ({"app_server_group_id": "nowhere"}, (404, "WKS.00128401")),
    ]:
        body = models.UpdateAppGroupReq(**bad)
        assert plain.refusal("update_app_group", app_group_id=made.id, body=body) == expected
    shown = plain.app_group(made.id)
    assert (shown.name, shown.description) == (renamed, "after")
    body = models.UpdateAppGroupReq(name=name())
    assert plain.refusal("update_app_group", app_group_id=NO_GROUP, body=body) == (404, "WKS.00138401")
    plain.call("delete_app_group", app_group_id=made.id)


def test_binding_to_a_server_group(plain, name, server_group):
    first, second = server_group(description="第一"), server_group()
    made = plain.create_app_group(name("g"), app_server_group_id=first.id)
    assert (made.app_server_group_id, made.app_server_group_name) == (first.id, first.name)
    assert plain.app_group(made.id).app_server_group_description == "第一"
    # Renaming shows at once.
    renamed = name("sg")
    plain.update_server_group(first.id, name=renamed)
    assert plain.app_group(made.id).app_server_group_name == renamed
    assert plain.update_app_group(made.id, app_server_group_id=first.id).app_server_group_id == first.id
    body = models.UpdateAppGroupReq(app_server_group_id=second.id)
    assert plain.refusal("update_app_group", app_group_id=made.id, body=body) == (409, "WKS.00138902")
    freed = plain.update_app_group(made.id, app_server_group_id="")
    assert (freed.app_server_group_id, freed.app_server_group_name) == ("", None)
    assert plain.update_app_group(made.id, app_server_group_id=second.id).app_server_group_id == second.id
    plain.call("delete_app_group", app_group_id=made.id)


def test_kinds_of_groups(plain, name, server_group):
    desktop, apps = server_group(app_type="SESSION_DESKTOP_APP"), server_group()
    made = plain.create_app_group(name("g"), app_server_group_id=desktop.id)
    assert (made.app_type, made.app_count) == ("SESSION_DESKTOP_APP", 0)

    def refused(**fields):
        return plain.refusal("create_app_group", body=models.CreateAppGroupReq(name=name(), **fields))

    assert refused(app_server_group_id=desktop.id) == (400, "WKS.00131105")
    assert refused(app_server_group_id=desktop.id, app_type="COMMON_APP") == (400, "WKS.00138003")
    assert refused(app_server_group_id=apps.id, app_type="SESSION_DESKTOP_APP") == (400, "WKS.00138003")
    several = [plain.create_app_group(name("g"), app_server_group_id=apps.id).id for _ in range(2)]
    assert plain.server_group(apps.id).app_group_count == 2
    unbound = plain.create_app_group(name("g"), app_type="SESSION_DESKTOP_APP")
    for target, expected in [(apps.id, (400, "WKS.00138003")), (desktop.id, (400, "WKS.00131105"))]:
        body = models.UpdateAppGroupReq(app_server_group_id=target)
        assert plain.refusal("update_app_group", app_group_id=unbound.id, body=body) == expected
    ids = [made.id, unbound.id, *several]
    plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=ids))


def test_freeing_all_groups_of_a_server_group(plain, name, server_group):
    target = server_group()
    ids = [plain.create_app_group(name("g"), app_server_group_id=target.id).id for _ in range(3)]
    plain.call("disassociate_app_group", server_group_id=target.id)
    plain.call("disassociate_app_group", server_group_id=target.id)
    assert [plain.app_group(group_id).app_server_group_id for group_id in ids] == ["", "", ""]
    assert list_groups(plain, app_server_group_id=target.id).count == 0
    assert plain.refusal("disassociate_app_group", server_group_id="nowhere") == (404, "WKS.00128401")
    path = "/app-groups/actions/disassociate-app-group"
    assert plain.raw_refusal("POST", path) == (400, "WKS.00149901")
    assert plain.raw_refusal("POST", path, query=[("server_group_id", "")]) == (400, "WKS.00149901")
    plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=ids))


def test_lists_filter_and_page(plain, name, server_group):
    prefix, target = name("列表x"), server_group()
    groups = [plain.create_app_group(f"{prefix}_{n}").id for n in range(11)]
    groups.append(plain.create_app_group(f"{prefix}-bound", app_server_group_id=target.id).id)
    first = list_groups(plain, name=prefix)
    assert (first.count, len(first.items)) == (12, 10)
    assert [item.id for item in first.items] == groups[:1:-1], "newest first, ten by default"
    rest = list_groups(plain, name=prefix, limit=100, offset=10)
    assert (rest.count, [item.id for item in rest.items]) == (12, groups[1::-1])
    past = list_groups(plain, name=prefix, offset=2147483647)
    assert (past.count, past.items) == (12, [])
    assert list_groups(plain, name=f"{prefix}_1").count == 2, "an underscore is no wildcard"
    assert list_groups(plain, name="%").count == 0
    assert list_groups(plain, name=prefix.upper()).count == 0
    assert [item.id for item in list_groups(plain, app_server_group_id=target.id).items] == groups[-1:]
    assert list_groups(plain, app_server_group_id="nowhere").items == []
    assert list_groups(plain, app_group_id=groups[0], name=prefix, app_type="COMMON_APP").count == 1
    assert list_groups(plain, name=prefix, app_type="SESSION_DESKTOP_APP").count == 0
    assert list_groups(plain, name=prefix, authorization_type="APP_GROUP").count == 12
    assert list_groups(plain, name=prefix, authorization_type="APP").items == []
    assert list_groups(plain, name=prefix, app_type="", authorization_type="").count == 12
    plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=groups))


@pytest.mark.parametrize(
    "bad",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": -1},
        {"limit": "ten"},
        {"offset": -1},
        {"offset": 2147483648},
        {"offset": 99999999999999999999},
        {"name": "x" * 1025},
        {"app_group_id": "x" * 129},
        {"app_type": "DESKTOP"},
        {"authorization_type": "USER"},
    ],
)
def test_lists_refuse_what_is_out_of_range(plain, bad):
    assert plain.refusal("list_app_group", **bad) == (400, "WKS.00149901")


def test_batches_delete_all_or_nothing(plain, name):
    ids = [plain.create_app_group(name("g")).id for _ in range(2)]

    def refused(body):
        return plain.raw_refusal("POST", "/app-groups/batch-delete", body)

    for bad in [{"ids": []}, {"ids": ids + ["x"] * 19}, {"ids": [ids[0], ""]}, {"ids": [ids[0], "x" * 129]}]:
        assert refused(bad) == (400, "WKS.00149901")
    for bad in [{}, {"ids": None}, {"ids": ids[0]}, {"ids": [1]}]:
        assert refused(bad) == (400, "WKS.00149901")
    assert [plain.app_group(group_id).id for group_id in ids] == ids
    plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=[ids[0], NO_GROUP, ids[1], ids[0]]))
    for group_id in ids:
        assert plain.refusal("show_app_group_detail", app_group_id=group_id) == (404, "WKS.00138401")


def test_names_are_checked_without_being_taken(plain, name):
    taken = name("g")
    group_id = plain.create_app_group(taken).id

    def check(text):
        answer = plain.call("check_app_group", body=models.CheckAppGroupReq(name=text))
        return answer.result, answer.validate_rule

    assert check(taken) == (False, "duplicate")
    assert check("a/b") == check("🚀") == check("x" * 2048) == (False, "naming")
    free = name("g")
    assert check(free) == check(free) == (True, None)
    for bad in ["", "x" * 2049]:
        assert plain.refusal("check_app_group", body=models.CheckAppGroupReq(name=bad)) == (400, "WKS.00149901")
    assert plain.raw_refusal("POST", "/app-groups/rules/validate", {}) == (400, "WKS.00149901")
    plain.call("delete_app_group", app_group_id=group_id)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'""', b"  "])
def test_bodies_that_say_nothing(plain, body):
    assert plain.raw_refusal("POST", "/app-groups", body) == (400, "WKS.0001")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"5",
        b"[1]",
        b'{"name":1}',
        b'{"name":null}',
        b"{}",
        b'{"name":"a","description":[]}',
        b'{"name":"a\\u0000"}',
        b'{"name":"\xff"}',
        b"[" * 100_000,
    ],
)
def test_bodies_that_cannot_be_read(plain, body):
    assert plain.raw_refusal("POST", "/app-groups", body) == (400, "WKS.00149901")


def test_unknown_fields_are_passed_over(plain, name):
    answer = plain.raw("POST", "/app-groups", {"name": name("g"), "future_field": {"a": [1]}})
    assert answer.status_code == 200
    plain.call("delete_app_group", app_group_id=answer.json()["id"])


def test_media_types(plain):
    headers = {"Content-Type": "text/plain"}
    assert plain.raw_refusal("POST", "/app-groups", b'{"name":"a"}', headers=headers) == (415, "WKS.00000415")
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    assert plain.raw("POST", "/app-groups/rules/validate", {"name": "a"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "method, path",
    [
        ("PUT", "/app-groups"),
        ("DELETE", "/app-groups"),
        ("PUT", f"/app-groups/{NO_GROUP}"),
        ("POST", f"/app-groups/{NO_GROUP}"),
        ("GET", "/app-groups/batch-delete"),
        ("DELETE", "/app-groups/batch-delete"),
        ("GET", "/app-groups/rules/validate"),
        ("PUT", "/app-groups/actions/disassociate-app-group"),
        ("POST", "/product"),
        ("PUT", "/app-servers"),
    ],
)
def test_wrong_methods_on_known_paths(plain, method, path):
    assert plain.raw_refusal(method, path) == (405, "WKS.00000405")


def test_paths_that_nobody_knows(plain):
    assert plain.raw_refusal("GET", f"/app-groups/{NO_GROUP}/nothing") == (404, "APIGW.0101")
    assert plain.raw_refusal("GET", "/no-such-thing") == (404, "APIGW.0101")


def test_operations_that_are_not_served_say_so(plain):
    request = {"app_group_id": NO_GROUP}
    assert plain.refusal("show_publishable_app", **request) == (400, "WKS.00138001")
    assert plain.refusal("list_servers") == (400, "WKS.00138001")


def test_ids_of_any_shape_are_unknown(plain):
    for odd in ["0d2c5e0e-6b7a-4c1e-9f5e-7a7d1f5c3b2a", "x" * 200, "组", "a b", "..%2f", "0"]:
        assert plain.refusal("show_app_group_detail", app_group_id=odd) == (404, "WKS.00138401")
        plain.call("delete_app_group", app_group_id=odd)


def test_only_known_callers_get_in(muster, plain):
    stranger = Workspace(muster, {**muster.credentials, "access_key_secret": "x" * 40})
    assert stranger.refusal("list_app_group") == (401, "APIGW.0301")
    foreign = Workspace(muster, project_id="0" * 32)
    assert foreign.refusal("list_app_group") == (403, "APIGW.0302")


def test_ids_differ(plain, name):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: plain.create_app_group(name("g")).id, range(40)))
    assert len(set(ids)) == 40 and {len(group_id) for group_id in ids} == {18}
    for start in (0, 20):
        plain.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=ids[start : start + 20]))


def test_groups_survive_a_kill(start_muster, name):
    server = start_muster()
    client = Workspace(server)
    target = client.create_server_group(name("sg"))
    made = client.create_app_group(name("g"), description="stays", app_server_group_id=target.id)
    server.kill()
    client = Workspace(server.start())
    shown = client.app_group(made.id)
    for field in models.CreateAppGroupResponse.openapi_types:
        assert getattr(shown, field) == getattr(made, field), field
