"""The platform under all of Alibaba's products: forms, signatures, freshness, replay, envelopes, STS, and the questions
that Terraform asks before it does anything. Requests are signed by hand where no installed client sends such."""

import http.client
import json
import urllib.parse

import pytest
from alibaba import Answer, Key, Refused, SchedulerX, Signed, send, sts

FORMS = ["F1", "F2", "F3", "F4", "F5", "F6", "F7"]


def namespaces(muster, name):
    """How many namespaces have this name."""
    return len(SchedulerX(muster).list_namespaces(namespace_name=name).data.namespaces)


def new(name):
    return {"Name": name, "RegionId": "cn-hangzhou", "Description": "a+b*c~d é"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_means_the_same(muster, name, form):
    uid, title = name("uid"), name("考勤 ")
    made = Signed(muster, form, "CreateNamespace", new(title) | {"Uid": uid}).send()
    assert (made.status, made.json["Code"], made.json["Success"]) == (200, 200, True)
    assert made.headers["Content-Type"] == "application/json;charset=utf-8"
    assert made.json["RequestId"] == made.headers["x-acs-request-id"] == made.json["RequestId"].upper()
    listed = Signed(muster, form, "ListNamespaces", {"Namespace": uid, "RegionId": "cn-hangzhou"}).send().json
    assert listed["Data"] == {"Namespaces": [{"UId": uid, "Name": title, "Description": "a+b*c~d é"}]}


@pytest.mark.parametrize("form", FORMS)
def test_a_request_counts_once(muster, name, form):
    title = name()
    request = Signed(muster, form, "CreateNamespace", new(title))
    assert request.send().status == 200
    assert request.send().refusal == (400, "SignatureNonceUsed")
    read = Signed(muster, form, "ListNamespaces", {"RegionId": "r"})
    assert read.send().status == 200
    assert read.send().refusal == (400, "SignatureNonceUsed")
    assert namespaces(muster, title) == 1


def test_a_change_counts_once_over_a_restart(start_muster, name):
    server = start_muster()
    title = name()
    request = Signed(server, "F4", "CreateNamespace", new(title))
    assert request.send().status == 200
    server.kill()
    server.start()
    assert request.send().refusal == (400, "SignatureNonceUsed")
    assert namespaces(server, title) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_request_is_refused(muster, name, form):
    title = name()
    request = Signed(muster, form, "CreateNamespace", new(title))
    (request.query if "Description" in request.query else request.body)["Description"] = "a+b*c~d e"
    assert request.send().refusal == (400, "SignatureDoesNotMatch")
    assert namespaces(muster, title) == 0


@pytest.mark.parametrize("form", ["F1", "F4"])
def test_spelling_on_the_wire_does_not_matter(muster, name, form):
    request = Signed(muster, form, "CreateNamespace", new(name("a b~")))
    query = urllib.parse.urlencode(dict(reversed(request.query.items()))).replace("+", "%20").replace("~", "%7E")
    assert send(muster, request.method, query, request.headers).status == 200


def test_headers_that_must_be_signed(muster, name):
    title = name()
    request = Signed(muster, "F1", "ListNamespaces", new(title))
    request.headers["x-acs-action"] = "CreateNamespace"
    assert request.send().refusal == (400, "SignatureDoesNotMatch")
    for dropped in ("host;", "x-acs-action;", ";x-acs-version"):
        request = Signed(muster, "F1", "CreateNamespace", new(title))
        request.headers["authorization"] = request.headers["authorization"].replace(dropped, "")
        assert request.send().refusal == (400, "IncompleteSignature")
    assert namespaces(muster, title) == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("minutes, fresh", [(-14, True), (14, True), (-16, False), (16, False)])
def test_a_request_is_fresh_for_a_quarter_of_an_hour(muster, form, minutes, fresh):
    answer = Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, time_offset=minutes * 60).send()
    if fresh:
        assert answer.status == 200
    else:
        assert answer.refusal == (400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize(
    "form, extra, refusal",
    [
        ("F4", {"AccessKeyId": None}, (400, "MissingAccessKeyId")),
        ("F4", {"SignatureNonce": None}, (400, "MissingSignatureNonce")),
        ("F4", {"SignatureNonce": ""}, (400, "MissingSignatureNonce")),
        ("F4", {"Timestamp": None}, (400, "MissingTimestamp")),
        ("F4", {"Timestamp": "2026-01-15 08:30:00"}, (400, "InvalidTimeStamp.Format")),
        ("F4", {"SignatureMethod": "HMAC-SHA256"}, (400, "InvalidParameter")),
        ("F4", {"SignatureType": "BEARERTOKEN"}, (400, "InvalidParameter")),
        ("F5", {"Action": None}, (400, "MissingAction")),
        ("F6", {"Action": "NoSuchThing"}, (404, "InvalidAction.NotFound")),
        ("F6", {"Action": "listnamespaces"}, (404, "InvalidAction.NotFound")),
        ("F6", {"Version": None}, (400, "MissingVersion")),
        ("F6", {"Version": "2018-03-08"}, (400, "InvalidVersion")),
        ("F1", {"x-acs-date": "yesterday"}, (400, "InvalidTimeStamp.Format")),
        ("F1", {"x-acs-version": "2024-03-30"}, (400, "InvalidVersion")),
    ],
)
def test_what_is_missing_or_wrong_is_named(muster, form, extra, refusal):
    assert Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, extra=extra).send().refusal == refusal


