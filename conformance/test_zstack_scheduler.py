"""ZStack's scheduler: every operation, in the styles of its clients, and every documented refusal."""

import time

import pytest

from zstack import TARGET, by_key, by_session, epoch, new_uuid

STYLES = {
    "java, session": lambda muster: by_session(muster, "java"),
    "java, access key": lambda muster: by_key(muster, "java"),
    "go, session": lambda muster: by_session(muster, "go"),
    "go, access key": lambda muster: by_key(muster, "go"),
    "curl": by_session,
}
STORAGE = "0123456789abcdef0123456789abcdef"


@pytest.fixture(params=STYLES, scope="module")
def client(request, muster):
    """The same calls in each style."""
    return STYLES[request.param](muster)


@pytest.fixture(scope="module")
def admin(muster):
    return by_session(muster)


def test_the_life_of_a_group(client, name):
    title = name()
    made = client.post(
        "/scheduler/jobgroups",
        {"name": title, "description": "每晚 🌙", "type": "vmBackup", "parameters": {"retentionType": "Count", "retentionValue": "3"}},
    ).inventory
    assert made["jobType"] == "vmBackup" and made["state"] == "Enabled" and made["description"] == "每晚 🌙"
    assert made["jobsUuid"] == made["triggersUuid"] == [] and "targetResourceUuid" not in made
    assert '"retentionValue":"3"' in made["jobData"]
    path = f"/scheduler/jobgroups/{made['uuid']}"
    assert client.get("/scheduler/jobgroups", q=f"name={title}").inventories == [made]
    changed = client.put(f"{path}/actions", "updateSchedulerJobGroup", name=title + "x", state="Disabled", parameters={"retentionValue": "5"})
    assert changed.inventory["state"] == "Disabled" and '"retentionValue":"5"' in changed.inventory["jobData"]
    assert changed.inventory["description"] == "每晚 🌙"
    simple = client.trigger(name(), schedulerType="simple", cron=None, startTime=0, schedulerInterval=3600)
    cron = client.trigger(name())
    for trigger in (simple, cron):
        link = client.post(f"{path}/scheduler/triggers/{trigger['uuid']}", {"triggerNow": False}).inventory
        assert link["schedulerJobGroupUuid"] == made["uuid"] and link["schedulerTriggerUuid"] == trigger["uuid"] and "uuid" not in link
    job = client.job(name(), type="vmBackup")
    members = client.post(f"{path}/job", {"schedulerJobUuids": [job["uuid"]]}).inventories
    assert [(row["schedulerJobGroupUuid"], row["schedulerJobUuid"]) for row in members] == [(made["uuid"], job["uuid"])]
    full = client.get(path).inventories[0]
    assert full["jobsUuid"] == [job["uuid"]] and full["triggersUuid"] == [simple["uuid"], cron["uuid"]]
    assert client.get(f"/scheduler/triggers/{cron['uuid']}").inventories[0]["jobGroupsUuid"] == [made["uuid"]]
    refused = client.put(f"/scheduler/triggers/{cron['uuid']}/actions", "runSchedulerTrigger")
    assert refused.code == "SYS.1014" and refused.error["details"]
    assert client.get("/scheduler/job/history", q=f"schedulerJobGroupUuid={made['uuid']}", sort="-id").inventories == []
    assert client.delete(f"{path}/scheduler/triggers/{simple['uuid']}").json == {}
    assert client.delete(f"{path}/job?schedulerJobUuids={job['uuid']}&schedulerJobUuids={new_uuid()}").json == {}
    assert client.get(f"/scheduler/jobs/{job['uuid']}").inventories[0]["schedulerJobGroupUuids"] == []
    assert client.delete(f"{path}?deleteMode=Permissive").json == {}
    assert client.get(path).inventories == []
    # Deleting again is fine: an answer may have been lost.
    assert client.delete(path).json == {}


