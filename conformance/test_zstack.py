"""ZStack's protocol: sessions, access keys, answers to poll for, webhooks, queries, refusals."""

import json
import queue
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import zstack
from zstack import Client, by_key, by_session, log_in, new_account, new_uuid, sha512

ADMIN_UUID = "36c27e8ff05c4780bf6d2fa65700f22e"


@pytest.fixture(scope="module")
def admin(muster):
    return by_session(muster)


# --- sessions


def test_a_session_from_login_to_logout(muster):
    session = log_in(muster).inventory
    assert session["accountUuid"] == session["userUuid"] == ADMIN_UUID
    lifetime = zstack.epoch(session["expiredDate"]) - zstack.epoch(session["createDate"])
    assert lifetime == 7200
    client = Client(muster, session=session["uuid"])
    assert client.get("/scheduler/jobgroups").status == 200
    valid = f"/accounts/sessions/{session['uuid']}/valid"
    assert Client(muster).send("GET", valid).json == {"valid": True}
    renewed = client.put(f"/accounts/sessions/{session['uuid']}/renew", "renewSession", duration=60).inventory
    assert zstack.epoch(renewed["expiredDate"]) - zstack.epoch(session["createDate"]) < 7200
    for duration in (59, 31536001):
        assert client.put(f"/accounts/sessions/{session['uuid']}/renew", "renewSession", duration=duration).code == "SYS.1007"
    assert client.put(f"/accounts/sessions/{new_uuid()}/renew", "renewSession").code == "ID.1001"
    for _ in range(2):
        ended = Client(muster).send("DELETE", f"/accounts/sessions/{session['uuid']}")
        assert (ended.status, ended.json) == (200, {})
    assert Client(muster).send("GET", valid).json == {"valid": False}
    refused = client.get("/scheduler/jobgroups")
    assert refused.code == "ID.1001" and "Session expired" in refused.error["details"]


def test_the_other_ways_to_log_in(muster):
    password = sha512(muster.credentials["password"])
    send = Client(muster).send
    by_manual = send("PUT", "/accounts/login", {"logIn": {"accountName": "admin", "password": password}})
    assert by_manual.inventory["accountUuid"] == ADMIN_UUID
    by_name = send("PUT", "/login", {"logIn": {"username": "admin", "password": password, "loginType": "account"}})
    assert by_name.inventory["accountUuid"] == ADMIN_UUID
    for account in ({"accountUuid": ADMIN_UUID}, {"accountName": muster.credentials["account"]}, {"accountName": "admin"}):
        body = {"logInByUser": account | {"userName": muster.credentials["user"], "password": password}}
        assert send("PUT", "/accounts/users/login", body).inventory["userUuid"] == ADMIN_UUID


def test_a_wrong_password_and_an_unknown_account_look_alike(muster, name):
    wrong = log_in(muster, "admin", "wrong")
    unknown = log_in(muster, name(), "wrong")
    assert wrong.code == unknown.code == "ID.1000"
    assert wrong.error == unknown.error
    for body in ({}, {"logInByAccount": {"accountName": "admin"}}, {"logInByAccount": {"password": "x"}}):
        answer = Client(muster).send("PUT", "/accounts/login", body)
        assert answer.status in (400, 503)
    assert "logInByAccount" in Client(muster).send("PUT", "/accounts/login", {}).plain(400)


def test_login_is_typed_for_the_java_client(muster):
    body = {"logInByAccount": {"accountName": "admin", "password": sha512(muster.credentials["password"])}}
    answer = Client(muster).send("PUT", "/accounts/login", body, {"X-JSON-Schema": "true", "X-Job-UUID": new_uuid()})
    assert answer.json["schema"] == {"inventory": "org.zstack.header.identity.SessionInventory"}


@pytest.mark.parametrize(
    "header, text",
    [(None, "Authorization"), ("Basic abc", "Basic"), ("", "scheme"), ("ZStack onlyone", "credential"), ("ZStack a:b:c", "credential")],
)
def test_authorization_headers_that_cannot_be_read(muster, header, text):
    for method, path in (("GET", "/scheduler/jobs"), ("POST", "/scheduler/jobs")):
        answer = Client(muster).send(method, path, headers={"Authorization": header, "X-Job-UUID": new_uuid()})
        assert text in answer.plain(400)


