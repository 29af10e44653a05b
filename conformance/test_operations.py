"""The command line on a running and on a stopped server: administration, backup and restore, settings, stopping."""

import json
import os
import socket
import stat
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import binary, clean_environment, new_database, opener, unique


def test_start_leaves_what_scripts_rely_on(muster):
    credentials = muster.credentials
    assert set(credentials) == {
        "access_key_id", "access_key_secret", "account", "account_id", "user", "password",
        "project_id", "project_name", "domain_id", "region",
    }  # fmt: skip
    for name in ("credentials.json", "admin.sock"):
        assert stat.S_IMODE(os.stat(muster.data / name).st_mode) == 0o600, name
    assert opener.open(f"{muster.http}/healthz").status == 200
    assert b"muster_store_commits_total" in opener.open(f"{muster.http}/metrics").read()


def test_users_and_keys_of_a_running_server(muster):
    name = unique("user")
    made = muster.cli_json("user", "create", name, "--description", "值班")
    assert made["name"] == name and len(made["password"]) == 24
    key = muster.cli_json("access-key", "create", "--user", name)
    assert len(key["id"]) == 20 and len(key["secret"]) == 40
    rotated = muster.cli_json("access-key", "rotate", key["id"], "--overlap-hours", "1")
    assert rotated["id"] != key["id"]
    listed = {row["id"]: row for row in muster.cli_json("access-key", "list", "--user", name)}
    assert listed[key["id"]]["expires_at"] and not listed[rotated["id"]]["expires_at"]
    assert "secret" not in listed[key["id"]]
    assert not muster.cli_json("access-key", "disable", key["id"])["enabled"]
    muster.cli("access-key", "delete", key["id"])
    given = muster.cli("--json", "user", "set-password", name, "--password-stdin", stdin="Correct horse 9!\n")
    assert "password" not in json.loads(given)
    assert muster.cli_json("user", "delete", name)["deleted"]
    assert name not in [user["name"] for user in muster.cli_json("user", "list")]


def test_policies_are_put_attached_and_refused(muster, tmp_path):
    user, policy = unique("user"), unique("policy")
    muster.cli("user", "create", user, "--no-password")
    document = tmp_path / "policy.json"
    document.write_text('{"Version":"1","Statement":[{"Effect":"Allow","Action":"edas:*","Resource":"*"}]}')
    muster.cli("policy", "put", policy, str(document))
    muster.cli("policy", "attach", policy, "--user", user)
    assert muster.cli_json("policy", "attached", "--user", user) == [{"name": policy, "built_in": False}]
    assert "attached" in muster.cli("policy", "delete", policy, check=False)
    muster.cli("policy", "detach", policy, "--user", user)
    muster.cli("policy", "delete", policy)
    assert "policy" in muster.cli("policy", "put", policy, "-", stdin="{}", check=False)


def test_accounts_are_apart(muster):
    name = unique("tenant")
    made = muster.cli_json("account", "create", name)
    assert len(made["id"]) == 16
    muster.cli("user", "create", "night", "--account", name)
    assert "night" not in [user["name"] for user in muster.cli_json("user", "list")]
    assert {user["name"] for user in muster.cli_json("user", "list", "--account", made["id"])} == {"admin", "night"}
    project = muster.cli_json("project", "create", "extra", "--account", name)
    assert not muster.cli_json("project", "disable", project["id"], "--account", name)["enabled"]
    assert "does not exist" in muster.cli("project", "disable", project["id"], check=False)


def test_a_stopped_server_is_administered_through_its_folder(start_muster):
    server = start_muster()
    server.stop()
    assert not (server.data / "admin.sock").exists()
    server.cli("user", "create", "offline")
    server.start()
    assert "offline" in [user["name"] for user in server.cli_json("user", "list")]


def test_commands_make_no_store(tmp_path):
    nowhere = tmp_path / "nowhere"
    done = subprocess.run(
        [binary(), "--data", nowhere, "account", "list"], capture_output=True, text=True, env=clean_environment(), check=False
    )
    assert done.returncode == 1 and "does not exist" in done.stderr
    assert not nowhere.exists()


def sqlite_only():
    if os.environ.get("MUSTER_TEST_DATABASE"):
        pytest.skip("PostgreSQL has backup tools of its own")