def test_the_life_of_a_job(client, name):
    made = client.job(name(), type="volumeBackup", parameters={"backupStorageUuids": STORAGE, "colour": "blue"})
    assert made["jobClassName"] == "org.zstack.storage.backup.CreateVolumeBackupJob"
    assert made["targetResourceUuid"] == TARGET and '"colour":"blue"' in made["jobData"] and "type" not in made
    path = f"/scheduler/jobs/{made['uuid']}"
    changed = client.put(f"{path}/actions", "updateSchedulerJob", description="x", parameters={"colour": ""}).inventory
    assert changed["description"] == "x" and "colour" not in changed["jobData"] and changed["name"] == made["name"]
    for event, state in (("disable", "Disabled"), ("disable", "Disabled"), ("enable", "Enabled"), ("enable", "Enabled")):
        assert client.put(f"/schedulers/{made['uuid']}", "changeSchedulerState", stateEvent=event).inventory["state"] == state
    trigger = client.trigger(name())
    link = client.post(f"{path}/scheduler/triggers/{trigger['uuid']}").inventory
    assert len(link["uuid"]) == 32 and link["schedulerTriggerUuid"] == trigger["uuid"]
    assert client.get(path).inventories[0]["triggersUuid"] == [trigger["uuid"]]
    assert made["uuid"] not in [job["uuid"] for job in client.get("/scheduler/jobs/candidates").inventories]
    assert client.delete(f"{path}/scheduler/triggers/{trigger['uuid']}").json == {}
    assert client.delete(f"{path}/scheduler/triggers/{trigger['uuid']}").json == {}
    assert made["uuid"] in [job["uuid"] for job in client.get("/scheduler/jobs/candidates").inventories]
    client.post(f"{path}/scheduler/triggers/{trigger['uuid']}")
    assert client.delete(path).json == {}
    assert client.get(f"/scheduler/triggers/{trigger['uuid']}").inventories[0]["jobsUuid"] == []


def test_the_life_of_a_trigger(client, name):
    made = client.trigger(name(), repeatCount=0)
    assert made["schedulerType"] == "cron" and made["cron"] == "0 0 3 * * ?"
    assert not {"startTime", "stopTime", "schedulerInterval", "repeatCount"} & set(made)
    path = f"/scheduler/triggers/{made['uuid']}"
    changed = client.put(f"{path}/actions", "updateSchedulerTrigger", name="renamed", cron="0 0/5 * * * ? 2090-2099").inventory
    assert changed["name"] == "renamed" and changed["cron"] == "0 0/5 * * * ? 2090-2099"
    start = int(time.time()) + 600
    simple = client.put(f"{path}/actions", "updateSchedulerTrigger", schedulerType="simple", startTime=start, schedulerInterval=60, repeatCount=3)
    assert "cron" not in simple.inventory and epoch(simple.inventory["startTime"]) == start
    assert epoch(simple.inventory["stopTime"]) == start + 120
    longer = client.put(f"{path}/actions", "updateSchedulerTrigger", repeatCount=4).inventory
    assert epoch(longer["stopTime"]) == start + 180 and epoch(longer["startTime"]) == start
    assert made["uuid"] in [row["uuid"] for row in client.get("/scheduler/triggers/available").inventories]
    assert client.delete(f"{path}?deleteMode=Enforcing").json == {}
    assert client.get(path).inventories == []


@pytest.mark.parametrize(
    "job_type, class_name",
    [
        ("startVm", "org.zstack.scheduler.vm.StartVmInstanceJob"),
        ("stopVm", "org.zstack.scheduler.vm.StopVmInstanceJob"),
        ("rebootVm", "org.zstack.scheduler.vm.RebootVmInstanceJob"),
        ("volumeSnapshot", "org.zstack.scheduler.snapshot.CreateVolumeSnapshotJob"),
        ("volumeSnapshotGroup", "org.zstack.scheduler.snapshot.CreateVolumeSnapshotGroupJob"),
        ("volumeBackup", "org.zstack.storage.backup.CreateVolumeBackupJob"),
        ("rootVolumeBackup", "org.zstack.storage.backup.CreateRootVolumeBackupJob"),
        ("vmBackup", "org.zstack.storage.backup.CreateVmBackupJob"),
        ("databaseBackup", "org.zstack.storage.backup.CreateDatabaseBackupJob"),
    ],
)
def test_types(admin, name, job_type, class_name):
    parameters = {"backupStorageUuids": f"{STORAGE},{STORAGE}"} if job_type == "databaseBackup" else {}
    assert admin.job(name(), type=job_type, parameters=parameters)["jobClassName"] == class_name
    assert admin.group(name(), type=job_type, parameters=parameters)["jobType"] == job_type


