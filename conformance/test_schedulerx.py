"""SchedulerX's namespaces, application groups, notification policies and permissions through the official Python client,
in each of its signatures."""

import json
import threading

import pytest
from alibaba import Key, Refused, SchedulerX
from cloudmonitor import CloudMonitor

CONTACTS = '{ "sendChannel": "ding,mail", "alarmType": "Contacts", "webhookIsAtAll": "false" }'
TIMES = json.dumps(
    {
        "sendChannel": "sms,mail",
        "timezone": "GMT+8",
        "timeRanges": {"all": [{"startTime": "09:00", "endTime": "18:00", "daysOfWeek": [1, 2, 3, 4, 5]}]},
    }
)


@pytest.fixture(params=["v1", "v3", "sm3"])
def scheduler(request, muster):
    return SchedulerX(muster, request.param)


@pytest.fixture
def client(muster):
    """Where the signature does not matter."""
    return SchedulerX(muster)


@pytest.fixture
def namespace(client, name):
    return client.create_namespace(name=name("stage")).data.namespace_uid


def done(answer):
    assert answer.success is True, answer
    assert answer.code in (200, None) and answer.request_id
    return answer


def business(answer):
    """The code of a refusal in the product's own style: status 200, no exception."""
    assert answer.success is False and isinstance(answer.code, int) and answer.message, answer
    return answer.code


def refused(call, **fields):
    with pytest.raises(Refused) as caught:
        call(**fields)
    return caught.value.status, caught.value.code


def test_a_namespace_from_creation_to_deletion(scheduler, name):
    title = name("考勤 a+b*c~d ")
    uid = done(scheduler.create_namespace(name=title, description="一 & two")).data.namespace_uid
    assert len(uid) == 36 and uid == uid.lower()
    again = done(scheduler.create_namespace(name="other", uid=uid))
    assert again.data.namespace_uid == uid
    assert again.message == f"namespace={uid} is existed, noting update"
    (found,) = done(scheduler.list_namespaces(namespace=uid)).data.namespaces
    assert (found.uid, found.name, found.description) == (uid, title, "一 & two")
    done(scheduler.update_namespace(namespace=uid, namespace_name=title + "2"))
    (found,) = scheduler.list_namespaces(namespace_name=title[2:]).data.namespaces
    assert (found.name, found.description) == (title + "2", "一 & two")
    done(scheduler.update_namespace(namespace=uid, namespace_name=title, description=""))
    assert scheduler.list_namespaces(namespace=uid).data.namespaces[0].description == ""
    done(scheduler.delete_namespace(namespace=uid))
    assert scheduler.list_namespaces(namespace=uid).data.namespaces == []
    assert business(scheduler.delete_namespace(namespace=uid)) == -10001
    assert business(scheduler.update_namespace(namespace=uid, namespace_name="x")) == -10001


def test_a_group_from_creation_to_deletion(scheduler, muster, namespace, name):
    person = name("Rita ")
    created = done(
        scheduler.create_app_group(
            app_name="Payment batch",
            namespace=namespace,
            group_id="pay.batch",
            app_version=2,
            max_jobs=200,
            enable_log=True,
            description="一 <b>",
            monitor_config_json=CONTACTS,
            monitor_contacts_json=json.dumps([{"name": person}]),
        )
    ).data
    assert isinstance(created.app_group_id, int) and created.app_group_id < 2**53
    found = done(scheduler.get_app_group(namespace=namespace, group_id="pay.batch")).data
    assert (found.app_name, found.app_key, found.app_version) == ("Payment batch", created.app_key, "2")
    assert (found.cur_jobs, found.max_jobs, found.enable_log) == (0, 200, True)
    assert (found.group_id, found.namespace, found.description) == ("pay.batch", namespace, "一 <b>")
    assert (found.monitor_config_json, found.monitor_contacts_json) == (CONTACTS, json.dumps([{"name": person}]))
    assert found.notification_policy_name == ""
    (row,) = done(scheduler.list_groups(namespace=namespace, app_group_name="ment")).data.app_groups
    assert (row.app_group_id, row.app_key, row.app_version) == (created.app_group_id, created.app_key, 2)
    assert row.enable_log is True
    contact = CloudMonitor(muster).contact(person)
    assert (contact["Name"], contact["ChannelsState"]) == (person, {})

    change = {"namespace": namespace, "group_id": "pay.batch"}
    done(scheduler.update_app_group(**change, app_version=1, enable_log=False, max_concurrency=3))
    after = scheduler.get_app_group(**change).data
    assert (after.app_version, after.enable_log, after.description) == ("1", False, "一 <b>")
    assert after.monitor_config_json == CONTACTS
    done(scheduler.update_app_group(**change, description="", monitor_config_json="", monitor_contacts_json=""))
    after = scheduler.get_app_group(**change).data
    assert (after.description, after.monitor_config_json, after.monitor_contacts_json) == ("", "", "")
    assert business(scheduler.delete_namespace(namespace=namespace)) == -10106
    done(scheduler.delete_app_group(**change, delete_jobs=True))
    gone = scheduler.get_app_group(**change)
    assert business(gone) == -10001
    assert gone.message == f"app is not existed, groupId=pay.batch, namesapce={namespace}"
    assert scheduler.list_groups(namespace=namespace).data.app_groups == []