def test_a_colon_after_the_scheme_is_tolerated(muster, admin):
    answer = admin.send("GET", "/scheduler/jobs", headers={"Authorization": f"OAuth: {admin.session}"})
    assert answer.status == 200


# --- access keys


def test_access_keys_sign_the_decoded_path_without_its_query(muster, name):
    client = by_key(muster)
    group = client.group(name())
    assert client.get("/scheduler/jobgroups", q=f"uuid={group['uuid']}").inventories == [group]
    at_root = client.send("GET", f"/scheduler/jobgroups/{group['uuid']}", root="/v1")
    assert at_root.inventories == [group]
    assert client.delete(f"/scheduler/jobgroups/{group['uuid']}").json == {}


def test_wrong_access_keys(muster):
    key_id, secret = by_key(muster).key
    wrong = Client(muster, key=(key_id, secret[::-1])).get("/scheduler/jobs")
    assert "wrong accessKey signature" in wrong.plain(403)
    unknown = Client(muster, key=("ABCDEFGHIJKLMNOPQRST", secret)).get("/scheduler/jobs")
    assert "access key id" in unknown.plain(403)
    client = by_key(muster)
    headers = client.proof("GET", "/v1/scheduler/jobs")
    assert "Date" in client.send("GET", "/scheduler/jobs", headers=headers | {"Date": None}).plain(400)
    assert "date" in client.send("GET", "/scheduler/jobs", headers=headers | {"Date": "yesterday"}).plain(400)
    # A signature counts for one method and one path.
    assert "wrong accessKey signature" in client.send("GET", "/scheduler/triggers", headers=headers).plain(403)


@pytest.mark.parametrize(
    "zone, hours, allowed",
    [("UTC", 0, True), ("Asia/Shanghai", 8, True), ("CST", 8, True), ("America/New_York", None, True), ("MMT", 0, True), ("UTC", 3, False)],
)
def test_clocks_are_read_as_clients_write_them(muster, zone, hours, allowed):
    client = by_key(muster)
    now = datetime.now(timezone.utc)
    if hours is None:
        from zoneinfo import ZoneInfo

        now = now.astimezone(ZoneInfo(zone))
    else:
        now += timedelta(hours=hours)
    date = now.strftime("%a, %d %b %Y %H:%M:%S ") + zone
    answer = client.send("GET", "/scheduler/jobs", headers=client.proof("GET", "/v1/scheduler/jobs", date))
    if allowed:
        assert answer.status == 200, answer.text
    else:
        assert "requestTimeTooSkewed" in answer.plain(403)


def test_access_keys_are_made_disabled_and_deleted(muster, admin):
    params = {"accountUuid": ADMIN_UUID, "userUuid": ADMIN_UUID, "description": "for a test"}
    made = admin.post("/accesskeys", params).inventory
    client = Client(muster, key=(made["AccessKeyID"], made["AccessKeySecret"]))
    assert client.get("/scheduler/jobs").status == 200
    path = f"/accesskeys/{made['uuid']}"
    listed = admin.get(path).inventories
    assert [key["AccessKeyID"] for key in listed] == [made["AccessKeyID"]] and "AccessKeySecret" not in listed[0]
    assert admin.get("/accesskeys", q=f"AccessKeyID={made['AccessKeyID']}", count="true").json == {"total": 1}
    disabled = admin.put(f"{path}/actions", "changeAccessKeyState", stateEvent="disable").inventory
    assert disabled["state"] == "Disabled"
    eventually(lambda: "access key id" in client.get("/scheduler/jobs").text)
    admin.put(f"{path}/actions", "changeAccessKeyState", stateEvent="enable")
    eventually(lambda: client.get("/scheduler/jobs").status == 200)
    assert admin.delete(path).json == {}
    assert admin.delete(path).json == {}
    eventually(lambda: client.get("/scheduler/jobs").status == 403)


def test_access_keys_that_cannot_be_made(admin):
    good = {"accountUuid": ADMIN_UUID, "userUuid": ADMIN_UUID}
    assert admin.post("/accesskeys", good | {"AccessKeyID": "ABCDEFGHIJ"}).code == "SYS.1007"
    assert admin.post("/accesskeys", good | {"AccessKeyID": "SHORT", "AccessKeySecret": "x" * 20}).code == "SYS.1007"
    assert admin.post("/accesskeys", good | {"userUuid": new_uuid()}).code == "SYS.1003"
    assert admin.post("/accesskeys", good | {"accountUuid": new_uuid()}).code == "SYS.1003"
    assert admin.post("/accesskeys", {}).code == "SYS.1007"