def test_types_that_are_refused(admin, name):
    for job_type in ("localRaidSelfTest", "runAutoScalingGroup", "cancelIAM2ProjectLoginExpired", "takeIAM2ProjectLoginExpired"):
        refused = admin.post("/scheduler/jobs", {"name": name(), "type": job_type, "targetResourceUuid": TARGET})
        assert refused.code == "SYS.1014" and job_type in refused.error["details"]
    for job_type in ("vmbackup", "VMBACKUP", "remoteBackup", "", "虚拟机"):
        refused = admin.post("/scheduler/jobgroups", {"name": name(), "type": job_type})
        assert refused.code == "SYS.1007" and f"'{job_type}'" in refused.error["details"]


# --- names, descriptions, uuids

KINDS = {
    "group": ("/scheduler/jobgroups", "updateSchedulerJobGroup", {"type": "vmBackup"}),
    "job": ("/scheduler/jobs", "updateSchedulerJob", {"type": "vmBackup", "targetResourceUuid": TARGET}),
    "trigger": ("/scheduler/triggers", "updateSchedulerTrigger", {"schedulerType": "cron", "cron": "0 0 3 * * ?"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_descriptions(admin, kind):
    path, action, params = KINDS[kind]
    for good in ("x" * 255, "长" * 255, "😀" * 127, ""):
        assert admin.post(path, params | {"name": good}).inventory["name"] == good
    assert admin.post(path, params | {"name": "  trimmed\t"}).inventory["name"] == "trimmed"
    assert admin.post(path, params | {"name": 7}).inventory["name"] == "7"
    for bad in ("x" * 256, "长" * 256, "😀" * 128):
        refused = admin.post(path, params | {"name": bad})
        assert refused.code == "SYS.1007" and "name" in refused.error["details"]
    assert admin.post(path, params).code == "SYS.1007"
    admin.post(path, params | {"name": ["x"]}).plain(400)
    admin.post(path, params | {"name": {"x": 1}}).plain(400)
    admin.post(path, params | {"name": "a\u0000b"}).plain(400)
    assert len(admin.post(path, params | {"name": "x", "description": "长" * 2048}).inventory["description"]) == 2048
    assert admin.post(path, params | {"name": "x", "description": "x" * 2049}).code == "SYS.1007"
    # Terraform wants an empty description to be none.
    made = admin.post(path, params | {"name": "x", "description": ""}).inventory
    assert "description" not in made
    update = f"{path}/{made['uuid']}/actions"
    assert admin.put(update, action, name="").code == "SYS.1007"
    assert admin.put(update, action, name="x" * 256).code == "SYS.1007"
    assert admin.put(update, action).inventory["name"] == "x"
    # The path names the record, whatever the body says.
    assert admin.put(update, action, uuid=new_uuid(), name="y").inventory["uuid"] == made["uuid"]


@pytest.mark.parametrize("kind", KINDS)
def test_uuids(admin, kind):
    path, action, params = KINDS[kind]
    wanted = new_uuid()
    assert admin.post(path, params | {"name": "x", "resourceUuid": wanted}).inventory["uuid"] == wanted
    for other_path, _, other in KINDS.values():
        taken = admin.post(other_path, other | {"name": "x", "resourceUuid": wanted})
        assert taken.code == "SYS.1002" and wanted in taken.error["details"]
    for bad in ("x", wanted.upper(), wanted[:12] + "9" + wanted[13:], wanted[:16] + "7" + wanted[17:]):
        assert admin.post(path, params | {"name": "x", "resourceUuid": bad}).code == "SYS.1007", bad
    missing = admin.put(f"{path}/{new_uuid()}/actions", action, name="x")
    assert missing.code == "SYS.1003"
    assert admin.put(f"{path}/nonsense/actions", action, name="x").code == "SYS.1003"
    assert admin.delete(f"{path}/nonsense").code == "SYS.1003"
    assert admin.delete(f"{path}/{wanted}?deleteMode=Maybe").code == "SYS.1007"
    assert admin.delete(f"{path}/{wanted}").json == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_rehearsal_changes_nothing(admin, kind):
    path, _, params = KINDS[kind]
    wanted = new_uuid()
    body = params | {"name": "x", "resourceUuid": wanted}
    assert admin.post(path, body, systemTags=["validationOnly"]).json == {}
    assert admin.get(f"{path}/{wanted}").inventories == []
    assert admin.post(path, body | {"name": "x" * 256}, systemTags=["validationOnly"]).code == "SYS.1007"
    made = admin.post(path, body).inventory
    assert admin.delete(f"{path}/{made['uuid']}?systemTags=validationOnly").json == {}
    assert admin.get(f"{path}/{wanted}").inventories == [made]


def test_targets(admin):
    for bad in ("", "vm-1", TARGET.upper(), TARGET[:-1]):
        assert admin.post("/scheduler/jobs", {"name": "x", "type": "stopVm", "targetResourceUuid": bad}).code == "SYS.1003", bad
    assert admin.post("/scheduler/jobs", {"name": "x", "type": "stopVm"}).code == "SYS.1007"


# --- parameters


@pytest.mark.parametrize(
    "job_type, parameters, named",
    [
        ("volumeSnapshot", {"snapshotMaxNumber": "x"}, "snapshotMaxNumber"),
        ("volumeSnapshot", {"snapshotMaxNumber": "0"}, "snapshotMaxNumber"),
        ("volumeSnapshot", {"snapshotMaxNumber": ["3"]}, "snapshotMaxNumber"),
        ("volumeSnapshotGroup", {"snapshotGroupMaxNumber": 2.5}, "snapshotGroupMaxNumber"),
        ("databaseBackup", {}, "backupStorageUuids"),
        ("databaseBackup", {"backupStorageUuids": ""}, "backupStorageUuids"),
        ("volumeBackup", {"backupStorageUuids": "a,b"}, "backupStorageUuids"),
        ("volumeBackup", {"retentionType": "Weeks", "retentionValue": "1"}, "retentionType"),
        ("volumeBackup", {"retentionType": "Count"}, "retentionValue"),
        ("volumeBackup", {"retentionType": "Count", "retentionValue": "-1"}, "retentionValue"),
        ("vmBackup", {"remoteRetentionType": "Days", "remoteRetentionValue": 3}, "remoteBackupStorageUuid"),
        ("vmBackup", {"networkWriteBandwidth": 1023}, "networkWriteBandwidth"),
    ],
)
def test_parameters_that_are_refused(admin, job_type, parameters, named):
    bodies = [
        ("/scheduler/jobs", {"name": "x", "type": job_type, "targetResourceUuid": TARGET, "parameters": parameters}),
        ("/scheduler/jobgroups", {"name": "x", "type": job_type, "parameters": parameters}),
    ]
    for path, params in bodies:
        refused = admin.post(path, params)
        assert refused.code == "SYS.1007" and named in refused.error["details"]
    admin.post("/scheduler/jobgroups", {"name": "x", "type": job_type, "parameters": []}).plain(400)


def test_parameters_of_a_group_reach_its_jobs(admin, name):
    group = admin.group(name(), type="vmBackup")
    job = admin.job(name(), type="vmBackup", parameters={"colour": "blue"})
    admin.post(f"/scheduler/jobgroups/{group['uuid']}/job", {"schedulerJobUuids": [job["uuid"]]})
    update = f"/scheduler/jobgroups/{group['uuid']}/actions"
    admin.put(update, "updateSchedulerJobGroup", parameters={"retentionType": "Days", "retentionValue": 7})
    data = admin.get(f"/scheduler/jobs/{job['uuid']}").inventories[0]["jobData"]
    assert '"retentionValue":"7"' in data and '"colour":"blue"' in data
    refused = admin.put(update, "updateSchedulerJobGroup", parameters={"retentionType": ""})
    assert refused.code == "SYS.1007"
    assert admin.get(f"/scheduler/jobs/{job['uuid']}").inventories[0]["jobData"] == data
    admin.put(update, "updateSchedulerJobGroup", parameters={"retentionType": "", "retentionValue": ""})
    assert "retention" not in admin.get(f"/scheduler/jobs/{job['uuid']}").inventories[0]["jobData"]


# --- groups and their jobs


def test_members_that_are_refused(admin, name):
    group, other = admin.group(name()), admin.group(name())
    path = f"/scheduler/jobgroups/{group['uuid']}/job"
    good, wrong = admin.job(name()), admin.job(name(), type="stopVm")

    def add(*uuids, to=path):
        return admin.post(to, {"schedulerJobUuids": list(uuids)})

    assert add(good["uuid"], wrong["uuid"]).code == "SYS.1007"
    # All or none.
    assert admin.get(f"/scheduler/jobgroups/{group['uuid']}").inventories[0]["jobsUuid"] == []
    assert add(good["uuid"], good["uuid"]).code == "SYS.1007"
    assert add(new_uuid()).code == "SYS.1003"
    assert add("nonsense").code == "SYS.1003"
    assert add().code == "SYS.1007"
    assert admin.post(path).code == "SYS.1007"
    assert add(good["uuid"], to=f"/scheduler/jobgroups/{new_uuid()}/job").code == "SYS.1003"
    assert add(good["uuid"]).status == 200
    assert add(good["uuid"]).code == "SYS.1007"
    assert add(good["uuid"], to=f"/scheduler/jobgroups/{other['uuid']}/job").code == "SYS.1007"
    assert admin.delete(path).code == "SYS.1007"
    assert admin.delete(f"{path}?schedulerJobUuids.0={good['uuid']}").json == {}


def test_priorities(admin, name):
    group, first, second = admin.group(name()), admin.job(name()), admin.job(name())
    path = f"/scheduler/jobgroups/{group['uuid']}/job"
    params = {"schedulerJobUuids": [first["uuid"], second["uuid"]], "priorities": {second["uuid"]: 9}}
    rows = admin.post(path, params).inventories
    assert [row["priority"] for row in rows] == [0, 9]
    admin.post(path, {"schedulerJobUuids": [first["uuid"]], "priorities": {first["uuid"]: "high"}}).plain(400)


def test_deleting_a_group_keeps_its_jobs(admin, name):
    group, job, trigger = admin.group(name()), admin.job(name()), admin.trigger(name())
    admin.post(f"/scheduler/jobgroups/{group['uuid']}/job", {"schedulerJobUuids": [job["uuid"]]})
    admin.post(f"/scheduler/jobgroups/{group['uuid']}/scheduler/triggers/{trigger['uuid']}")
    candidates = lambda: [row["uuid"] for row in admin.get("/scheduler/jobs/candidates").inventories]  # noqa: E731
    assert job["uuid"] not in candidates()
    admin.delete(f"/scheduler/jobgroups/{group['uuid']}")
    assert job["uuid"] in candidates()
    assert admin.get(f"/scheduler/triggers/{trigger['uuid']}").inventories[0]["jobGroupsUuid"] == []


# --- links


@pytest.mark.parametrize("kind", ["jobs", "jobgroups"])
def test_links_that_are_refused(admin, name, kind):
    owner = (admin.job if kind == "jobs" else admin.group)(name())
    trigger = admin.trigger(name())

    def attach(owner_uuid, trigger_uuid, **params):
        return admin.post(f"/scheduler/{kind}/{owner_uuid}/scheduler/triggers/{trigger_uuid}", params)

    assert attach(owner["uuid"], new_uuid()).code == "SYS.1003"
    assert attach(new_uuid(), trigger["uuid"]).code == "SYS.1003"
    assert attach("nonsense", trigger["uuid"]).code == "SYS.1003"
    # Nothing can be run yet, so nothing is attached either.
    assert attach(owner["uuid"], trigger["uuid"], triggerNow=True).code == "SYS.1014"
    assert admin.get(f"/scheduler/{kind}/{owner['uuid']}").inventories[0]["triggersUuid"] == []
    admin.post(f"/scheduler/{kind}/{owner['uuid']}/scheduler/triggers/{trigger['uuid']}", {"triggerNow": "perhaps"}).plain(400)
    assert attach(owner["uuid"], trigger["uuid"], triggerNow="FALSE").status == 200
    again = attach(owner["uuid"], trigger["uuid"])
    assert again.code == "SYS.1007" and trigger["uuid"] in again.error["details"]
    assert admin.delete(f"/scheduler/{kind}/{owner['uuid']}/scheduler/triggers/{new_uuid()}").json == {}


def test_a_spent_trigger_stays_and_takes_nothing_on(admin, name):
    spent = admin.trigger(name(), schedulerType="simple", cron=None, startTime=0, repeatCount=1)
    assert spent["stopTime"] == spent["startTime"]
    job = admin.job(name())
    path = f"/scheduler/jobs/{job['uuid']}/scheduler/triggers/{spent['uuid']}"
    deadline = time.monotonic() + 10
    while True:
        answer = admin.post(path)
        if answer.status == 503:
            break
        # It is still its second: take it off again and ask once more.
        assert time.monotonic() < deadline
        admin.delete(path)
        time.sleep(0.05)
    assert answer.code == "SYS.1007"
    assert admin.get(f"/scheduler/triggers/{spent['uuid']}").inventories == [spent]
    assert spent["uuid"] not in [row["uuid"] for row in admin.get("/scheduler/triggers/available").inventories]
    assert admin.put(f"/scheduler/triggers/{spent['uuid']}/actions", "runSchedulerTrigger").code == "SYS.1014"


def test_runs_are_refused_with_a_reason(admin, name):
    job, other, trigger = admin.job(name()), admin.job(name()), admin.trigger(name())
    admin.post(f"/scheduler/jobs/{job['uuid']}/scheduler/triggers/{trigger['uuid']}")
    path = f"/scheduler/triggers/{trigger['uuid']}/actions"
    assert admin.put(path, "runSchedulerTrigger", jobUuids=[job["uuid"]]).code == "SYS.1014"
    assert admin.put(path, "runSchedulerTrigger", jobUuids=[other["uuid"]]).code == "SYS.1007"
    assert admin.put(path, "runSchedulerTrigger", jobUuids=[new_uuid()]).code == "SYS.1003"
    assert admin.put(f"/scheduler/triggers/{new_uuid()}/actions", "runSchedulerTrigger").code == "SYS.1003"
    assert admin.get("/scheduler/job/history", q=f"schedulerJobUuid={job['uuid']}", replyWithCount="true").json["total"] == 0


# --- when triggers fire


@pytest.mark.parametrize(
    "params",
    [
        {"schedulerType": "simple", "startTime": 0, "schedulerInterval": 10},
        {"schedulerType": "simple", "startTime": 0, "schedulerInterval": 10.0, "repeatCount": "2"},
        {"schedulerType": "simple", "startTime": 0, "schedulerInterval": "1e1", "repeatCount": 2.0},
        {"schedulerType": "simple", "startTime": 0, "repeatCount": 1},
        {"schedulerType": "simple", "startTime": 1, "schedulerInterval": 2147483647},
        {"schedulerType": "simple", "startTime": 2147454847, "schedulerInterval": 1},
        {"schedulerType": "cron", "cron": "0 0 0 L-3W * ?", "repeatCount": 0},
        {"schedulerType": "cron", "cron": "0 0 22-2 ? * FRI-MON 2090", "startTime": 0},
        {"schedulerType": "cron", "cron": "0 0 3 * * ?", "startTime": 2100000000},
        {"schedulerType": "cron", "cron": "0 0 3 * * ?", "stopTime": 2100000000},
    ],
)
def test_triggers(admin, name, params):
    made = admin.post("/scheduler/triggers", {"name": name()} | params).inventory
    assert made["schedulerType"] == params["schedulerType"]
    assert all(isinstance(made[member], int) for member in ("schedulerInterval", "repeatCount") if member in made)
    if params.get("startTime"):
        assert epoch(made["startTime"]) == params["startTime"]


@pytest.mark.parametrize(
    "params, named",
    [
        ({}, "schedulerType"),
        ({"schedulerType": "Cron", "cron": "0 0 3 * * ?"}, "schedulerType"),
        ({"schedulerType": "simple", "schedulerInterval": 10}, "startTime"),
        ({"schedulerType": "simple", "startTime": 0}, "schedulerInterval"),
        ({"schedulerType": "simple", "startTime": 0, "repeatCount": 2}, "schedulerInterval"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 0}, "schedulerInterval"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 2147483648}, "schedulerInterval"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 10, "repeatCount": -1}, "repeatCount"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 2147483647, "repeatCount": 2147483647}, "repeatCount"),
        ({"schedulerType": "simple", "startTime": -1, "schedulerInterval": 10}, "startTime"),
        ({"schedulerType": "simple", "startTime": 2147454848, "schedulerInterval": 10}, "startTime"),
        ({"schedulerType": "simple", "startTime": 1795204518000, "schedulerInterval": 10}, "startTime"),
        ({"schedulerType": "simple", "startTime": 1, "schedulerInterval": 10, "repeatCount": 5}, "stopTime"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 10, "stopTime": 5}, "stopTime"),
        ({"schedulerType": "simple", "startTime": 0, "schedulerInterval": 10, "cron": "0 0 3 * * ?"}, "cron"),
        ({"schedulerType": "cron"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 0 * * *"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 3 * *"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 3 * * ? 2099 1"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 0 31 2 ?"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 0 * * ? 2020"}, "cron"),
        ({"schedulerType": "cron", "cron": "0 0 3 * * ?", "schedulerInterval": 10}, "schedulerInterval"),
        ({"schedulerType": "cron", "cron": "0 0 3 * * ?", "repeatCount": 1}, "repeatCount"),
        ({"schedulerType": "cron", "cron": "0 0 3 * * ?", "stopTime": 5}, "stopTime"),
    ],
)
def test_triggers_that_are_refused(admin, params, named):
    refused = admin.post("/scheduler/triggers", {"name": "x"} | params)
    assert refused.code == "SYS.1007" and named in refused.error["details"], refused.text