def test_defaults(client, namespace):
    created = done(client.create_app_group(app_name="a", namespace=namespace, group_id="minimal")).data
    found = client.get_app_group(namespace=namespace, group_id="minimal").data
    assert (found.app_version, found.max_jobs, found.enable_log, found.description) == ("2", 1000, False, "")
    assert len(created.app_key) == 24 and created.app_key.endswith("==")


def test_the_caller_may_fix_the_key_and_the_same_id_in_another_namespace(client, namespace, name):
    other = client.create_namespace(name=name()).data.namespace_uid
    for uid in (namespace, other):
        made = client.create_app_group(app_name="a", namespace=uid, group_id="same", app_key="fixed +/=", app_type=2)
        assert done(made).data.app_key == "fixed +/="


@pytest.mark.parametrize(
    "contacts, alarm_type",
    [
        ([{"userName": "op1", "userPhone": "100"}], "CustomContacts"),
        ([{"name": "people-of-a-config"}], "Contacts"),
        ({"name": "group-of-a-config"}, "ContactGroup"),
    ],
)
def test_a_config_without_an_alarm_type_gets_one(client, namespace, contacts, alarm_type):
    done(
        client.create_app_group(
            app_name="a",
            namespace=namespace,
            group_id="g",
            monitor_config_json='{"sendChannel":"sms,ding"}',
            monitor_contacts_json=json.dumps(contacts),
        )
    )
    found = client.get_app_group(namespace=namespace, group_id="g").data
    assert found.monitor_config_json == '{"sendChannel":"sms,ding","alarmType":"%s"}' % alarm_type


def test_named_groups_enter_the_one_directory(client, muster, namespace, name):
    group = name("night")
    done(
        client.create_app_group(
            app_name="a",
            namespace=namespace,
            group_id="g",
            monitor_config_json='{"sendChannel":"sms","alarmType":"ContactGroup"}',
            monitor_contacts_json=json.dumps({"name": group}),
        )
    )
    found = CloudMonitor(muster).group(group)
    assert found["Contacts"]["Contact"] == []


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"app_type": 3}, -10101),
        ({"app_version": 0}, -10101),
        ({"max_jobs": 0}, -10101),
        ({"max_jobs": -5}, -10101),
        ({"group_id": "a:b"}, -10101),
        ({"group_id": "g" * 129}, -10101),
        ({"app_name": "名" * 65}, -10101),
        ({"description": "名" * 257}, -10101),
        ({"monitor_config_json": "{"}, -10102),
        ({"monitor_config_json": '{"sendChannel":"pigeon"}'}, -10102),
        ({"monitor_config_json": CONTACTS, "monitor_contacts_json": '{"name":"x"}'}, -10102),
        ({"monitor_contacts_json": '[{"name":"a"},5]'}, -10102),
        ({"namespace": "none"}, -10001),
        ({"notification_policy_name": "none"}, -10104),
    ],
)
def test_what_a_new_group_may_not_be(client, namespace, fields, code):
    usual = {"app_name": "a", "namespace": namespace, "group_id": "g"}
    assert business(client.create_app_group(**(usual | fields))) == code
    assert client.list_groups(namespace=namespace).data.app_groups == []


@pytest.mark.parametrize("field", ["app_name", "namespace", "group_id"])
def test_what_a_new_group_must_say(client, namespace, field):
    usual = {"app_name": "a", "namespace": namespace, "group_id": "g"}
    del usual[field]
    code = "Missing" + "".join(word.capitalize() for word in field.split("_"))
    assert refused(client.create_app_group, **usual) == (400, code)