# --- calls that are polled for


def test_a_named_job_is_accepted_and_polled_for(muster, admin, name):
    job_uuid = new_uuid()
    body = {"params": {"name": name(), "type": "vmBackup", "description": None, "requestIp": "127.0.0.1"}}
    headers = {"X-Job-UUID": job_uuid, "X-JSON-Schema": "true"}
    accepted = admin.send("POST", "/scheduler/jobgroups", body, headers)
    assert accepted.status == 202
    assert accepted.json["location"] == f"{muster.http}/zstack/v1/api-jobs/{job_uuid}"
    assert accepted.json["apiTimeout"] == 1800000
    poll = f"/api-jobs/{job_uuid}"
    # As the Java client polls with an access key, and twice.
    first, second = (admin.send("GET", poll, headers={"Authorization": "OAuth null"}) for _ in range(2))
    assert first.json == second.json
    assert first.json["schema"] == {"inventory": "org.zstack.header.scheduler.SchedulerJobGroupInventory"}
    assert admin.send("GET", poll, headers={"Authorization": None}, root="/v1").json == first.json
    assert admin.get("/scheduler/jobgroups", q=f"uuid={first.inventory['uuid']}").inventories == [first.inventory]
    admin.send("POST", poll).plain(405)
    admin.send("GET", f"/api-jobs/{new_uuid()}").plain(404)


def test_failures_of_a_named_job_show_at_the_poll(admin):
    java = admin.styled("java")
    assert java.post("/scheduler/jobgroups", {"name": "x", "type": "vmbackup"}).code == "SYS.1007"
    assert java.put(f"/scheduler/triggers/{new_uuid()}/actions", "updateSchedulerTrigger", name="x").code == "SYS.1003"
    stranger = Client(admin.muster, session=new_uuid(), style="java")
    assert stranger.post("/scheduler/jobgroups", {"name": "x", "type": "vmBackup"}).code == "ID.1001"
    # Types are checked before anything else, and answered at once.
    assert "repeatCount" in java.post("/scheduler/triggers", {"name": "x", "repeatCount": "x"}).plain(400)


def test_job_uuids_are_used_once(muster, admin, name):
    body = {"params": {"name": name(), "type": "vmBackup"}}
    headers = {"X-Job-UUID": new_uuid()}
    assert admin.send("POST", "/scheduler/jobgroups", body, headers).status == 202
    assert "Duplicate job uuid" in admin.send("POST", "/scheduler/jobgroups", body, headers).plain(400)
    assert admin.get("/scheduler/jobgroups", q=f"name={body['params']['name']}", count="true").json == {"total": 1}
    for method in ("PUT", "DELETE"):
        other = admin.send(method, f"/scheduler/jobs/{new_uuid()}" + ("/actions" if method == "PUT" else ""), {"updateSchedulerJob": {}}, headers)
        assert "Duplicate job uuid" in other.plain(400)
    # A stranger's failed call takes its uuid too.
    headers = {"X-Job-UUID": new_uuid()}
    stranger = Client(muster, session=new_uuid())
    assert stranger.send("POST", "/scheduler/jobgroups", body, headers).status == 202
    assert "Duplicate job uuid" in stranger.send("POST", "/scheduler/jobgroups", body, headers).plain(400)
    assert "Duplicate job uuid" in admin.send("POST", "/scheduler/jobgroups", body, headers).plain(400)
    for bad in ("x" * 31, "x" * 33, "é" * 16):
        admin.send("POST", "/scheduler/jobgroups", body, {"X-Job-UUID": bad.encode("latin-1")}).plain(400)
    # On reads the header means nothing.
    assert admin.send("GET", "/scheduler/jobs?limit=1", headers={"X-Job-UUID": "short"}).status == 200


def test_secrets_are_polled_for_and_not_stored(start_muster):
    server = start_muster()
    client = by_session(server, "java")
    made = client.post("/accesskeys", {"accountUuid": ADMIN_UUID, "userUuid": ADMIN_UUID}).inventory
    assert Client(server, key=(made["AccessKeyID"], made["AccessKeySecret"])).get("/scheduler/jobs").status == 200
    renewed = client.put(f"/accounts/sessions/{client.session}/renew", "renewSession").inventory
    assert renewed["uuid"] == client.session
    server.stop()
    if server.database is None:
        for file in server.data.glob("muster.db*"):
            content = file.read_bytes()
            assert made["AccessKeySecret"].encode() not in content and client.session.encode() not in content