@pytest.mark.parametrize("value", [2.5, "x", "", [1], {"a": 1}, True, 1e300, 10**40])
def test_numbers_that_cannot_be_read(admin, value):
    for member in ("schedulerInterval", "repeatCount", "startTime"):
        admin.post("/scheduler/triggers", {"name": "x", member: value}).plain(400)


def test_updates_of_a_trigger_that_are_refused(admin, name):
    cron = admin.trigger(name())
    simple = admin.trigger(name(), schedulerType="simple", cron=None, startTime=0, schedulerInterval=60)

    def update(trigger, **fields):
        return admin.put(f"/scheduler/triggers/{trigger['uuid']}/actions", "updateSchedulerTrigger", **fields)

    for trigger, fields in (
        (cron, {"schedulerInterval": 5}),
        (cron, {"repeatCount": 5}),
        (cron, {"cron": "nonsense"}),
        (cron, {"cron": "0 0 0 31 2 ?"}),
        (cron, {"schedulerType": "simple"}),
        (simple, {"cron": "0 0 3 * * ?"}),
        (simple, {"schedulerInterval": 0}),
        (simple, {"schedulerType": "cron"}),
        (simple, {"startTime": 5, "repeatCount": 2}),
    ):
        assert update(trigger, **fields).code == "SYS.1007", fields
    for trigger in (cron, simple):
        assert admin.get(f"/scheduler/triggers/{trigger['uuid']}").inventories == [trigger]