def test_a_backup_under_load_holds_every_acknowledged_change(start_muster, tmp_path):
    sqlite_only()
    server = start_muster()
    before = [unique("before") for _ in range(5)]
    for name in before:
        server.cli("project", "create", name)
    backup, late = tmp_path / "backup", [unique("late") for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(server.cli, "project", "create", name) for name in late]
        server.cli("store", "backup", backup)
        for work in writing:
            work.result()
    assert stat.S_IMODE(os.stat(backup).st_mode) == 0o700
    restored = tmp_path / "restored"
    command = [binary(), "--data", restored, "store", "restore", backup]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    assert done.returncode == 0, done.stderr
    copy = start_muster(data=restored)
    assert copy.credentials == server.credentials
    projects = {project["name"] for project in copy.cli_json("project", "list")}
    assert projects >= set(before)
    assert "sound" in copy.cli("store", "check")
    # A store is never restored over another one.
    copy.stop()
    again = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    assert again.returncode == 1 and "holds a store already" in again.stderr


def test_a_copy_on_postgres_serves_what_sqlite_held(start_muster):
    url = new_database()
    if not url:
        pytest.skip("needs PostgreSQL")
    before = start_muster(database="sqlite")
    group, project = unique("组"), unique("project")
    before.cli("call", "cloudmonitor", "PutContactGroup", f"ContactGroupName={group}", "ContactNames.1=lucy")
    before.cli("project", "create", project)
    listed = before.cli("call", "cloudmonitor", "DescribeContactGroupList")
    assert "another Muster is using" in before.cli("store", "copy", url, check=False)
    before.stop()
    before.cli("store", "copy", url)
    assert "not empty" in before.cli("store", "copy", url, check=False)
    after = start_muster(data=before.data, database=url)

    def groups(text):
        return json.loads(text)["ContactGroupList"]

    assert groups(after.cli("call", "cloudmonitor", "DescribeContactGroupList")) == groups(listed)
    assert project in [row["name"] for row in after.cli_json("project", "list")]
    after.cli("call", "cloudmonitor", "PutContactGroup", f"ContactGroupName={group}2")
    assert after.cli_json("store", "check")["database"] == "PostgreSQL"


def test_a_second_server_on_the_folder_is_refused(start_muster):
    sqlite_only()
    server = start_muster()
    second = subprocess.run(
        [binary(), "serve", *server.common_flags(), "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=30, env=clean_environment(), check=False,
    )  # fmt: skip
    assert second.returncode == 1 and "another Muster is using the data folder" in second.stderr
    assert server.cli_json("account", "list")


def test_settings_come_from_flag_environment_and_file_in_this_order(start_muster):
    server = start_muster(config='region = "file-1"\n[http]\nbody_limit = 2048\n', env={"MUSTER_REGION": "environment-1"})
    assert server.credentials["region"] == "environment-1"
    assert server.credentials["project_name"] == "environment-1"
    other = start_muster(env={"MUSTER_REGION": "environment-1"}, args=["--region", "flag-1"])
    assert other.credentials["region"] == "flag-1"


def test_unknown_settings_are_reported_with_their_place(tmp_path):
    config = tmp_path / "muster.toml"
    config.write_text('listen = "127.0.0.1:0"\n[smtp]\nhots = "mail.example.com"\n')
    done = subprocess.run(
        [binary(), "--config", config, "config", "check"], capture_output=True, text=True, env=clean_environment(), check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{config}:3:1: smtp.hots: there is no such setting")


def test_first_credentials_may_be_given(start_muster):
    given = {
        "MUSTER_ROOT_ACCESS_KEY_ID": "LTAITESTTESTTEST0001",
        "MUSTER_ROOT_ACCESS_KEY_SECRET": "abcdefghijABCDEFGHIJ0123456789abcdefghij",
        "MUSTER_ADMIN_PASSWORD": "password",
    }
    credentials = start_muster(env=given).credentials
    assert credentials["access_key_id"] == given["MUSTER_ROOT_ACCESS_KEY_ID"]
    assert credentials["access_key_secret"] == given["MUSTER_ROOT_ACCESS_KEY_SECRET"]
    assert credentials["password"] == "password"


def test_sigterm_stops_within_seconds_even_with_an_idle_connection(start_muster):
    server = start_muster()
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port))):
        assert server.stop() == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{server.http}/healthz", timeout=2)


def test_logs_can_be_json(start_muster):
    server = start_muster(args=["--log-format", "json", "--log-level", "debug"])
    opener.open(f"{server.http}/healthz")
    server.stop()
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert lines and all("message" in json.loads(line) for line in lines)


def test_doctor_finds_a_sound_server(muster):
    findings = {row["about"]: row for row in muster.cli_json("doctor", "--time-server", "127.0.0.1:9")}
    assert findings["server"]["verdict"] == findings["store"]["verdict"] == findings["secrets"]["verdict"] == "good"
    assert findings["mail"]["verdict"] == findings["clock"]["verdict"] == "note"
