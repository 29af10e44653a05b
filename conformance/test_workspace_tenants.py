"""Who may see and change Workspace groups: projects, accounts, users with policies, tokens."""

import json

import pytest
import requests
from conftest import unique
from workspace import Workspace, models, tag


@pytest.fixture
def workspace(muster):
    return Workspace(muster)


@pytest.fixture(scope="module")
def another_account(muster):
    """The credentials of the root user of an account of its own."""
    account = muster.cli_json("account", "create", unique("acct"))
    key = muster.cli_json("access-key", "create", "--account", account["name"])
    return {"access_key_id": key["id"], "access_key_secret": key["secret"], "project_id": account["project_id"]}


@pytest.fixture(scope="module")
def another_project(muster):
    """The root user's credentials in a second project of the first account."""
    project = muster.cli_json("project", "create", unique("proj"))
    return {**muster.credentials, "project_id": project["id"]}


@pytest.fixture(params=["another_account", "another_project"])
def stranger(request, muster):
    """Somebody who must not see what the first project has."""
    return Workspace(muster, request.getfixturevalue(request.param))


@pytest.fixture
def user(muster):
    """Makes a user that may do what a policy document says, and nothing else."""

    def make(*statements):
        name = unique("user")
        muster.cli("user", "create", name)
        document = json.dumps({"Version": "5.0", "Statement": list(statements)})
        muster.cli("policy", "put", name, "-", stdin=document)
        muster.cli("policy", "attach", name, "--user", name)
        key = muster.cli_json("access-key", "create", "--user", name)
        return Workspace(muster, {**muster.credentials, "access_key_id": key["id"], "access_key_secret": key["secret"]})

    return make


@pytest.fixture
def groups(workspace, name):
    """A server group with a tag, and an app group on it."""
    server_group = workspace.create_server_group(name("sg"), tags=[tag("owner", "first")])
    app_group = workspace.create_app_group(name("g"), app_server_group_id=server_group.id)
    yield app_group, server_group
    workspace.call("delete_app_group", app_group_id=app_group.id)
    workspace.delete_server_group(server_group.id)


