"""CloudMonitor's contacts and contact groups through the official Python client, in both of its signatures."""

import json
import threading

import pytest
from alibaba import Key, Signed
from cloudmonitor import CloudMonitor, Refused, eventually, models


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


def channels(**values):
    return models.PutContactRequestChannels(**values)


def refused(call, *args, **fields):
    with pytest.raises(Refused) as caught:
        call(*args, **fields)
    return caught.value.status, caught.value.code


def test_a_contact_from_put_to_delete(monitor, name):
    contact = name("Alice")
    done = monitor.put_contact(
        contact_name=contact,
        describe="dba",
        lang="en",
        channels=channels(mail=f"{contact}@example.com", ding_web_hook="http://127.0.0.1:9/robot"),
    )
    assert (done.code, done.success) == ("200", True)
    assert done.request_id
    listed = monitor.describe_contact_list(contact_name=contact)
    assert listed.total == 1
    found = listed.contacts.contact[0]
    assert (found.name, found.desc, found.lang) == (contact, "dba", "en")
    assert found.channels.ding_web_hook == "http://127.0.0.1:9/robot"
    assert not found.channels.mail, "an address that nobody has confirmed is not shown"
    assert (found.channels_state.mail, found.channels_state.ding_web_hook) == ("PENDING", "OK")
    assert found.channels_state.sms is None
    assert found.create_time == found.update_time
    monitor.delete_contact(contact_name=contact)
    gone = monitor.describe_contact_list(contact_name=contact)
    assert (gone.total, gone.contacts.contact) == (0, [])


def test_put_replaces_the_channels(monitor, name):
    contact = name()
    monitor.put_contact(contact_name=contact, describe="a", channels=channels(ali_im="one", sms="86-13800000000"), lang="zh-cn")
    before = monitor.contact(contact)
    assert before["ChannelsState"] == {"SMS": "PENDING", "AliIM": "OK"}
    monitor.put_contact(contact_name=contact, describe="", channels=channels(ali_im="two"))
    after = monitor.contact(contact)
    assert after["Channels"] == {"Mail": "", "SMS": "", "DingWebHook": "", "AliIM": "two"}
    assert after["ChannelsState"] == {"AliIM": "OK"}
    assert (after["Desc"], after["Lang"]) == ("", "zh-cn")
    assert after["CreateTime"] == before["CreateTime"] <= after["UpdateTime"]


def test_contacts_are_found_by_exact_name_and_by_channel(monitor, name):
    contact, value = name("Li"), name("im")
    for suffix in ("", "2"):
        monitor.put_contact(contact_name=contact + suffix, describe="", channels=channels(ali_im=value))
    assert [found.name for found in monitor.describe_contact_list(contact_name=contact).contacts.contact] == [contact]
    assert monitor.describe_contact_list(contact_name=contact.upper()).total == 0
    by_channel = monitor.describe_contact_list(chanel_type="AliIM", chanel_value=value)
    assert sorted(found.name for found in by_channel.contacts.contact) == [contact, contact + "2"]
    assert monitor.describe_contact_list(chanel_type="Mail", chanel_value=value).total == 0
    pending = f"{contact}@example.com"
    monitor.put_contact(contact_name=contact, describe="", channels=channels(mail=pending))
    assert monitor.describe_contact_list(chanel_type="Mail", chanel_value=pending).total == 1
    pages = [monitor.describe_contact_list(chanel_value=value, page_number=number, page_size=1) for number in (1, 2)]
    assert [(page.total, len(page.contacts.contact)) for page in pages] == [(1, 1), (1, 0)]


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"describe": "d", "channels": channels(ali_im="x")}, "MissingContactName"),
        ({"contact_name": "a", "channels": channels(ali_im="x")}, "MissingDescribe"),
        ({"contact_name": "a", "describe": "d"}, "InvalidParameterValue"),
        ({"contact_name": "a", "describe": "d", "channels": channels(mail="nobody")}, "InvalidParameterValue"),
        ({"contact_name": "a", "describe": "d", "channels": channels(mail="a@b.c\r\nBcc: d@e.f")}, "InvalidParameterValue"),
        ({"contact_name": "a", "describe": "d", "channels": channels(sms="call me")}, "InvalidParameterValue"),
        ({"contact_name": "a", "describe": "d", "channels": channels(ding_web_hook="file:///etc/passwd")}, "InvalidParameterValue"),
        ({"contact_name": "a", "describe": "d", "channels": channels(ali_im="x"), "lang": "tlh"}, "InvalidParameterValue"),
        ({"contact_name": "a,b", "describe": "d", "channels": channels(ali_im="x")}, "InvalidParameterValue"),
        ({"contact_name": "名" * 65, "describe": "d", "channels": channels(ali_im="x")}, "InvalidParameterValue"),
        ({"contact_name": "a\u0000", "describe": "d", "channels": channels(ali_im="x")}, None),
    ],
)
def test_a_bad_contact_is_refused(monitor, fields, code):
    status, found = refused(monitor.put_contact, **fields)
    assert status == 400
    assert code in (None, found)