def test_dates_are_printed_eight_hours_east(admin, name):
    start = int(time.time()) + 3600
    trigger = admin.trigger(name(), schedulerType="simple", cron=None, startTime=start, schedulerInterval=60)
    assert epoch(trigger["startTime"]) == start
    assert abs(epoch(trigger["createDate"]) - time.time()) < 60


def test_the_zone_of_dates_is_a_setting(start_muster):
    server = start_muster(config="timezone = 'America/New_York'\n[zstack]\nwire_timezone = 'UTC'\n")
    client = by_session(server)
    made = client.trigger("x", schedulerType="simple", cron=None, startTime=1800000000, schedulerInterval=60)
    assert made["startTime"] == "Jan 15, 2027 8:00:00 AM"
    assert client.get("/management-nodes/platform-timezone").json["timezone"] == "America/New_York"


# --- the report


def test_reports(admin):
    path = "/scheduler/report"
    good = {"startTime": int(time.time()), "intervalTimeUnit": "Day", "range": 3, "schedulerJobTypes": ["vmBackup", "stopVm"]}
    report = admin.get(path, **good).json
    assert report.pop("success") is True
    assert report == {f"{kind}Records": [0, 0, 0] for kind in ("success", "failure", "partialSuccess", "waiting")}
    for bad in ({"intervalTimeUnit": "Week"}, {"range": 32}, {"range": -1}, {"schedulerJobTypes": "odd"}, {"schedulerJobTypes": []}):
        assert admin.get(path, **(good | bad)).code == "SYS.1007", bad
    for missing in good:
        assert admin.get(path, **{name: value for name, value in good.items() if name != missing}).code == "SYS.1007"
    # The Go client's method sends nothing at all.
    assert admin.get(path).code == "SYS.1007"
    assert "startTime" in admin.get(path, **(good | {"startTime": "x"})).plain(400)


