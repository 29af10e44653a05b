"""Users, policies, roles, keys and sessions, as the official clients of several clouds meet them."""

import hashlib
import json
import os
import subprocess

import pytest
import requests
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import utils_models
from darabonba.exceptions import DaraException
from huaweicloudsdkces.v2 import ListResourceGroupsRequest

from alibaba import Key
from cloudmonitor import CloudMonitor, Refused
from conftest import binary, unique
from huawei import ces_v2, refused

ALL_BUT_DELETE = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": ["cms:*", "ces:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "cms:Delete*", "Resource": "*"},
    ],
}


def key_of(made):
    return made["id"], made["secret"]


def new_user(muster, *policies):
    """A user with these policies (names of built-in ones, or documents), and its access key."""
    user = unique("user")
    muster.cli("user", "create", user, "--no-password")
    for policy in policies:
        if isinstance(policy, dict):
            name = unique("policy")
            muster.cli("policy", "put", name, "-", stdin=json.dumps(policy))
        else:
            name = policy
        muster.cli("policy", "attach", name, "--user", user)
    return user, key_of(muster.cli_json("access-key", "create", "--user", user))


def put_group(muster, key):
    group = unique("group")
    CloudMonitor(muster, key=key and Key(*key)).put_contact_group(contact_group_name=group, contact_names=[])
    return group


def zstack_log_in(muster, password, account="admin"):
    body = {"logInByAccount": {"accountName": account, "password": hashlib.sha512(password.encode()).hexdigest()}}
    return requests.put(f"{muster.http}/zstack/v1/accounts/login", json=body)


def zstack_session_is_valid(muster, session):
    return requests.get(f"{muster.http}/zstack/v1/accounts/sessions/{session}/valid").json()["valid"]


def huawei_token(muster, password):
    own = muster.credentials
    user = {"name": own["user"], "password": password, "domain": {"name": own["account"]}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}},
                     "scope": {"project": {"id": own["project_id"]}}}}  # fmt: skip
    return requests.post(f"{muster.http}/v3/auth/tokens", json=body)


def groups_with_token(muster, token):
    url = f"{muster.http}/v2/{muster.credentials['project_id']}/resource-groups"
    return requests.get(url, headers={"X-Auth-Token": token}).status_code


def test_one_policy_counts_in_every_cloud(muster):
    _, key = new_user(muster, "ReadOnlyAccess")
    assert CloudMonitor(muster, key=key and Key(*key)).describe_contact_group_list().success
    assert ces_v2(muster, key=key).list_resource_groups(ListResourceGroupsRequest()).count is not None
    with pytest.raises(Refused) as seen:
        put_group(muster, key)
    assert seen.value.status == 403


def test_who_has_no_policy_may_do_nothing(muster):
    _, key = new_user(muster)
    with pytest.raises(Refused) as seen:
        CloudMonitor(muster, key=key and Key(*key)).describe_contact_group_list()
    assert seen.value.status == 403
    with refused(403):
        ces_v2(muster, key=key).list_resource_groups(ListResourceGroupsRequest())


def test_a_deny_wins_and_a_detached_policy_stops_at_once(muster):
    user, key = new_user(muster, ALL_BUT_DELETE)
    group = put_group(muster, key)
    with pytest.raises(Refused) as seen:
        CloudMonitor(muster, key=key and Key(*key)).delete_contact_group(contact_group_name=group)
    assert seen.value.status == 403
    for attached in muster.cli_json("policy", "attached", "--user", user):
        muster.cli("policy", "detach", attached["name"], "--user", user)
    with pytest.raises(Refused) as seen:
        put_group(muster, key)
    assert seen.value.status == 403
    CloudMonitor(muster).delete_contact_group(contact_group_name=group)


def test_a_groups_policies_are_its_members(muster):
    user, key = new_user(muster)
    group = unique("night")
    muster.cli("group", "create", group)
    muster.cli("policy", "attach", "AliyunCloudMonitorFullAccess", "--group", group)
    muster.cli("group", "add", group, user)
    assert [row["name"] for row in muster.cli_json("group", "members", group)] == [user]
    put_group(muster, key)
    muster.cli("group", "remove", group, user)
    with pytest.raises(Refused):
        put_group(muster, key)
    muster.cli("group", "delete", group)


def sts(muster, key=None):
    own = muster.credentials
    key = key or (own["access_key_id"], own["access_key_secret"])
    config = utils_models.Config(
        access_key_id=key[0], access_key_secret=key[1], endpoint=muster.host, protocol="HTTP", region_id="cn-hangzhou"
    )
    return StsClient(config)


def with_token(muster, credentials):
    key = Key(credentials.access_key_id, credentials.access_key_secret, credentials.security_token)
    return CloudMonitor(muster, key=key)