@pytest.mark.parametrize("header, code", [("x-acs-action", "MissingAction"), ("x-acs-version", "MissingVersion")])
def test_a_request_that_does_not_say_what_it_wants(muster, header, code):
    request = Signed(muster, "F1", "ListNamespaces", {"RegionId": "r"})
    del request.headers[header]
    assert request.send().refusal == (400, code)


def test_unknown_keys_and_wrong_secrets(muster):
    own = Key.of(muster)
    for form in FORMS:
        nobody = Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, key=Key("NOBODY", "x"))
        assert nobody.send().refusal == (404, "InvalidAccessKeyId.NotFound")
        wrong = Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, key=Key(own.id, "wrong")).send()
        assert wrong.refusal == (400, "SignatureDoesNotMatch")
        assert "server string to sign is:" in wrong.json["Message"]
        assert own.secret.encode() not in wrong.body
    with pytest.raises(Refused) as caught:
        SchedulerX(muster, key=Key(own.id, "wrong")).list_namespaces()
    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_disabled_key_is_refused(muster):
    made = muster.cli_json("access-key", "create")
    key = Key(made["id"], made["secret"])
    assert Signed(muster, "F4", "ListNamespaces", {"RegionId": "r"}, key=key).send().status == 200
    muster.cli("access-key", "disable", key.id)
    answer = Signed(muster, "F4", "ListNamespaces", {"RegionId": "r"}, key=key).send()
    assert answer.refusal == (400, "InvalidAccessKeyId.Inactive")


@pytest.mark.parametrize(
    "method, query, headers, body, path",
    [
        ("GET", "Action=A&Version=2019-04-30&Format=JSON&X=%ff", {}, b"", "/"),
        ("GET", "Action=A&Version=2019-04-30&Format=JSON&X=%00", {}, b"", "/"),
        ("POST", "Action=A&Version=2019-04-30&Format=JSON", {"Content-Type": "application/octet-stream"}, b"\xff\x00", "/"),
        ("POST", "Action=A&Version=2019-04-30&Format=JSON", {"Content-Type": "application/json"}, b"[" * 5000, "/"),
        ("POST", "Action=A&Version=2019-04-30&Format=JSON&X=1", {"Content-Type": "application/x-www-form-urlencoded"}, b"X=2", "/"),
        ("DELETE", "Action=A&Version=2019-04-30&Format=JSON", {}, b"", "/"),
        ("GET", "Action=A&Version=2019-04-30&Format=JSON", {}, b"", "/garbage"),
        ("GET", "Action=A&Version=2019-04-30&Format=JSON", {"Authorization": "ACS3-HMAC-SHA256 nonsense"}, b"", "/"),
        ("GET", "Action=ListNamespaces&Version=2019-04-30&Format=JSON", {"Authorization": "ACS3-"}, b"", "/"),
        ("POST", "Action=A&Version=2019-04-30&Format=JSON", {"x-acs-action": "B"}, b"", "/"),
    ],
)
def test_whatever_comes_the_platforms_envelope_answers(muster, method, query, headers, body, path):
    status, code = send(muster, method, query, headers, body, path).refusal
    assert 400 <= status < 500 and code