def test_strangers_find_nothing(workspace, stranger, groups, name):
    app_group, server_group = groups
    assert stranger.call("list_app_group", app_group_id=app_group.id).count == 0
    assert stranger.call("list_server_groups", server_group_id=server_group.id).count == 0
    assert stranger.call("list_tenant_server_groups", sever_group_name=server_group.name).count == 0
    assert stranger.call("list_server_group_tag").tags == []
    no_app_group, no_server_group = (404, "WKS.00138401"), (404, "WKS.00128401")
    app_group_id, server_group_id = {"app_group_id": app_group.id}, {"server_group_id": server_group.id}
    assert stranger.refusal("show_app_group_detail", **app_group_id) == no_app_group
    body = models.UpdateAppGroupReq(name=name())
    assert stranger.refusal("update_app_group", **app_group_id, body=body) == no_app_group
    for operation in ["show_server_group", "show_server_group_state", "show_server_group_tag", "disassociate_app_group"]:
        assert stranger.refusal(operation, **server_group_id) == no_server_group
    body = models.UpdateServerGroupReq(name=name())
    assert stranger.refusal("update_server_group", **server_group_id, body=body) == no_server_group
    body = models.CreateResourceTagReq(tags=[tag("owner", "second")])
    assert stranger.refusal("create_server_group_tags", **server_group_id, body=body) == no_server_group
    items = [models.ServerGroupTagsInfo(server_group_id=server_group.id, tags=[tag("owner")])]
    body = models.BatchDeleteServerGroupTagsReq(items=items)
    assert stranger.refusal("batch_delete_server_group_tags", body=body) == no_server_group
    body = models.CreateAppGroupReq(name=name(), app_server_group_id=server_group.id)
    assert stranger.refusal("create_app_group", body=body) == no_server_group
    body = stranger.server_group_body(name(), primary_server_group_id=server_group.id)
    assert stranger.refusal("create_server_group", body=body) == no_server_group
    # Deleting what one cannot see is as good as deleting nothing.
    stranger.call("delete_app_group", **app_group_id)
    stranger.call("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=[app_group.id]))
    stranger.delete_server_group(server_group.id)
    assert workspace.app_group(app_group.id).app_server_group_id == server_group.id
    assert [item.value for item in workspace.server_group(server_group.id).tags] == ["first"]


def test_names_are_free_in_each_project(stranger, groups):
    app_group, server_group = groups
    mine = stranger.create_app_group(app_group.name)
    assert mine.tenant_id == stranger.project_id
    answer = stranger.call("check_app_group", body=models.CheckAppGroupReq(name=app_group.name))
    assert (answer.result, answer.validate_rule) == (False, "duplicate")
    stranger.call("delete_app_group", app_group_id=mine.id)
    stranger.delete_server_group(stranger.create_server_group(server_group.name).id)


def test_a_project_of_another_account_is_closed(muster, another_account):
    intruder = Workspace(muster, {**another_account, "project_id": muster.credentials["project_id"]})
    assert intruder.refusal("list_app_group") == (403, "APIGW.0302")


def test_a_user_without_a_policy_may_do_nothing(user, name):
    nobody = user({"Effect": "Allow", "Action": ["ces:*:*"]})
    refused = (403, "APIGW.0302")
    assert nobody.refusal("list_app_group") == refused
    assert nobody.refusal("create_app_group", body=models.CreateAppGroupReq(name=name())) == refused
    assert nobody.refusal("list_product") == refused
    assert nobody.refusal("show_app_group_detail", app_group_id="1") == refused


def test_a_reader_reads(user, groups, name):
    app_group, server_group = groups
    verbs = ["list", "get"]
    kinds = ["appGroup", "serverGroup"]
    reader = user({"Effect": "Allow", "Action": [f"workspace:{kind}:{verb}" for kind in kinds for verb in verbs]})
    assert reader.app_group(app_group.id).name == app_group.name
    assert reader.server_group(server_group.id).name == server_group.name
    refused = (403, "APIGW.0302")
    assert reader.refusal("delete_app_group", app_group_id=app_group.id) == refused
    body = models.UpdateAppGroupReq(name=name())
    assert reader.refusal("update_app_group", app_group_id=app_group.id, body=body) == refused
    assert reader.app_group(app_group.id).name == app_group.name


def test_a_grant_on_one_group(user, groups):
    app_group, server_group = groups
    keeper = user(
        {"Effect": "Allow", "Action": ["workspace:appGroup:*"], "Resource": [f"workspace:*:*:appGroup:{app_group.id}"]}
    )
    keeper.update_app_group(app_group.id, description="kept")
    refused = (403, "APIGW.0302")
    assert keeper.refusal("show_app_group_detail", app_group_id="575772274859184144") == refused
    assert keeper.refusal("list_app_group") == refused
    ids = [app_group.id, "575772274859184144"]
    assert keeper.refusal("batch_delete_app_group", body=models.DeleteAppGroupReq(ids=ids)) == refused
    assert keeper.app_group(app_group.id).description == "kept"


def test_a_token_opens_its_project_only(muster, another_project, groups):
    app_group, _ = groups
    known = muster.credentials
    user = {"name": known["user"], "password": known["password"], "domain": {"name": known["account"]}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": known["project_id"]}}}}
    answer = requests.post(f"{muster.http}/v3/auth/tokens", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}

    def get(project_id):
        return requests.get(f"{muster.http}/v1/{project_id}/app-groups/{app_group.id}", headers=headers, timeout=30)

    assert get(known["project_id"]).json()["name"] == app_group.name
    assert get(another_project["project_id"]).status_code == 403
    headers = {}
    refused = get(known["project_id"])
    assert (refused.status_code, refused.json()["error_code"]) == (401, "APIGW.0301")