def test_a_group_keeps_what_a_put_leaves_out(monitor, name):
    group = name("考勤系统组")
    done = monitor.put_contact_group(
        contact_group_name=group, describe="告警测试", enable_subscribed=True, contact_names=["Alice", "lucy", "Alice"]
    )
    assert (done.code, done.success) == ("200", True)
    first = monitor.group(group)
    assert first["Contacts"] == {"Contact": ["Alice", "lucy"]}
    assert (first["Describe"], first["EnableSubscribed"], first["EnabledWeeklyReport"]) == ("告警测试", True, False)
    monitor.put_contact_group(contact_group_name=group, describe="")
    second = monitor.group(group)
    assert (second["Describe"], second["EnableSubscribed"]) == ("", True)
    assert second["Contacts"] == first["Contacts"]
    monitor.put_contact_group(contact_group_name=group, enable_subscribed=False, contact_names=[""])
    third = monitor.group(group)
    assert (third["EnableSubscribed"], third["Contacts"]) == (False, {"Contact": []})
    assert third["CreateTime"] == first["CreateTime"] <= third["UpdateTime"]


@pytest.mark.parametrize("count, accepted", [(1, True), (100, True), (101, False)])
def test_a_group_has_at_most_a_hundred_members(monitor, name, count, accepted):
    group = name()
    members = [f"member {number}" for number in range(count)]
    if accepted:
        monitor.put_contact_group(contact_group_name=group, contact_names=members)
        assert monitor.group(group)["Contacts"]["Contact"] == members
    else:
        assert refused(monitor.put_contact_group, contact_group_name=group, contact_names=members) == (
            400,
            "InvalidParameterValue",
        )
        assert group not in [found["Name"] for found in monitor.groups()]


@pytest.mark.parametrize("suffix", [" and+plus", "_.-9", "组", "é"])
def test_names_of_many_kinds(monitor, name, suffix):
    group = name("g") + suffix
    monitor.put_contact_group(contact_group_name=group)
    assert monitor.group(group)["Name"] == group
    monitor.delete_contact_group(contact_group_name=group)


@pytest.mark.parametrize("form", ["F1", "F2", "F3", "F4", "F5", "F6", "F7"])
def test_every_form_of_request_makes_the_same_group(muster, name, form):
    group = name("考勤 a+b")
    fields = {"ContactGroupName": group, "Describe": "告警 *~&=", "ContactNames.1": "张三", "ContactNames.2": "a b"}
    made = Signed(muster, form, "PutContactGroup", fields, version="2019-01-01").send()
    assert (made.status, made.json["Code"], made.json["Success"]) == (200, "200", True)
    found = CloudMonitor(muster).group(group)
    assert (found["Describe"], found["Contacts"]["Contact"]) == ("告警 *~&=", ["张三", "a b"])


def test_an_answer_in_xml(muster, name):
    contact = name()
    CloudMonitor(muster).put_contact(contact_name=contact, describe="<d>", channels=channels(ali_im="x"))
    fields = {"ContactName": contact}
    request = Signed(muster, "F4", "DescribeContactList", fields, version="2019-01-01", extra={"Format": None})
    root = request.send().xml
    assert (root.tag, root.findtext("Code"), root.findtext("Success")) == ("DescribeContactListResponse", "200", "true")
    [found] = root.findall("Contacts/Contact")
    assert (found.findtext("Name"), found.findtext("Desc"), found.findtext("ChannelsState/AliIM")) == (contact, "<d>", "OK")


@pytest.mark.parametrize("bad", ["a,b", 'a"b', "a<b", "a>b", "a\\b", "a/b", "a\nb", " a", "名" * 65])
def test_a_bad_group_name_is_refused(monitor, bad):
    assert refused(monitor.put_contact_group, contact_group_name=bad) == (400, "InvalidParameterValue")