def test_a_role_is_assumed_and_ends(muster):
    account = muster.credentials["account_id"]
    role = unique("role")
    trust = {"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}]}  # fmt: skip
    made = json.loads(muster.cli("--json", "role", "create", role, "-", stdin=json.dumps(trust)))
    assert made["arn"] == f"acs:ram::{account}:role/{role}"
    muster.cli("policy", "attach", "AliyunCloudMonitorFullAccess", "--role", role)
    _, key = new_user(muster, "AliyunSTSAssumeRoleAccess")
    request = sts_models.AssumeRoleRequest(role_arn=made["arn"], role_session_name="nights", duration_seconds=900)
    answer = sts(muster, key).assume_role(request).body
    assert answer.assumed_role_user.arn == f"acs:sts::{account}:assumed-role/{role}/nights"

    monitor = with_token(muster, answer.credentials)
    group = unique("group")
    monitor.put_contact_group(contact_group_name=group, contact_names=[])
    monitor.delete_contact_group(contact_group_name=group)
    rows = muster.cli_json("audit", "--operation", "PutContactGroup", "--principal", answer.assumed_role_user.arn)
    assert [row["refusal"] for row in rows] == [None]

    muster.cli("role", "delete", role)
    with pytest.raises(Refused) as seen:
        monitor.describe_contact_group_list()
    assert seen.value.code == "InvalidAccessKeyId.NotFound"


def test_who_is_not_trusted_does_not_become_the_role(muster):
    account = muster.credentials["account_id"]
    role = unique("role")
    trust = {"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:user/nobody"]}}]}  # fmt: skip
    made = json.loads(muster.cli("--json", "role", "create", role, "-", stdin=json.dumps(trust)))
    request = sts_models.AssumeRoleRequest(role_arn=made["arn"], role_session_name="nights")
    with pytest.raises(DaraException) as seen:
        sts(muster).assume_role(request)
    assert seen.value.code == "NoPermission"


def test_rotated_and_disabled_keys(start_muster):
    server = start_muster()
    user, old = new_user(server, "AliyunCloudMonitorFullAccess")
    new = key_of(server.cli_json("access-key", "rotate", old[0], "--overlap-hours", "1"))
    for key in (old, new):
        put_group(server, key)
    server.cli("access-key", "disable", old[0])
    with pytest.raises(Refused) as seen:
        put_group(server, old)
    assert seen.value.code == "InvalidAccessKeyId.Inactive"
    server.kill()
    server.start()
    put_group(server, new)
    with pytest.raises(Refused):
        put_group(server, old)
    server.cli("user", "disable", user)
    with pytest.raises(Refused):
        put_group(server, new)


def test_a_new_password_ends_sessions_and_tokens(start_muster):
    server = start_muster()
    old = server.credentials["password"]
    session = zstack_log_in(server, old).json()["inventory"]["uuid"]
    token = huawei_token(server, old).headers["X-Subject-Token"]
    assert zstack_session_is_valid(server, session) and groups_with_token(server, token) == 200
    server.cli("user", "set-password", "admin", "--password-stdin", stdin="another password\n")
    assert not zstack_session_is_valid(server, session)
    assert groups_with_token(server, token) == 401
    assert zstack_log_in(server, old).status_code == 503
    assert huawei_token(server, old).status_code == 401
    assert zstack_log_in(server, "another password").status_code == 200
    assert huawei_token(server, "another password").status_code == 201


def test_guessing_is_slowed_and_keys_are_not(start_muster):
    server = start_muster()
    answers = [huawei_token(server, f"wrong password {number}").status_code for number in range(11)]
    assert answers[:10] == [401] * 10 and answers[10] not in (201, 401)
    assert huawei_token(server, server.credentials["password"]).status_code != 201
    put_group(server, None)


def test_the_audit_log_says_who_did_what(muster):
    user, key = new_user(muster, ALL_BUT_DELETE)
    group = put_group(muster, key)
    with pytest.raises(Refused):
        CloudMonitor(muster, key=key and Key(*key)).delete_contact_group(contact_group_name=group)
    principal = f"acs:ram::{muster.credentials['account_id']}:user/{user}"
    rows = muster.cli_json("audit", "--principal", principal)
    assert [(row["operation"], row["refusal"] is None) for row in rows] == [
        ("DeleteContactGroup", False),
        ("PutContactGroup", True),
    ]
    assert all(row["source_ip"] == "127.0.0.1" and row["request_id"] for row in rows)
    made = muster.cli_json("audit", "--subject", user)
    assert [(row["api"], row["operation"]) for row in made] == [
        ("cli", "CreateAccessKey"),
        ("cli", "CreateUser"),
    ]


def test_another_key_file_is_refused(start_muster, tmp_path):
    server, other = start_muster(), start_muster()
    foreign = next(path for path in other.data.iterdir() if path.name.endswith(".key"))
    server.stop()
    for key_file, reason in [(foreign, "not the one"), (tmp_path / "missing.key", "missing")]:
        command = [str(binary()), "serve", *server.common_flags(), "--key-file", str(key_file), "--listen", "127.0.0.1:0"]
        done = subprocess.run(command, env=server.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0 and reason in done.stdout + done.stderr, done
    assert not (tmp_path / "missing.key").exists()
    server.start()
    put_group(server, None)
    assert os.stat(foreign).st_mode & 0o077 == 0