def test_calls_that_name_no_job_are_answered_at_once(admin, name):
    assert admin.send("POST", "/scheduler/jobgroups", {"params": {"name": name(), "type": "vmBackup"}}).status == 200
    asked = admin.send("POST", "/scheduler/jobgroups", {"params": {"name": name(), "type": "vmBackup"}}, {"Prefer": "respond-async"})
    assert asked.status == 202 and admin.poll(asked).inventory["jobType"] == "vmBackup"
    admin.send("POST", "/scheduler/jobs", {}, {"X-API-Timeout": "soon"}).plain(400)


@pytest.mark.parametrize("mode, plain, named", [("async", 202, 202), ("sync", 200, 200)])
def test_the_mode_is_a_setting(start_muster, mode, plain, named):
    client = by_session(start_muster(config=f"[zstack]\napi_mode = '{mode}'\n"))
    body = {"params": {"name": "x", "type": "vmBackup"}}
    answer = client.send("POST", "/scheduler/jobgroups", body)
    assert answer.status == plain
    assert client.send("POST", "/scheduler/jobgroups", body, {"X-Job-UUID": new_uuid()}).status == named
    assert client.send("GET", "/scheduler/jobgroups").status == 200
    if mode == "async":
        assert client.poll(answer).inventory["name"] == "x"


def test_results_survive_a_kill(start_muster):
    server = start_muster()
    client = by_session(server)
    jobs = [new_uuid() for _ in range(5)]
    for job in jobs:
        client.send("POST", "/scheduler/jobgroups", {"params": {"name": job, "type": "vmBackup"}}, {"X-Job-UUID": job})
    server.kill()
    server.start()
    for job in jobs:
        assert client.send("GET", f"/api-jobs/{job}").inventory["name"] == job
    # So does the session.
    assert client.get("/scheduler/jobgroups", count="true").json == {"total": 5}


class Sink:
    """Receives webhooks on loopback; refuses the first `refusals` of them."""

    def __init__(self, refusals=0):
        self.received, self.left = queue.Queue(), refusals
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.received.put((self.path, self.headers, json.loads(body)))
                refused = sink.left > 0
                sink.left -= 1
                self.send_response(500 if refused else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/result"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_webhooks_carry_what_the_poll_says(admin, name):
    with Sink(refusals=1) as sink:
        for params, success in (({"name": name(), "type": "vmBackup"}, "true"), ({"name": name(), "type": "odd"}, "false")):
            job_uuid = new_uuid()
            headers = {"X-Job-UUID": job_uuid, "X-Web-Hook": sink.url}
            accepted = admin.send("POST", "/scheduler/jobgroups", {"params": params}, headers)
            assert accepted.status == 202
            polled = admin.poll(accepted).json
            attempts = 2 if success == "true" else 1  # the first one was refused, so it comes again
            for _ in range(attempts):
                path, headers, body = sink.received.get(timeout=30)
                assert path == "/result" and body == polled
                assert headers["X-Job-UUID"] == job_uuid and headers["X-Job-Success"] == success
    assert sink.received.empty()


# --- routing and bodies


def test_paths_and_methods(admin):
    admin.send("GET", "/nothing").plain(404)
    admin.send("GET", "/scheduler").plain(404)
    admin.send("PATCH", "/scheduler/jobs").plain(405)
    admin.send("POST", "/scheduler/jobs/candidates").plain(405)
    assert admin.send("GET", "/scheduler/jobs/?unknown=1").status == 200
    assert admin.send("GET", "/sched%75ler/jobs").status == 200
    admin.send("PUT", f"/scheduler/triggers/{new_uuid()}/actions", {"explodeSchedulerTrigger": {}}).plain(400)


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null", b"\xff\xfe", '{"params": []}', '{"params": "x"}', '{"a":' * 200 + "1" + "}" * 200])
def test_bodies_that_cannot_be_read(admin, body):
    admin.send("POST", "/scheduler/jobgroups", body).plain(400)


def test_an_empty_body_is_an_empty_object(admin, name):
    assert admin.send("POST", "/scheduler/jobgroups").code == "SYS.1007"
    job, trigger = admin.job(name()), admin.trigger(name())
    attached = admin.send("POST", f"/scheduler/jobs/{job['uuid']}/scheduler/triggers/{trigger['uuid']}")
    assert attached.inventory["schedulerJobUuid"] == job["uuid"]