def test_members_that_are_no_contacts_wait_for_one(monitor, name):
    group, early, late = name(), name("early"), name("late")
    monitor.put_contact(contact_name=early, describe="", channels=channels(ali_im="x"))
    monitor.put_contact_group(contact_group_name=group, contact_names=[late, early])
    held = lambda: [contact.name for contact in monitor.describe_contact_list_by_contact_group(contact_group_name=group).contacts.contact]
    assert held() == [early]
    monitor.put_contact(contact_name=late, describe="", channels=channels(ali_im="x"))
    assert held() == [late, early]
    assert monitor.contact(late)["ContactGroups"] == {"ContactGroup": [group]}
    monitor.delete_contact(contact_name=late)
    assert monitor.group(group)["Contacts"]["Contact"] == [early]


def test_what_is_missing_is_not_found(monitor, name):
    missing = name("missing")
    assert refused(monitor.delete_contact, contact_name=missing) == (404, "ContactNotExists")
    assert refused(monitor.delete_contact_group, contact_group_name=missing) == (404, "ContactNotExists")
    assert refused(monitor.describe_contact_list_by_contact_group, contact_group_name=missing) == (
        404,
        "ContactGroupNotExists",
    )
    assert monitor.describe_contact_list(contact_name=missing).total == 0


def test_a_deleted_group_leaves_its_contacts(monitor, name):
    group, contact = name(), name()
    monitor.put_contact(contact_name=contact, describe="", channels=channels(ali_im="x"))
    monitor.put_contact_group(contact_group_name=group, contact_names=[contact])
    monitor.delete_contact_group(contact_group_name=group)
    assert monitor.contact(contact)["ContactGroups"] == {"ContactGroup": []}
    assert refused(monitor.delete_contact_group, contact_group_name=group) == (404, "ContactNotExists")


@pytest.mark.parametrize("operation", ["DescribeContactList", "DescribeContactGroupList"])
@pytest.mark.parametrize("page", [{"PageNumber": 0}, {"PageNumber": -1}, {"PageSize": 0}, {"PageSize": -5}, {"PageSize": "x"}])
def test_pages_are_counted_from_one(monitor, operation, page):
    assert refused(monitor.raw, operation, **page) == (400, "InvalidParameterValue")


def test_pages_hold_every_group_while_others_are_made(start_muster):
    monitor = CloudMonitor(start_muster())
    names = [f"g{number:03}" for number in range(250)]
    for group in names:
        monitor.put_contact_group(contact_group_name=group)
    for size in (20, 100, 250):
        listed = [group["Name"] for group in monitor.groups(size)]
        assert sorted(listed) == names and len(set(listed)) == 250
    past = monitor.raw("DescribeContactGroupList", PageNumber=99, PageSize=20)
    assert (past["Total"], past["ContactGroups"]) == (250, {"ContactGroup": []})
    stop = threading.Event()

    def insert():
        number = 0
        while not stop.is_set():
            monitor.put_contact_group(contact_group_name=f"later{number}")
            number += 1

    inserting = threading.Thread(target=insert)
    inserting.start()
    try:
        for size in (20, 100):
            listed = {group["Name"] for group in monitor.groups(size)}
            assert listed >= set(names), "a row may move to a later page, but none is passed over"
    finally:
        stop.set()
        inserting.join()


def test_many_puts_of_one_name_make_one_group(monitor, name):
    group = name()
    failures = []

    def put(number):
        try:
            monitor.put_contact_group(contact_group_name=group, describe=str(number))
        except Refused as refusal:
            failures.append(refusal)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [found["Name"] for found in monitor.groups()].count(group) == 1


def test_answers_have_the_shapes_that_terraform_reads(monitor, name):
    contact, group = name(), name()
    monitor.put_contact(contact_name=contact, describe="d", channels=channels(ali_im="x"))
    monitor.put_contact_group(contact_group_name=group)
    for answer in (
        monitor.raw("DescribeContactList", ContactName=contact),
        monitor.raw("DescribeContactGroupList", PageNumber=1, PageSize=20),
        monitor.raw("DescribeContactListByContactGroup", ContactGroupName=group),
        monitor.raw("PutContactGroup", ContactGroupName=group, EnableSubscribed="true"),
        monitor.raw("DeleteContactGroup", ContactGroupName=group),
        monitor.raw("DeleteContact", ContactName=contact),
    ):
        assert (answer["Code"], answer["Success"]) == ("200", True)
        assert isinstance(answer["Message"], str) and answer["RequestId"]
    answer = monitor.raw("DescribeContactList", ContactName=contact)
    assert answer["Contacts"] == {"Contact": []} and answer["Total"] == 0