@pytest.mark.parametrize("field, value", [("max_jobs", "abc"), ("max_jobs", "1.0"), ("enable_log", "perhaps")])
def test_scalars_that_cannot_be_read(client, namespace, field, value):
    usual = {"app_name": "a", "namespace": namespace, "group_id": "g"}
    assert refused(client.create_app_group, **usual, **{field: value}) == (400, "InvalidParameter")


def test_a_taken_id_leaves_the_first_group_alone(client, namespace):
    first = client.create_app_group(app_name="a", namespace=namespace, group_id="g").data
    again = client.create_app_group(app_name="b", namespace=namespace, group_id="g", app_key="stolen")
    assert business(again) == -10103
    assert "g" in again.message and namespace in again.message and "-1000" not in again.message
    found = client.get_app_group(namespace=namespace, group_id="g").data
    assert (found.app_name, found.app_key) == ("a", first.app_key)


def test_of_many_at_once_one_succeeds(muster, namespace):
    answers = []

    def create(number):
        group = SchedulerX(muster).create_app_group(app_name=f"a{number}", namespace=namespace, group_id="g")
        answers.append((group.success, group.code))

    threads = [threading.Thread(target=create, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [(False, -10103)] * 11 + [(True, 200)]


def test_notification_policies(scheduler, namespace, name):
    policy = name("work")
    done(scheduler.create_schedulerx_notification_policy(policy_name=policy, channel_time_range=TIMES, description="d"))
    assert business(scheduler.create_schedulerx_notification_policy(policy_name=policy, channel_time_range=TIMES)) == -10103
    group = done(
        scheduler.create_app_group(
            app_name="a", namespace=namespace, group_id="g", notification_policy_name=policy
        )
    ).data
    answer = done(scheduler.read_schedulerx_notification_policy(policy_name=policy[1:])).data
    assert (answer.total, answer.max_results, answer.next_token) == (1, 20, None)
    (record,) = answer.records
    assert (record.policy_name, record.channel_time_range, record.description) == (policy, TIMES, "d")
    assert record.creator and len(record.create_time) == len("2026-01-15 08:30:00")
    (app,) = record.reference_apps
    assert (app.app_group_id, app.group_id, app.namespace_uid) == (group.app_group_id, "g", namespace)
    other = TIMES.replace("sms,mail", "phone")
    done(scheduler.manage_schedulerx_notification_policy(policy_name=policy, channel_time_range=other))
    (record,) = scheduler.read_schedulerx_notification_policy(policy_name=policy).data.records
    assert (record.channel_time_range, record.description) == (other, "d")
    assert business(scheduler.delete_schedulerx_notification_policy(policy_name=policy)) == -10106
    done(scheduler.update_app_group(namespace=namespace, group_id="g", notification_policy_name=""))
    done(scheduler.delete_schedulerx_notification_policy(policy_name=policy))
    assert scheduler.read_schedulerx_notification_policy(policy_name=policy).data.records == []
    assert business(scheduler.delete_schedulerx_notification_policy(policy_name=policy)) == -10301
    assert business(scheduler.manage_schedulerx_notification_policy(policy_name=policy, description="x")) == -10301


def test_policies_are_read_page_by_page(client, name):
    prefix = name("page")
    names = [f"{prefix}-{number}" for number in range(5)]
    for policy in names:
        done(client.create_schedulerx_notification_policy(policy_name=policy, channel_time_range=TIMES))
    found, token = [], None
    while True:
        page = client.read_schedulerx_notification_policy(policy_name=prefix, max_results=2, next_token=token).data
        assert page.total == 5 and len(page.records) <= 2
        found += [record.policy_name for record in page.records]
        token = page.next_token
        if not token:
            break
    assert found == names


@pytest.mark.parametrize(
    "times",
    ["{", "{}", '{"sendChannel":"sms","timeRanges":{}}', TIMES.replace("sms,mail", "pigeon"), TIMES.replace("09:00", "9")],
)
def test_times_that_no_policy_can_have(client, name, times):
    assert business(client.create_schedulerx_notification_policy(policy_name=name(), channel_time_range=times)) == -10102


@pytest.fixture
def user(muster, name, tmp_path):
    """Makes a user that may do what a policy says; its key and its number."""

    def make(*statements):
        title = name("user")
        made = muster.cli_json("user", "create", title, "--no-password")
        if statements:
            document = tmp_path / f"{title}.json"
            document.write_text(json.dumps({"Version": "1", "Statement": list(statements)}))
            muster.cli("policy", "put", title, str(document))
            muster.cli("policy", "attach", title, "--user", title)
        key = muster.cli_json("access-key", "create", "--user", title)
        return Key(key["id"], key["secret"]), made["number"]

    return make


def test_a_granted_group_is_open_to_its_user_and_no_other_group_is(client, muster, namespace, user):
    for group in ("mine", "other"):
        done(client.create_app_group(app_name=group, namespace=namespace, group_id=group))
    key, number = user()
    eve = SchedulerX(muster, key=key)
    mine, other = {"namespace": namespace, "group_id": "mine"}, {"namespace": namespace, "group_id": "other"}
    assert refused(eve.get_app_group, **mine) == (403, "NoPermission")
    grant = {"user_id": number, "user_name": "eve"}
    done(client.grant_permission(**mine, **grant))
    assert done(eve.get_app_group(**mine)).data.group_id == "mine"
    done(eve.update_app_group(**mine, description="by eve"))
    for target in (other, {"namespace": namespace, "group_id": "missing"}):
        assert refused(eve.get_app_group, **target) == (403, "NoPermission")
    assert [row.group_id for row in eve.list_groups(namespace=namespace).data.app_groups] == ["mine"]
    assert refused(eve.grant_permission, **mine, user_id="5", user_name="friend") == (403, "NoPermission")
    done(client.grant_permission(**mine, **grant, grant_option=True))
    done(eve.grant_permission(**mine, user_id="5", user_name="friend"))
    for _ in range(2):
        done(client.revoke_permission(**mine, user_id=number))
    assert refused(eve.get_app_group, **mine) == (403, "NoPermission")
    assert business(client.grant_permission(namespace=namespace, group_id="missing", **grant)) == -10001


def test_policies_of_users(client, muster, namespace, name, user):
    allow = {"Effect": "Allow", "Action": ["edas:ReadScheduler*", "edas:Create*"], "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "edas:CreateSchedulerxNamespaceCreate", "Resource": "*"}
    key, number = user(allow, deny)
    eve = SchedulerX(muster, key=key)
    done(eve.create_app_group(app_name="a", namespace=namespace, group_id="g"))
    done(eve.get_app_group(namespace=namespace, group_id="g"))
    with pytest.raises(Refused) as caught:
        eve.create_namespace(name=name())
    assert (caught.value.status, caught.value.code) == (403, "NoPermission")
    detail = caught.value.detail
    assert detail["AuthAction"] == "edas:CreateSchedulerxNamespaceCreate"
    assert (detail["NoPermissionType"], detail["AuthPrincipalType"]) == ("ExplicitDeny", "SubUser")
    assert detail["AuthPrincipalDisplayName"] == number
    assert refused(eve.delete_app_group, namespace=namespace, group_id="g")[0] == 403


def test_accounts_do_not_see_each_other(client, muster, namespace, name):
    done(client.create_app_group(app_name="a", namespace=namespace, group_id="g"))
    account = name("tenant")
    muster.cli_json("account", "create", account)
    key = muster.cli_json("access-key", "create", "--account", account)
    other = SchedulerX(muster, key=Key(key["id"], key["secret"]))
    assert other.list_namespaces(namespace=namespace).data.namespaces == []
    foreign, missing = {"namespace": namespace, "group_id": "g"}, {"namespace": name("no"), "group_id": "g"}
    for target in (foreign, missing):
        assert business(other.get_app_group(**target)) == -10001
        assert business(other.update_app_group(**target, description="x")) == -10001
        assert business(other.delete_app_group(**target, delete_jobs=True)) == -10001
        assert business(other.create_app_group(app_name="a", **target)) == -10001
    # The same uid is free there, and means another namespace.
    done(other.create_namespace(name="mine", uid=namespace))
    assert other.list_groups(namespace=namespace).data.app_groups == []
    assert client.get_app_group(**foreign).data.description == ""


def test_regions(scheduler, muster):
    (region,) = scheduler.describe_regions().regions
    assert (region.region_id, region.region_endpoint) == (muster.credentials["region"], muster.host)


def test_what_is_acknowledged_outlives_a_kill(start_muster, name):
    server = start_muster()
    client = SchedulerX(server)
    uid = client.create_namespace(name="n").data.namespace_uid
    made = done(client.create_app_group(app_name="a", namespace=uid, group_id="g", enable_log=True)).data
    server.kill()
    server.start()
    found = done(SchedulerX(server).get_app_group(namespace=uid, group_id="g")).data
    assert (found.app_key, found.enable_log) == (made.app_key, True)