def test_a_body_over_the_limit(muster):
    # Announced, not sent: the server answers from the head, and a client that goes on sending may miss the answer.
    connection = http.client.HTTPConnection(muster.host, timeout=30)
    connection.putrequest("POST", "/")
    for name, value in (
        ("x-acs-action", "ListNamespaces"),
        ("x-acs-version", "2019-04-30"),
        ("Accept", "application/json"),
        ("Content-Length", 1 << 30),
    ):
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert Answer(answer.status, answer.headers, answer.read()).refusal == (413, "RequestEntityTooLarge")
    connection.close()


@pytest.mark.parametrize("form, size", [("F1", 60_000), ("F4", 60_000), ("F3", 2_000_000), ("F5", 2_000_000)])
def test_long_requests(muster, name, form, size):
    # Whole metric batches travel in the query string of the current SDKs.
    title = name()
    assert Signed(muster, form, "CreateNamespace", new(title) | {"Ignored": "x" * size}).send().status == 200
    assert namespaces(muster, title) == 1


def test_xml(muster, name):
    uid = name("uid")
    assert Signed(muster, "F1", "CreateNamespace", new("<&> 李") | {"Uid": uid}).send().status == 200
    query = {"Namespace": uid, "RegionId": "r"}
    answer = Signed(muster, "F6", "ListNamespaces", query, extra={"Format": "xml"}).send()
    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert answer.xml.tag == "ListNamespacesResponse"
    assert answer.xml.findtext("Data/Namespaces/Name") == "<&> 李"
    assert answer.xml.findtext("RequestId") == answer.headers["x-acs-request-id"]
    # Version 1 without a format: the platform's old default.
    assert Signed(muster, "F6", "ListNamespaces", query, extra={"Format": None}).send().xml.tag == "ListNamespacesResponse"
    wrong = Signed(muster, "F6", "Nothing", {}, extra={"Format": "XML"}).send()
    assert (wrong.status, wrong.xml.tag, wrong.xml.findtext("Code")) == (404, "Error", "InvalidAction.NotFound")
    assert wrong.xml.findtext("HostId") == muster.host


def test_who_am_i(muster, name):
    account = muster.credentials["account_id"]
    for signature in ("v1", "v3"):
        answer = sts(muster, signature).get_caller_identity()
        assert (answer.identity_type, answer.account_id) == ("Account", account)
        assert answer.arn == f"acs:ram::{account}:root"
    user = name("user")
    made = muster.cli_json("user", "create", user, "--no-password")
    key = muster.cli_json("access-key", "create", "--user", user)
    answer = sts(muster, key=Key(key["id"], key["secret"])).get_caller_identity()
    assert (answer.identity_type, answer.user_id) == ("RAMUser", made["number"])
    assert answer.arn == f"acs:ram::{account}:user/{user}"