def test_oversized_bodies_are_refused_as_text(admin):
    body = json.dumps({"params": {"name": "x" * 5_000_000, "type": "vmBackup"}})
    try:
        admin.send("POST", "/scheduler/jobgroups", body).plain(413)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server need not read it all
    assert admin.get("/scheduler/jobs", limit=1).status == 200


def test_answers_are_never_compressed(admin):
    answer = admin.send("GET", "/scheduler/jobs", headers={"Accept-Encoding": "*"})
    assert answer.headers.get("Content-Encoding") is None


# --- queries


@pytest.fixture(scope="module")
def shelf(muster):
    """Three groups of a prefix of their own, tagged and linked."""
    client = by_session(muster)
    prefix = zstack.new_uuid()[:12]
    groups = [
        client.group(f"{prefix} Alpha", description="first"),
        client.post(
            "/scheduler/jobgroups", {"name": f"{prefix} beta", "type": "vmBackup"}, userTags=["team::blue"], systemTags=["kept::verbatim"]
        ).inventory,
        client.group(f"{prefix} 伽马 100%", type="startVm"),
    ]
    trigger = client.trigger(f"{prefix} nightly")
    client.post(f"/scheduler/jobgroups/{groups[0]['uuid']}/scheduler/triggers/{trigger['uuid']}")
    job = client.job(f"{prefix} job")
    client.post(f"/scheduler/jobgroups/{groups[0]['uuid']}/job", {"schedulerJobUuids": [job["uuid"]]})
    client.put(f"/scheduler/jobgroups/{groups[2]['uuid']}/actions", "updateSchedulerJobGroup", state="Disabled")

    def found(*conditions, **options):
        answer = client.get("/scheduler/jobgroups", q=[f"name~={prefix}%", *conditions], **options)
        return [group["name"].removeprefix(f"{prefix} ") for group in answer.inventories]

    return client, prefix, groups, trigger, job, found


def test_conditions(shelf):
    _, prefix, groups, trigger, job, found = shelf
    alpha, beta, gamma = "Alpha", "beta", "伽马 100%"
    rows = [
        ([], [alpha, beta, gamma]),
        ([f"name={prefix} ALPHA"], [alpha]),
        ([f"name!={prefix} alpha"], [beta, gamma]),
        (["name~=%BET_"], [beta]),
        (["name!~=%a"], [gamma]),
        (["name~=%100\\%"], [gamma]),
        ([f"uuid?={groups[0]['uuid']},{groups[1]['uuid']}"], [alpha, beta]),
        ([f"uuid!?={groups[0]['uuid']},{groups[1]['uuid']}"], [gamma]),
        (["description is null"], [beta, gamma]),
        (["description not null"], [alpha]),
        (["description=FIRST"], [alpha]),
        (["state=Enabled"], [alpha, beta]),
        (["state!=enabled"], [gamma]),
        (["jobType=vmBackup"], [beta]),
        (["jobType?=vmbackup,STARTVM"], [beta, gamma]),
        (["jobType~=%vm"], [gamma]),
        (["createDate>2020-01-01 00:00:00"], [alpha, beta, gamma]),
        (["createDate<=2020-01-01"], []),
        ([f"triggersUuid={trigger['uuid']}"], [alpha]),
        (["triggersUuid is null"], [beta, gamma]),
        (["triggersUuid not null"], [alpha]),
        ([f"jobsUuid={job['uuid']}"], [alpha]),
        ([f"trigger.name={prefix} NIGHTLY"], [alpha]),
        ([f"job.name={prefix} job", "job.jobClassName~=%VolumeSnapshotJob"], [alpha]),
        (["trigger.schedulerType=simple"], []),
        (["__userTag__=team::blue"], [beta]),
        (["__userTag__~=TEAM%"], [beta]),
        (["__userTag__!=team::blue"], [alpha, gamma]),
        (["__userTag__ is null"], [alpha, gamma]),
        (["__systemTag__=kept::verbatim"], [beta]),
        (["__systemTag__=team::blue"], []),
        (["state=Enabled", "jobType=vmBackup", "name~=%b%", "description is null", "createDate not null"], [beta]),
    ]
    for conditions, expected in rows:
        assert found(*conditions) == expected, conditions