def test_history_knows_its_members(admin):
    for condition in ("success=true", "jobType=vmBackup", "id>5", "fireInstanceId=x", "startTime>2026-01-01 00:00:00"):
        assert admin.get("/scheduler/job/history", q=condition, sort="-startTime").inventories == []
    assert admin.get("/scheduler/job/history", q="colour=x").code == "SYS.1000"


# --- Terraform


def test_terraform_makes_reads_changes_and_destroys(muster, name):
    """The provider's order of calls, read from its sources and not run: it cannot be had here."""
    client = by_session(muster, "go")
    title = name()
    start = int(time.time()) + 7200
    simple = client.post(
        "/scheduler/triggers",
        {"name": title, "schedulerType": "simple", "schedulerInterval": 3600, "repeatCount": 0, "startTime": start},
    ).inventory

    def read(path, uuid):
        return client.get(path, q=f"uuid={uuid}").inventories

    assert epoch(read("/scheduler/triggers", simple["uuid"])[0]["startTime"]) == start
    fields = {"name": title, "description": "", "schedulerInterval": 1800, "repeatCount": 0, "cron": ""}
    changed = client.put(f"/scheduler/triggers/{simple['uuid']}/actions", "updateSchedulerTrigger", **fields).inventory
    assert changed["schedulerInterval"] == 1800 and epoch(changed["startTime"]) == start and "description" not in changed
    cron = client.post("/scheduler/triggers", {"name": title, "schedulerType": "cron", "cron": "0 0 0 * * ?"}).inventory
    assert cron.get("schedulerInterval", 0) == cron.get("repeatCount", 0) == 0
    fields = {"name": title, "schedulerInterval": 0, "repeatCount": 0, "cron": "0 0 1 * * ?"}
    assert client.put(f"/scheduler/triggers/{cron['uuid']}/actions", "updateSchedulerTrigger", **fields).inventory["cron"] == "0 0 1 * * ?"
    # The provider has no parameters, so a backup job must do without.
    for job_type in ("stopVm", "volumeBackup"):
        job = client.post("/scheduler/jobs", {"name": title, "targetResourceUuid": TARGET, "type": job_type}).inventory
        assert read("/scheduler/jobs", job["uuid"]) == [job]
        renamed = client.put(f"/scheduler/jobs/{job['uuid']}/actions", "updateSchedulerJob", name=title + "2", description="d")
        assert renamed.inventory["jobClassName"] == job["jobClassName"]
        # Somebody deletes it behind Terraform's back: it reads an empty list and makes it again.
        assert client.delete(f"/scheduler/jobs/{job['uuid']}?deleteMode=Permissive").json == {}
        assert read("/scheduler/jobs", job["uuid"]) == []
        assert client.delete(f"/scheduler/jobs/{job['uuid']}?deleteMode=Permissive").json == {}
    for trigger in (simple, cron):
        assert client.delete(f"/scheduler/triggers/{trigger['uuid']}?deleteMode=Permissive").json == {}
        assert read("/scheduler/triggers", trigger["uuid"]) == []