@pytest.fixture
def role(muster, name, tmp_path):
    """A role that the account trusts and that may do everything in SchedulerX."""
    title = name("role")
    account = muster.credentials["account_id"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
    allow = {"Effect": "Allow", "Action": "edas:*", "Resource": "*"}
    for kind, statement in (("trust", trust), ("policy", allow)):
        document = {"Version": "1", "Statement": [statement]}
        (tmp_path / kind).write_text(json.dumps(document))
    made = muster.cli_json("role", "create", title, str(tmp_path / "trust"))
    muster.cli("policy", "put", title, str(tmp_path / "policy"))
    muster.cli("policy", "attach", title, "--role", title)
    return made["arn"]


def assume(muster, role, **fields):
    keys = sts(muster).assume_role(role_arn=role, role_session_name="session-1", **fields).credentials
    assert keys.access_key_id.startswith("STS.") and keys.expiration.endswith("Z")
    return Key(keys.access_key_id, keys.access_key_secret, keys.security_token)


def test_keys_of_a_role(muster, role, name):
    key = assume(muster, role)
    for signature in ("v1", "v3", "sm3"):
        assert SchedulerX(muster, signature, key).create_namespace(name=name()).success
        identity = sts(muster, signature, key).get_caller_identity()
        assert identity.identity_type == "AssumedRoleUser"
        assert identity.arn == role.replace("acs:ram", "acs:sts").replace("role/", "assumed-role/") + "/session-1"
    for form in FORMS:
        assert Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, key=key).send().status == 200
        bare = Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, key=Key(key.id, key.secret))
        assert bare.send().refusal == (400, "MissingSecurityToken")
        foreign = Signed(muster, form, "ListNamespaces", {"RegionId": "r"}, key=Key(key.id, key.secret, "x+/="))
        assert foreign.send().refusal == (400, "InvalidSecurityToken.MismatchWithAccessKey")


def test_a_session_policy_narrows(muster, role, name):
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "edas:List*", "Resource": "*"}]}
    key = assume(muster, role, policy=json.dumps(policy), duration_seconds=900)
    client = SchedulerX(muster, key=key)
    assert client.list_namespaces().success
    with pytest.raises(Refused) as caught:
        client.create_namespace(name=name())
    assert (caught.value.status, caught.value.code) == (403, "NoPermission")


@pytest.mark.parametrize(
    "fields, refusal",
    [
        ({"role_arn": "x"}, (400, "InvalidParameter.RoleArn")),
        ({"duration_seconds": 899}, (400, "InvalidParameter.DurationSeconds")),
        ({"duration_seconds": 3601}, (400, "InvalidParameter.DurationSeconds")),
        ({"role_session_name": "!"}, (400, "InvalidParameter.RoleSessionName")),
        ({"policy": "{"}, (400, "InvalidParameter.PolicyGrammar")),
    ],
)
def test_what_assuming_refuses(muster, role, fields, refusal):
    with pytest.raises(Refused) as caught:
        sts(muster).assume_role(**({"role_arn": role, "role_session_name": "session"} | fields))
    assert (caught.value.status, caught.value.code) == refusal


def test_roles_that_do_not_exist(muster, role):
    refusals = []
    for arn in (role + "-none", "acs:ram::9999999999999999:role/x"):
        with pytest.raises(Refused) as caught:
            sts(muster).assume_role(role_arn=arn, role_session_name="session")
        refusals.append((caught.value.status, caught.value.code))
    assert refusals == [(404, "EntityNotExist.Role"), (403, "NoPermission")]


def test_what_terraform_asks_at_its_start(muster):
    bought = {"PageNum": 1, "PageSize": 50, "ProductCode": "vipcloudfw", "SubscriptionType": "Subscription"}
    answer = Signed(muster, "F5", "QueryAvailableInstances", bought, version="2017-12-14").send().json
    assert (answer["Code"], answer["Success"], answer["Data"]["InstanceList"]) == ("Success", True, [])
    where = {"ServiceCode": "cms", "Id": "cn-hangzhou", "Type": "openAPI"}
    answer = Signed(muster, "F6", "DescribeEndpoints", where, version="2015-06-12").send().json
    (endpoint,) = answer["Endpoints"]["Endpoint"]
    assert (endpoint["Endpoint"], endpoint["SerivceCode"], endpoint["Id"]) == (muster.host, "cms", "cn-hangzhou")
    anonymous = send(muster, "GET", "Action=DescribeEndpoints&Version=2015-06-12&Format=JSON&ServiceCode=cms&Id=x")
    assert anonymous.refusal == (400, "MissingAccessKeyId")


def test_every_request_id_is_its_own(muster):
    ids = {Signed(muster, "F1", "ListNamespaces", {"RegionId": "r"}).send().json["RequestId"] for _ in range(20)}
    assert len(ids) == 20