def test_sorting_paging_counting_and_members(shelf):
    client, prefix, groups, _, _, found = shelf
    assert found(sort="name") == ["Alpha", "beta", "伽马 100%"]
    assert found(sort="-name") == ["伽马 100%", "beta", "Alpha"]
    assert found(sort="+name", start=1, limit=1) == ["beta"]
    assert found(sort="-createDate")[:1] in (["伽马 100%"], ["beta"], ["Alpha"])
    assert found(limit=0) == []
    assert found(start=3) == []
    assert found(start=10**15) == []
    query = {"q": f"name~={prefix}%"}
    assert client.get("/scheduler/jobgroups", **query, count="true").json == {"total": 3}
    page = client.get("/scheduler/jobgroups", **query, replyWithCount="true", limit=1).json
    assert page["total"] == 3 and len(page["inventories"]) == 1
    some = client.get("/scheduler/jobgroups", **query, fields="uuid,name", sort="name").inventories
    assert [set(row) for row in some] == [{"uuid", "name"}] * 3
    assert client.get("/scheduler/jobgroups", **query, groupBy="state").status == 200
    assert client.get(f"/scheduler/jobgroups/{groups[1]['uuid']}", q="name=other", limit="x").inventories == [groups[1]]
    assert client.get(f"/scheduler/jobgroups/{new_uuid()}").inventories == []


def test_the_java_client_encodes_so(shelf):
    client, prefix, groups, _, _, _ = shelf
    query = (
        f"q=name%7E%3D{prefix}%25&q=state%3DEnabled&limit=10&start=0&replyWithCount=true&sort=%2Bname&fields=uuid%2Cname"
        f"&q=trigger.name%3D{prefix}+nightly&q=__userTag__+is+null"
    )
    answer = client.send("GET", f"/scheduler/jobgroups?{query}", headers={"X-JSON-Schema": "true", "X-Job-UUID": new_uuid()})
    assert answer.json["total"] == 1
    assert answer.inventories == [{"uuid": groups[0]["uuid"], "name": groups[0]["name"]}]
    # Parents stand before children, and only members that exist are named.
    assert list(answer.json["schema"]) == ["inventories[0]"]


def test_queries_are_typed_without_being_asked(shelf):
    client, prefix, *_ = shelf
    schema = client.get("/scheduler/jobgroups", q=f"name~={prefix}%").json["schema"]
    assert schema == {f"inventories[{n}]": "org.zstack.header.scheduler.SchedulerJobGroupInventory" for n in range(3)}


def test_nested_names_of_jobs_and_triggers(shelf):
    client, prefix, groups, trigger, job, _ = shelf
    by_group = client.get("/scheduler/jobs", q=[f"schedulerJobGroupUuids={groups[0]['uuid']}", f"group.name={prefix} alpha"])
    assert [row["uuid"] for row in by_group.inventories] == [job["uuid"]]
    assert client.get("/scheduler/jobs", q=[f"uuid={job['uuid']}", "jobGroup.state=Disabled"]).inventories == []
    by_link = client.get("/scheduler/triggers", q=[f"jobGroupsUuid={groups[0]['uuid']}", "cron~=0 0 3%", "schedulerInterval is null"])
    assert [row["uuid"] for row in by_link.inventories] == [trigger["uuid"]]
    own = client.job(f"{prefix} own")
    client.post(f"/scheduler/jobs/{own['uuid']}/scheduler/triggers/{trigger['uuid']}")
    for condition in (f"schedulerJobSchedulerTriggerRef.schedulerTriggerUuid={trigger['uuid']}", f"trigger.uuid={trigger['uuid']}"):
        assert [row["uuid"] for row in client.get("/scheduler/jobs", q=condition).inventories] == [own["uuid"]]


def test_queries_that_cannot_be_read(admin):
    assert admin.get("/scheduler/jobs", q="uuid?=" + ",".join(["x"] * 1001)).code == "SYS.1007"
    for query in ("q=nonsense", "limit=x", "start=x", "limit=-1", "limit=1.5"):
        admin.send("GET", f"/scheduler/jobs?{query}").plain(400)
    assert "~=" in admin.send("GET", "/scheduler/jobs?q=nonsense").plain(400)
    # `name=a!=b` is a condition on `name=a`, as in the original.
    for query in ("q=colour=x", "q=name=a!=b", "sort=colour", "fields=colour", "fields=trigger.name", "q=colour.name=x", "sort=triggersUuid"):
        assert admin.send("GET", f"/scheduler/jobs?{query}").code == "SYS.1000", query
    assert admin.send("GET", "/scheduler/triggers?q=repeatCount=x").code == "SYS.1007"
    assert admin.get("/scheduler/triggers", q="createDate>soon").code == "SYS.1007"