def test_terraform_reads_what_it_has_just_written(monitor, name):
    """Create, read, change one attribute, read, destroy: the provider's calls for a contact and a group, in its order."""
    contact, group = name(), name()
    monitor.raw("PutContact", ContactName=contact, Describe="d", **{"Channels.AliIM": "x", "Channels.DingWebHook": "http://127.0.0.1:9/"})
    assert monitor.contact(contact)["Channels"]["AliIM"] == "x"
    monitor.raw("PutContact", ContactName=contact, Describe="changed", **{"Channels.AliIM": "x", "Channels.DingWebHook": "http://127.0.0.1:9/"})
    assert monitor.contact(contact)["Desc"] == "changed"
    monitor.raw("PutContactGroup", ContactGroupName=group, Describe="d", EnableSubscribed="true", **{"ContactNames.1": contact})
    monitor.raw("PutContactGroup", ContactGroupName=group, Describe="changed")
    found = monitor.group(group)
    assert (found["Describe"], found["EnableSubscribed"], found["Contacts"]["Contact"]) == ("changed", True, [contact])
    monitor.raw("DeleteContactGroup", ContactGroupName=group)
    monitor.raw("DeleteContact", ContactName=contact)


def test_a_user_may_do_what_policies_allow(muster, name):
    """Only Describe is allowed; a Deny wins over an Allow of everything."""
    user, reader, denier, group = name("user"), name("reader"), name("denier"), name()
    muster.cli("user", "create", user, "--no-password")
    key = muster.cli_json("access-key", "create", "--user", user)
    key = Key(key["id"], key["secret"])
    own = CloudMonitor(muster)
    own.put_contact_group(contact_group_name=group)

    def put(policy, *statements):
        muster.cli("policy", "put", policy, "-", stdin=json.dumps({"Version": "1", "Statement": statements}))
        muster.cli("policy", "attach", policy, "--user", user)

    def forbidden(call, *args, **fields):
        # Keys and policies may be a second stale.
        return eventually(lambda: refusal(call, *args, **fields) == (403, "InvalidAuthorization"), "the refusal")

    def refusal(call, *args, **fields):
        try:
            call(*args, **fields)
        except Refused as error:
            return error.status, error.code
        return None

    for signature in ("v1", "v3"):
        forbidden(CloudMonitor(muster, signature, key).describe_contact_list)
    put(reader, {"Effect": "Allow", "Action": "cms:Describe*", "Resource": "*"})
    theirs = CloudMonitor(muster, "v3", key)
    eventually(lambda: refusal(theirs.describe_contact_list) is None, "the permission to describe")
    for call, fields in (
        (theirs.put_contact, {"contact_name": "a", "describe": "", "channels": channels(ali_im="x")}),
        (theirs.put_contact_group, {"contact_group_name": group, "describe": "changed"}),
        (theirs.delete_contact_group, {"contact_group_name": group}),
        (theirs.delete_contact, {"contact_name": "a"}),
    ):
        assert refusal(call, **fields) == (403, "InvalidAuthorization")
    assert own.group(group)["Describe"] == ""
    put(
        denier,
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "cms:DeleteContactGroup", "Resource": "*"},
    )
    eventually(lambda: refusal(theirs.put_contact_group, contact_group_name=group, describe="theirs") is None, "everything")
    assert refusal(theirs.delete_contact_group, contact_group_name=group) == (403, "InvalidAuthorization")
    assert own.group(group)["Describe"] == "theirs"


def test_accounts_do_not_see_each_other(muster, name):
    account, group, contact = name("tenant"), name(), name()
    muster.cli("account", "create", account)
    key = muster.cli_json("access-key", "create", "--account", account)
    ours, theirs = CloudMonitor(muster), CloudMonitor(muster, "v3", Key(key["id"], key["secret"]))
    for monitor in (ours, theirs):
        monitor.put_contact(contact_name=contact, describe="", channels=channels(ali_im="x"))
        monitor.put_contact_group(contact_group_name=group, contact_names=[contact])
    ours.delete_contact(contact_name=contact)
    ours.delete_contact_group(contact_group_name=group)
    assert [found["Name"] for found in theirs.groups()] == [group]
    assert theirs.group(group)["Contacts"]["Contact"] == [contact]
    assert theirs.contact(contact)["ContactGroups"] == {"ContactGroup": [group]}
    foreign = refused(ours.describe_contact_list_by_contact_group, contact_group_name=group)
    missing = refused(ours.describe_contact_list_by_contact_group, contact_group_name=name())
    assert foreign == missing == (404, "ContactGroupNotExists")


def test_what_is_not_served_is_refused(monitor):
    status, code = refused(monitor.raw, "DescribeSiteMonitorQuota")
    assert status in (400, 404) and code
    status, code = refused(monitor.raw, "NoSuchOperation")
    assert (status, code) == (404, "InvalidAction.NotFound")