# --- tags


def test_tags(admin, name):
    trigger = admin.trigger(name())
    about = {"resourceType": "SchedulerTriggerVO", "resourceUuid": trigger["uuid"]}
    tag = admin.post("/user-tags", about | {"tag": "night"}).inventory
    assert tag["type"] == "User" and tag["resourceType"] == "SchedulerTriggerVO"
    system = admin.post("/system-tags", about | {"tag": "a::b"}).inventory
    assert admin.post("/user-tags", about | {"tag": "night"}).code == "SYS.1007"
    mine = f"resourceUuid={trigger['uuid']}"
    assert admin.get("/user-tags", q=[mine, "resourceType=SchedulerTriggerVO"]).inventories == [tag]
    assert admin.get("/system-tags", q=mine).inventories == [system]
    assert admin.get(f"/user-tags/{tag['uuid']}").inventories == [tag]
    assert [row["uuid"] for row in admin.get("/scheduler/triggers", q="__userTag__=night").inventories] == [trigger["uuid"]]
    assert admin.delete(f"/tags/{tag['uuid']}").json == {}
    assert admin.get("/user-tags", q=mine).inventories == []
    # The others go with what carries them.
    admin.delete(f"/scheduler/triggers/{trigger['uuid']}")
    assert admin.get("/system-tags", q=mine).inventories == []


def test_tags_that_cannot_be_put(admin):
    about = {"resourceType": "SchedulerJobVO", "resourceUuid": new_uuid(), "tag": "x"}
    assert admin.post("/user-tags", about).code == "SYS.1003"
    assert admin.post("/user-tags", about | {"resourceType": "VmInstanceVO"}).code == "SYS.1007"
    assert admin.post("/user-tags", about | {"tag": ""}).code == "SYS.1007"
    params = {"name": "x", "type": "vmBackup", "tagUuids": [new_uuid()]}
    assert "TagPatternVO" in admin.post("/scheduler/jobgroups", params).error["details"]


def test_tag_patterns(admin, name):
    title = name()
    pattern = admin.post("/tags", {"name": title, "value": f"{title}::blue", "color": "#4A9EFF"}).inventory
    assert pattern["type"] == "simple" and pattern["color"] == "#4A9EFF"
    assert admin.get("/tags", q=[f"name={title}", "type=simple"]).inventories == [pattern]
    group = admin.group(title, tagUuids=[pattern["uuid"]])
    job, missing = admin.job(title), new_uuid()
    path = f"/tags/{pattern['uuid']}/resources"
    answer = admin.styled("java").post(path, {"resourceUuids": [job["uuid"], missing, group["uuid"]]}).json
    put, absent, twice = answer["results"]
    assert put["success"] and put["inventory"]["tag"] == f"{title}::blue" and put["inventory"]["tagPatternUuid"] == pattern["uuid"]
    assert not absent["success"] and absent["error"]["code"] == "SYS.1003"
    assert not twice["success"] and twice["error"]["code"] == "SYS.1007"
    assert answer["schema"] == {f"results[{n}]": "org.zstack.tag2.AttachTagResult" for n in range(3)}
    tagged = f"__tagUuid__={pattern['uuid']}"
    assert [row["uuid"] for row in admin.get("/scheduler/jobs", q=tagged).inventories] == [job["uuid"]]
    assert [row["uuid"] for row in admin.get("/scheduler/jobgroups", q=tagged).inventories] == [group["uuid"]]
    assert admin.get("/scheduler/jobs", q=[f"__tagUuid__!={pattern['uuid']}", f"uuid={job['uuid']}"]).inventories == []
    assert admin.delete(f"{path}?resourceUuids={job['uuid']}&resourceUuids={missing}").json == {}
    assert admin.get("/scheduler/jobs", q=tagged).inventories == []
    assert admin.delete(f"/tags/{pattern['uuid']}").json == {}
    assert admin.get("/scheduler/jobgroups", q="__userTag__=" + f"{title}::blue").inventories == []
    token = admin.post("/tags", {"name": title, "value": "for::{who}", "type": "withToken"}).inventory
    path = f"/tags/{token['uuid']}/resources"
    filled = admin.post(path, {"resourceUuids": [job["uuid"]], "tokens": {"who": "ops"}}).json["results"][0]
    assert filled["inventory"]["tag"] == "for::ops"
    bare = admin.post(path, {"resourceUuids": [group["uuid"]]}).json["results"][0]
    assert bare["error"]["code"] == "SYS.1007"


def test_tag_patterns_that_cannot_be_made(admin):
    for params in ({"name": "x"}, {"name": "x" * 129, "value": "x"}, {"name": "x", "value": ""}, {"name": "x", "value": "x", "type": "odd"}):
        assert admin.post("/tags", params).code == "SYS.1007", params
    assert admin.post(f"/tags/{new_uuid()}/resources", {"resourceUuids": [new_uuid()]}).code == "SYS.1003"
    assert admin.post(f"/tags/{new_uuid()}/resources").code == "SYS.1007"


# --- the platform around it


def test_the_platform(muster, admin):
    anybody = Client(muster)
    assert len(anybody.send("GET", "/management-nodes/ready").json["managementNodeId"]) == 32
    assert anybody.send("PUT", "/management-nodes/actions", {"getVersion": {}}).json["version"].count(".") == 2
    now = anybody.send("PUT", "/management-nodes/actions", {"getCurrentTime": {}}).json["currentTime"]
    assert abs(now["Seconds"] - time.time()) < 60 and now["MillionSeconds"] // 1000 == now["Seconds"]
    zone = admin.get("/management-nodes/platform-timezone").json
    assert set(zone) == {"timezone", "offset"}
    accounts = admin.get("/accounts", q=f"uuid={ADMIN_UUID}").inventories
    assert accounts[0]["name"] == muster.credentials["account"] and accounts[0]["type"] == "SystemAdmin"
    for path in ("zones", "hosts", "vm-instances", "volumes", "volume-snapshots", "backup-storage", "backup-storage/image-store"):
        assert admin.get(f"/{path}", q="name=x").inventories == []
        assert admin.get(f"/{path}", count="true").json == {"total": 0}


# --- tenants


def test_tenants_do_not_see_each_other(muster, admin, name):
    tenant = new_account(muster, name("tenant"))
    theirs = {"group": tenant.group(name()), "job": tenant.job(name()), "trigger": tenant.trigger(name())}
    mine = {"group": admin.group(name()), "job": admin.job(name()), "trigger": admin.trigger(name())}
    paths = {"group": "jobgroups", "job": "jobs", "trigger": "triggers"}
    keys = {"group": "updateSchedulerJobGroup", "job": "updateSchedulerJob", "trigger": "updateSchedulerTrigger"}
    for kind, path in paths.items():
        foreign, missing = mine[kind]["uuid"], new_uuid()
        assert [row["uuid"] for row in tenant.get(f"/scheduler/{path}").inventories] == [theirs[kind]["uuid"]]
        assert tenant.get(f"/scheduler/{path}/{foreign}").inventories == []
        answers = [tenant.put(f"/scheduler/{path}/{uuid}/actions", keys[kind], name="stolen").error for uuid in (foreign, missing)]
        assert answers[0]["details"].replace(foreign, "") == answers[1]["details"].replace(missing, "")
        assert tenant.delete(f"/scheduler/{path}/{foreign}").json == {}
        assert admin.get(f"/scheduler/{path}/{foreign}").inventories == [mine[kind]]
        # The first account is the admin, who sees all.
        assert admin.get(f"/scheduler/{path}/{theirs[kind]['uuid']}").inventories == [theirs[kind]]
    link = f"/scheduler/jobs/{theirs['job']['uuid']}/scheduler/triggers/{mine['trigger']['uuid']}"
    assert tenant.post(link).code == "SYS.1003"
    assert tenant.post(f"/scheduler/jobgroups/{theirs['group']['uuid']}/job", {"schedulerJobUuids": [mine["job"]["uuid"]]}).code == "SYS.1003"
    assert tenant.put(f"/schedulers/{mine['job']['uuid']}", "changeSchedulerState", stateEvent="disable").code == "SYS.1003"
    assert [row["type"] for row in tenant.get("/accounts").inventories] == ["Normal"]
    assert [row["uuid"] for row in admin.get("/accounts").inventories].count(ADMIN_UUID) == 1


def eventually(check, seconds=10):
    """Keys may be a second stale; waits for the condition, not for the time."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.05)
