"""Signatures, tokens, projects and start-up calls of Huawei's clients, and what a gateway must refuse."""

import datetime
import re

import pytest
from huaweicloudsdkces.v2 import CesClient, ListResourceGroupsRequest
from huaweicloudsdkces.v2 import model as ces
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.signer.algorithm import SigningAlgorithm
from huaweicloudsdkcore.signer.signer import DerivationAKSKSigner, P256SHA256Signer, Signer, SM3Signer
from huaweicloudsdkiam.v3 import (
    IamClient,
    KeystoneCreateUserTokenByPasswordRequest,
    KeystoneListAuthDomainsRequest,
    KeystoneListAuthProjectsRequest,
    KeystoneListProjectsRequest,
)
from huaweicloudsdkiam.v3 import model as iam

from conftest import unique
from huawei import Plain, basic, ces_v2, global_credentials, refused

GROUPS = "/v2/{project}/resource-groups"
SIX_DECIMALS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def plain(muster):
    return Plain(muster)


def refusal(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (status, code), body
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body["error_msg"]


# Start-up


def test_a_client_without_a_project_looks_it_up_by_its_region(muster):
    own = muster.credentials
    credentials = BasicCredentials(own["access_key_id"], own["access_key_secret"]).with_iam_endpoint(muster.http)
    region = Region(own["region"], muster.http)
    client = CesClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert client.list_resource_groups(ListResourceGroupsRequest(limit=1)).status_code == 200
    assert credentials.project_id == own["project_id"]


def test_a_global_client_looks_up_its_domain(muster):
    credentials = global_credentials(muster)
    region = Region(muster.credentials["region"], muster.http)
    client = IamClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert client.keystone_list_auth_domains(KeystoneListAuthDomainsRequest()).domains[0].id == muster.credentials["domain_id"]
    assert credentials.domain_id == muster.credentials["domain_id"]


@pytest.fixture
def iam_client(muster):
    credentials = global_credentials(muster, muster.credentials["domain_id"])
    return IamClient.new_builder().with_credentials(credentials).with_endpoint(muster.http).build()


def test_projects_are_filtered(muster, iam_client):
    own = muster.credentials
    projects = iam_client.keystone_list_projects(KeystoneListProjectsRequest(name=own["project_name"])).projects
    assert [(p.id, p.name, p.domain_id, p.enabled, p.is_domain) for p in projects] == [
        (own["project_id"], own["region"], own["domain_id"], True, False)
    ]
    assert iam_client.keystone_list_projects(KeystoneListProjectsRequest(name="nowhere")).projects == []
    assert iam_client.keystone_list_projects(KeystoneListProjectsRequest(domain_id="0" * 32)).projects == []
    assert own["project_id"] in [
        p.id for p in iam_client.keystone_list_auth_projects(KeystoneListAuthProjectsRequest()).projects
    ]


def test_pages_of_projects_end(plain):
    first = plain("GET", "/v3/projects", query=[("per_page", "1"), ("page", "1")]).json()
    assert len(first["projects"]) == 1 and first["links"]["next"] is None
    assert plain("GET", "/v3/projects", query=[("per_page", "1"), ("page", "1000")]).json()["projects"] == []
    assert plain("GET", "/v3/projects", query=[("page", "0")]).status_code == 400


def test_version_lists_need_no_credentials(plain):
    identity = plain.anonymous("GET", "/").json()["versions"]["values"][0]
    assert identity["id"].startswith("v3") and identity["status"] == "stable"
    assert identity["links"][0]["href"].endswith("/v3/")
    for version in ("V1.0", "v2"):
        versions = plain.anonymous("GET", f"/{version}").json()["versions"]
        assert [v["id"] for v in versions] == [version]
    assert plain("GET", "/v2/products/service-types", query=[("limit", "1")]).status_code == 200
    assert plain("GET", "/v5/caller-identity").json()["account_id"] == plain.muster.credentials["domain_id"]


# Signatures


@pytest.mark.parametrize(
    "algorithm",
    [SigningAlgorithm.HMAC_SHA256, SigningAlgorithm.HMAC_SM3, SigningAlgorithm.ECDSA_P256_SHA256],
    ids=lambda algorithm: algorithm.name,
)
def test_the_official_client_may_sign_as_it_likes(muster, algorithm):
    config = HttpConfig.get_default_config()
    config.signing_algorithm = algorithm
    client = (
        CesClient.new_builder().with_http_config(config).with_credentials(basic(muster)).with_endpoint(muster.http).build()
    )
    assert client.list_resource_groups(ListResourceGroupsRequest(group_name="生 产+%/~", limit=1)).count == 0


@pytest.mark.parametrize("signer", [Signer, SM3Signer, P256SHA256Signer])
def test_bodies_are_signed_as_sent(plain, name, signer):
    title = name()
    body = ('{"group_name" :  "' + title + '"}\r\n').encode()
    assert plain("POST", GROUPS, body, signer=signer).status_code == 200


def test_a_derived_key_signs_too(plain):
    class Derived(DerivationAKSKSigner):
        def sign(self, request):
            return super().sign(request, "ces", "cn-north-4")

    assert plain("GET", GROUPS, signer=Derived).status_code == 200


def test_what_was_signed_must_arrive(plain, name):
    def header(key, value):
        return lambda request: request.header_params.__setitem__(key, value)

    def authorization(old, new):
        def change(request):
            value = request.header_params["Authorization"]
            assert old in value
            request.header_params["Authorization"] = value.replace(old, new, 1)

        return change

    def body(request):
        request.body = request.body.replace(b"before", b"beford")

    sent = {"group_name": name("before")}
    for what, tamper in {
        "body": body,
        "a signed header": header("Content-Type", "application/json; charset=utf8"),
        "the date": header("X-Sdk-Date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M00Z")),
        "no date": lambda request: request.header_params.pop("X-Sdk-Date"),
        "a header that is not there": authorization("SignedHeaders=", "SignedHeaders=x-absent;"),
        "the key": authorization("Access=", "Access=X"),
        "the algorithm": authorization("SDK-HMAC-SHA256", "SDK-HMAC-SHA1"),
        "a part missing": authorization(", Signature=", ", Signatur="),
        "upper case": lambda request: request.header_params.__setitem__(
            "Authorization", re.sub("[0-9a-f]{64}$", lambda m: m[0].upper(), request.header_params["Authorization"])
        ),
        "no signature at all": header("Authorization", ""),
        "a foreign scheme": header("Authorization", "Basic YWRtaW46YWRtaW4="),
        "unsigned payload": header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
    }.items():
        answer = plain("POST", GROUPS, sent, tamper=tamper)
        text = refusal(answer, 401, "APIGW.0301")
        assert text.startswith("Incorrect IAM authentication information: "), (what, text)
    assert plain("GET", GROUPS, query=[("group_name", sent["group_name"])]).json()["count"] == 0


def test_query_order_and_a_slash_do_not_matter(plain):
    def reorder(request):
        path, query = request.uri.split("?")
        request.uri = f"{path}/?" + "&".join(reversed(query.split("&")))

    query = [("limit", "1"), ("offset", "0"), ("type", "TAG")]
    assert plain("GET", GROUPS, query=query, tamper=reorder).status_code == 200

    def change(request):
        request.uri = request.uri.replace("limit=1", "limit=2")

    refusal(plain("GET", GROUPS, query=query, tamper=change), 401, "APIGW.0301")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_stale_signatures_are_refused(plain, minutes):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    answer = plain("GET", GROUPS, headers={"X-Sdk-Date": moment.strftime("%Y%m%dT%H%M%SZ")})
    assert "signature expired" in refusal(answer, 401, "APIGW.0301")


def test_unknown_key_and_wrong_secret_get_the_same_answer(muster):
    own = muster.credentials
    wrong = Plain(muster, key=(own["access_key_id"], "x" * 40))("GET", GROUPS)
    unknown = Plain(muster, key=("X" * 20, own["access_key_secret"]))("GET", GROUPS)
    assert refusal(wrong, 401, "APIGW.0301") == refusal(unknown, 401, "APIGW.0301")
    with refused(401, "APIGW.0301"):
        ces_v2(muster, key=("X" * 20, "y" * 40)).list_resource_groups(ListResourceGroupsRequest())


def test_a_signed_request_may_be_repeated(plain):
    kept = []
    assert plain("GET", GROUPS, tamper=kept.append).status_code == 200
    again = kept[0]
    assert plain.send("GET", again.uri, again.body, again.header_params).status_code == 200


# Projects, paths, types


def test_the_path_decides_in_which_project_a_call_acts(muster, plain):
    foreign = refusal(plain("GET", "/v2/" + "0" * 32 + "/resource-groups"), 403, "APIGW.0302")
    assert foreign == "The IAM user is not authorized to access the project " + "0" * 32 + "."
    refusal(plain("GET", GROUPS, headers={"X-Project-Id": "0" * 32}), 403, "APIGW.0302")
    refusal(plain("GET", GROUPS, unsigned={"X-Project-Id": "0" * 32}), 403, "APIGW.0302")
    answer = plain("GET", "/v3/projects", unsigned={"X-Domain-Id": "0" * 32})
    assert answer.status_code == 403 and answer.json()["error"]["title"] == "Forbidden"
    assert "project_id" in refusal(plain("GET", "/v2/%7Bproject_id%7D/resource-groups"), 400, "APIGW.0106")
    refusal(plain("GET", "/v2/" + "a" * 65 + "/resource-groups"), 400, "APIGW.0106")


def test_unknown_paths_and_methods(plain):
    for method, path in (
        ("GET", "/v2/{project}/no-such-thing"),
        ("GET", "/v2/{project}/Resource-Groups"),
        ("GET", "/v1.0/{project}/resource-groups"),
        ("POST", "/v2/{project}/alarms/nothing/here"),
        ("GET", "/v9/{project}/resource-groups"),
        ("GET", "/v2//resource-groups"),
        ("GET", "/v2/%FF/resource-groups"),
    ):
        for answer in (plain(method, path), plain.anonymous(method, path)):
            assert answer.status_code == 404, (path, answer.text)
            assert answer.json()["error_code"] == "APIGW.0101"
    for method in ("DELETE", "PATCH", "PUT"):
        refusal(plain(method, GROUPS), 405, "APIGW.0502")


def test_a_body_must_be_json_by_its_type(plain, name):
    body = {"group_name": name()}
    for kind in ("application/json;charset=utf8", "application/json;charset=UTF-8", "application/json"):
        assert plain("POST", GROUPS, body, headers={"Content-Type": kind}).status_code == 200
    refusal(plain("POST", GROUPS, body, headers={"Content-Type": "text/plain"}), 400, "APIGW.0106")
    # Nobody minds the type of nothing.
    assert plain("GET", GROUPS, headers={"Content-Type": "text/plain"}).status_code == 200


def test_large_bodies_are_refused_in_the_envelope(plain, name):
    fits = {"group_name": name(), "unknown": "x" * 1_000_000}
    assert plain("POST", GROUPS, fits).status_code == 200
    answer = plain("POST", GROUPS, {"group_name": name(), "unknown": "x" * 20_000_000})
    refusal(answer, 413, "APIGW.0201")


# Tokens


def token_request(muster, scope=None, **user):
    own = muster.credentials
    user = {"name": own["user"], "password": own["password"], "domain": {"name": own["account"]}} | user
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
    return {"auth": auth | ({"scope": scope} if scope else {})}


def test_the_official_client_gets_a_token(muster, iam_client):
    own = muster.credentials
    user = iam.PwdPasswordUser(
        name=own["user"], password=own["password"], domain=iam.PwdPasswordUserDomain(name=own["account"])
    )
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    scope = iam.AuthScope(project=iam.AuthScopeProject(name=own["project_name"]))
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
    answer = iam_client.keystone_create_user_token_by_password(KeystoneCreateUserTokenByPasswordRequest(body=body))
    assert answer.status_code == 201
    assert 1 <= len(answer.x_subject_token) <= 16384
    token = answer.token
    assert (token.user.name, token.user.domain.id, token.project.id) == (own["user"], own["domain_id"], own["project_id"])
    assert token.catalog and {service.name for service in token.catalog} >= {"iam", "ces"}


def test_a_token_opens_its_project(muster, plain):
    own = muster.credentials
    issued = plain.anonymous("POST", "/v3/auth/tokens", token_request(muster, {"project": {"id": own["project_id"]}}))
    assert issued.status_code == 201
    assert issued.headers["X-IAM-Trace-Id"] == issued.headers["X-Request-Id"]
    body = issued.json()["token"]
    assert SIX_DECIMALS.fullmatch(body["issued_at"]) and SIX_DECIMALS.fullmatch(body["expires_at"])
    lasts = datetime.datetime.fromisoformat(body["expires_at"]) - datetime.datetime.fromisoformat(body["issued_at"])
    assert lasts == datetime.timedelta(hours=24)
    assert body["roles"] == [{"id": "0", "name": "te_admin"}]
    token = issued.headers["X-Subject-Token"]
    with_token = {"X-Auth-Token": token}
    assert plain.anonymous("GET", GROUPS, headers=with_token).status_code == 200
    # A foreign scheme beside it is nobody's business, a signature that is wrong is.
    assert plain.anonymous("GET", GROUPS, headers=with_token | {"Authorization": "Bearer x"}).status_code == 200
    refusal(plain.anonymous("GET", GROUPS, headers=with_token | {"Authorization": "SDK-HMAC-SHA256 Access=x"}), 401, "APIGW.0301")
    shown = plain.anonymous("GET", "/v3/auth/tokens", headers=with_token | {"X-Subject-Token": token})
    assert shown.status_code == 200
    assert shown.json()["token"]["project"]["id"] == own["project_id"]
    assert plain.anonymous("GET", "/v3/auth/tokens", headers=with_token | {"X-Subject-Token": "x"}).status_code == 404
    # Another scope by the same token, and no longer than it.
    by_token = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": {"domain": {"name": own["account"]}}}}
    second = plain.anonymous("POST", "/v3/auth/tokens?nocatalog=true", by_token)
    assert second.status_code == 201
    assert second.json()["token"]["domain"] == {"id": own["domain_id"], "name": own["account"]}
    assert second.json()["token"]["expires_at"] == body["expires_at"]
    assert "catalog" not in second.json()["token"]
    with_second = {"X-Auth-Token": second.headers["X-Subject-Token"]}
    assert plain.anonymous("GET", GROUPS, headers=with_second).status_code == 200
    assert plain.anonymous("GET", "/v3/auth/domains", headers=with_second).status_code == 200


@pytest.mark.parametrize(
    "scope, status",
    [
        (None, 201),
        ({"project": {"name": "{region}"}}, 201),
        ({"project": {"name": "{region}", "domain": {"name": "{account}"}}}, 201),
        ({"project": {"name": "{region}", "domain": {"name": "somebody-else"}}}, 403),
        ({"project": {"name": "nowhere"}}, 404),
        ({"project": {"id": "0" * 32}}, 404),
        ({"domain": {"name": "{account}"}}, 201),
        ({"domain": {"id": "0" * 32}}, 403),
        ({"project": {}}, 400),
    ],
)
def test_scopes_of_tokens(muster, plain, scope, status):
    fill = lambda value: value.format(**muster.credentials) if isinstance(value, str) else {k: fill(v) for k, v in value.items()}
    answer = plain.anonymous("POST", "/v3/auth/tokens", token_request(muster, scope and fill(scope)))
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json()["error"]["code"] == status


def test_tokens_are_not_for_guessers(muster, plain):
    for user in ({"password": "wrong"}, {"name": "nobody"}, {"domain": {"name": "nowhere"}}):
        answer = plain.anonymous("POST", "/v3/auth/tokens", token_request(muster, **user))
        assert answer.status_code == 401
        assert answer.json() == {
            "error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
        }
    for body in (b"", b"{", b"[]", {"auth": {}}, {"auth": {"identity": {"methods": ["password"]}}}, {"auth": []}):
        answer = plain.anonymous("POST", "/v3/auth/tokens", body)
        assert (answer.status_code, answer.json()["error"]["title"]) == (400, "Bad Request"), answer.text
    for token in ("x", "x" * 16384, "é"):
        answer = plain.anonymous("GET", GROUPS, headers={"X-Auth-Token": token.encode()})
        refusal(answer, 401, "APIGW.0301")
    assert plain.anonymous("GET", "/v3/projects").json()["error"]["code"] == 401
    refusal(plain.anonymous("GET", GROUPS), 401, "APIGW.0301")


def test_a_token_buys_temporary_keys(muster, plain):
    token = plain.anonymous("POST", "/v3/auth/tokens", token_request(muster)).headers["X-Subject-Token"]
    path = "/v3.0/OS-CREDENTIAL/securitytokens"

    def ask(token, **more):
        return {"auth": {"identity": {"methods": ["token"], "token": {"id": token} | more}}}

    answer = plain.anonymous("POST", path, ask(token, duration_seconds=900))
    assert answer.status_code == 201, answer.text
    bought = answer.json()["credential"]
    lasts = datetime.datetime.fromisoformat(bought["expires_at"]) - datetime.datetime.now(datetime.timezone.utc)
    assert SIX_DECIMALS.fullmatch(bought["expires_at"]) and 800 < lasts.total_seconds() <= 900
    own = muster.credentials
    credentials = BasicCredentials(bought["access"], bought["secret"], own["project_id"])
    client = (
        CesClient.new_builder()
        .with_credentials(credentials.with_security_token(bought["securitytoken"]))
        .with_endpoint(muster.http)
        .build()
    )
    assert client.list_resource_groups(ListResourceGroupsRequest(limit=1)).status_code == 200
    key = Plain(muster, key=(bought["access"], bought["secret"]))
    # Terraform adds the token after it has signed.
    unsigned = {"X-Security-Token": bought["securitytoken"]}
    assert key("GET", GROUPS, unsigned=unsigned).status_code == 200
    refusal(key("GET", GROUPS), 401, "APIGW.0301")
    refusal(key("GET", GROUPS, unsigned={"X-Security-Token": "x"}), 401, "APIGW.0301")
    # The token may stand in the header instead; without any, nobody asks.
    in_header = {"auth": {"identity": {"methods": ["token"]}}}
    assert plain.anonymous("POST", path, in_header, headers={"X-Auth-Token": token}).status_code == 201
    refusal(plain.anonymous("POST", path, in_header), 401, "APIGW.0301")
    refusal(plain.anonymous("POST", path, ask("x")), 401, "APIGW.0301")
    for seconds in (899, 86401, -1):
        answer = plain.anonymous("POST", path, ask(token, duration_seconds=seconds))
        assert answer.status_code == 400, answer.text


def test_catalogues_name_the_public_address(start_muster):
    server = start_muster(args=["--public-url", "https://ops.example.com"])
    plain = Plain(server)
    scope = {"project": {"name": server.credentials["project_name"]}}
    catalog = plain.anonymous("POST", "/v3/auth/tokens", token_request(server, scope)).json()["token"]["catalog"]
    urls = {service["name"]: service["endpoints"][0]["url"] for service in catalog}
    assert urls["iam"] == "https://ops.example.com/v3"
    assert urls["ces"] == f"https://ops.example.com/V1.0/{server.credentials['project_id']}"


def test_guessing_is_slowed_down_with_words(start_muster):
    server = start_muster()
    plain = Plain(server)
    statuses = [
        plain.anonymous("POST", "/v3/auth/tokens", token_request(server, name="mallory", password=f"guess-{i}")).status_code
        for i in range(40)
    ]
    assert statuses[0] == 401 and statuses[-1] == 403, statuses
    # An access key is not locked by others' guesses.
    assert plain("GET", GROUPS).status_code == 200


# Terraform's order of calls


def test_terraform_starts_up(muster, plain):
    own = muster.credentials
    root = plain.anonymous("GET", "/", headers={"Accept": "application/json"})
    assert [v["id"] for v in root.json()["versions"]["values"]] == ["v3.6"]
    projects = plain.terraform("GET", "/v3/projects", query=[("name", own["region"])])
    assert projects.status_code == 200
    assert [p["id"] for p in projects.json()["projects"]] == [own["project_id"]]
    assert projects.json()["links"]["next"] is None
    domains = plain.terraform("GET", "/v3/auth/domains", query=[("name", own["account"])]).json()["domains"]
    assert [(d["id"], d["name"]) for d in domains] == [(own["domain_id"], own["account"])]
    users = plain.terraform("GET", "/v3/users", query=[("name", own["user"])]).json()["users"]
    assert [u["name"] for u in users] == [own["user"]]
    assert plain.terraform("GET", "/v2/products/service-types", query=[("limit", "1")]).status_code == 200


def test_terraform_manages_a_group(plain, name):
    def member(value):
        return {"namespace": "SYS.ECS", "dimensions": [{"name": "instance_id", "value": value}]}

    def total(group_id):
        return plain.terraform("GET", f"{GROUPS}/{group_id}").json()["resource_statistics"]["total"]

    title = name("tf_")
    made = plain.terraform("POST", GROUPS, {"group_name": title, "enterprise_project_id": "0"})
    assert made.status_code == 200
    group_id = made.json()["group_id"]
    for step, status, body in (
        ("resources/batch-create", 200, {"resources": [member("a"), member("b")]}),
        ("resources/batch-delete", 200, {"resources": [member("a"), member("b")]}),
        ("resources/batch-create", 200, {"resources": [member("c")]}),
    ):
        answer = plain.terraform("POST", f"{GROUPS}/{group_id}/{step}", body)
        assert (answer.status_code, answer.json()["succeed_count"]) == (status, len(body["resources"]))
    assert total(group_id) == 1
    updated = plain.terraform("PUT", f"{GROUPS}/{group_id}", {"group_name": title + "_u"})
    assert (updated.status_code, updated.content) == (204, b"")
    # The data sources: groups until an empty page, members without a limit and then by as many as came.
    listed = plain.terraform("GET", GROUPS, query=[("group_name", title), ("limit", "100"), ("offset", "0")]).json()
    assert [g["group_name"] for g in listed["resource_groups"]] == [title + "_u"]
    assert plain.terraform("GET", GROUPS, query=[("group_name", title), ("limit", "100"), ("offset", "100")]).json()["resource_groups"] == []
    services = f"{GROUPS}/{group_id}/services/SYS.ECS/resources"
    assert [r["dimensions"][0]["value"] for r in plain.terraform("GET", services).json()["resources"]] == ["c"]
    assert plain.terraform("GET", services, query=[("offset", "1"), ("limit", "1")]).json()["resources"] == []
    deleted = plain.terraform("POST", f"{GROUPS}/batch-delete", {"group_ids": [group_id]})
    assert (deleted.status_code, deleted.json()) == (200, {"group_ids": [group_id]})
    assert plain.terraform("GET", f"{GROUPS}/{group_id}").status_code == 404


def test_terraform_replaces_tags_and_projects(plain, name):
    title = name("tf_")
    tags = [{"key": "key", "value": "value"}, {"key": "foo", "value": "bar"}]
    group_id = plain.terraform("POST", GROUPS, {"group_name": title, "type": "TAG", "tags": tags}).json()["group_id"]
    read = lambda: plain.terraform("GET", f"{GROUPS}/{group_id}").json()
    assert [(t["key"], t["value"]) for t in read()["tags"]] == [("key", "value"), ("foo", "bar")]
    tags = [{"key": "key", "value": "value_update"}, {"key": "foo_update", "value": "bar_update"}]
    assert plain.terraform("PUT", f"{GROUPS}/{group_id}", {"group_name": title, "tags": tags}).status_code == 204
    group = read()
    assert [(t["key"], t["value"]) for t in group["tags"]] == [("key", "value_update"), ("foo_update", "bar_update")]
    assert (group["type"], group["group_name"], group["association_ep_ids"]) == ("TAG", title, [])
    eps = plain.terraform("POST", GROUPS, {"group_name": title, "type": "EPS", "association_ep_ids": ["0"]}).json()
    group = plain.terraform("GET", f"{GROUPS}/{eps['group_id']}").json()
    assert (group["type"], group["association_ep_ids"]) == ("EPS", ["0"])


EPS = "/v1.0/enterprise-projects"


def test_terraform_changes_the_owner_of_a_group(muster, plain, name):
    own = muster.credentials
    title = name("ep-")
    made = plain.terraform("POST", EPS, {"name": title, "description": "tests", "type": "poc"})
    assert made.status_code == 201
    project = made.json()["enterprise_project"]
    assert (project["name"], project["status"], project["type"]) == (title, 1, "poc")
    group_id = plain.terraform("POST", GROUPS, {"group_name": title}).json()["group_id"]
    move = {"project_id": own["project_id"], "region_id": own["region"], "resource_type": "CES-resourceGroup",
            "resource_id": group_id, "associated": False}  # fmt: skip
    moved = plain.terraform("POST", f"{EPS}/{project['id']}/resources-migrate", move)
    assert (moved.status_code, moved.content) == (204, b"")
    wanted = {"projects": [own["project_id"]], "resource_types": ["CES-resourceGroup"], "matches": [{"key": "resource_name", "value": title}]}
    found = plain.terraform("POST", f"{EPS}/{project['id']}/resources/filter", wanted).json()
    assert [r["resource_id"] for r in found["resources"]] == [group_id]
    assert (found["total_count"], found["errors"]) == (1, [])
    assert found["resources"][0]["enterprise_project_name"] == title
    assert plain.terraform("GET", f"{GROUPS}/{group_id}").json()["enterprise_project_id"] == project["id"]
    listed = plain.terraform("GET", GROUPS, query=[("enterprise_project_id", project["id"])]).json()
    assert [g["group_id"] for g in listed["resource_groups"]] == [group_id]
    # Everywhere, nowhere else, and of no other type.
    everywhere = plain.terraform("POST", f"{EPS}/all/resources/filter", wanted).json()
    assert everywhere["total_count"] == 1
    assert plain.terraform("POST", f"{EPS}/0/resources/filter", wanted).json()["total_count"] == 0
    other = wanted | {"resource_types": ["ecs"]}
    assert plain.terraform("POST", f"{EPS}/{project['id']}/resources/filter", other).json()["total_count"] == 0
    # A disabled project takes nothing.
    assert plain.terraform("POST", f"{EPS}/0/resources-migrate", move).status_code == 204
    assert plain.terraform("POST", f"{EPS}/{project['id']}/action", {"action": "disable"}).status_code == 204
    refused = plain.terraform("POST", f"{EPS}/{project['id']}/resources-migrate", move)
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (400, "EPS.0004")
    assert plain.terraform("GET", f"{GROUPS}/{group_id}").json()["enterprise_project_id"] == "0"


def test_enterprise_projects_are_listed_and_changed(plain, name):
    first = plain("GET", EPS, query=[("limit", "1")]).json()
    assert (first["enterprise_projects"][0]["id"], first["enterprise_projects"][0]["name"]) == ("0", "default")
    title = name("ep-")
    project = plain("POST", EPS, {"name": title}).json()["enterprise_project"]
    assert plain("POST", EPS, {"name": title}).status_code == 400
    found = plain("GET", EPS, query=[("name", title)]).json()
    assert (found["total_count"], found["enterprise_projects"]) == (1, [project])
    changed = plain("PUT", f"{EPS}/{project['id']}", {"name": title + "-2", "description": "d"}).json()["enterprise_project"]
    assert (changed["name"], changed["description"]) == (title + "-2", "d")
    assert plain("GET", f"{EPS}/{project['id']}").json()["enterprise_project"] == changed
    quota = plain("GET", f"{EPS}/quotas").json()["quotas"]["resources"][0]
    assert quota["type"] == "enterprise_project" and 1 <= quota["used"] <= quota["quota"]
    for path, body in (
        (EPS, {"name": ""}), (EPS, {"name": "a b"}), (EPS, {"name": "x" * 65}), (EPS, {}), (EPS, {"name": "a", "type": "x"}),
        (f"{EPS}/0/action", {"action": "disable"}), (f"{EPS}/0/action", {"action": "x"}),
        (f"{EPS}/0/resources-migrate", {"resource_type": "CES-resourceGroup", "resource_id": "x"}),
    ):  # fmt: skip
        answer = plain("POST", path, body)
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, "EPS.0004"), answer.text
    assert plain("GET", f"{EPS}/d61d4705-5658-42f5-8e0c-70eb34d17b02").status_code == 404


# Accounts and permissions


@pytest.fixture(scope="module")
def stranger(muster):
    """Another account with a key of its own."""
    account = muster.cli_json("account", "create", unique("acct"))
    key = muster.cli_json("access-key", "create", "--account", account["name"])
    return {"project_id": account["project_id"], "key": (key["id"], key["secret"])}


def test_accounts_do_not_see_each_other(muster, stranger, name):
    ours, theirs = ces_v2(muster), ces_v2(muster, **stranger)
    body = ces.CreateResourceGroupRequestBody(group_name=name())
    group_id = ours.create_resource_group(ces.CreateResourceGroupRequest(body=body)).group_id
    with refused(404, "ces.0016"):
        theirs.show_resource_group(ces.ShowResourceGroupRequest(group_id=group_id))
    assert theirs.list_resource_groups(ListResourceGroupsRequest()).count == 0
    ids = ces.BatchDeleteResourceGroupsRequestBody(group_ids=[group_id])
    assert theirs.batch_delete_resource_groups(ces.BatchDeleteResourceGroupsRequest(body=ids)).group_ids == []
    intruder = Plain(muster, key=stranger["key"])
    foreign = refusal(intruder("GET", GROUPS), 403, "APIGW.0302")
    absent = refusal(intruder("GET", "/v2/" + "0" * 32 + "/resource-groups"), 403, "APIGW.0302")
    assert foreign.replace(muster.credentials["project_id"], "") == absent.replace("0" * 32, "")
    assert ours.show_resource_group(ces.ShowResourceGroupRequest(group_id=group_id)).status_code == 200


def test_a_user_may_do_what_its_policies_say(muster, name, tmp_path):
    user, policy = name("user"), name("policy")
    muster.cli("user", "create", user, "--no-password")
    key = muster.cli_json("access-key", "create", "--user", user)
    client = ces_v2(muster, key=(key["id"], key["secret"]))
    with refused(403, "ces.0010") as seen:
        client.list_resource_groups(ListResourceGroupsRequest())
    assert seen.message == "Policy doesn't allow [ces:resourceGroups:list] to be performed."
    document = tmp_path / "policy.json"
    document.write_text(
        '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["ces:resourceGroups:list","ces:resourceGroups:get"]}]}'
    )
    muster.cli("policy", "put", policy, str(document))
    muster.cli("policy", "attach", policy, "--user", user)
    assert client.list_resource_groups(ListResourceGroupsRequest()).status_code == 200
    body = ces.CreateResourceGroupRequestBody(group_name=name())
    for body in (body, ces.CreateResourceGroupRequestBody(group_name="a b")):
        with refused(403, "ces.0010"):
            client.create_resource_group(ces.CreateResourceGroupRequest(body=body))
    muster.cli("access-key", "disable", key["id"])
    with refused(401, "APIGW.0301"):
        client.list_resource_groups(ListResourceGroupsRequest())


def test_another_project_of_the_account_has_groups_of_its_own(muster, plain, name):
    project = muster.cli_json("project", "create", name("proj"))
    title = name()
    elsewhere = f"/v2/{project['id']}/resource-groups"
    assert plain("POST", elsewhere, {"group_name": title}).status_code == 200
    assert plain("GET", elsewhere).json()["count"] == 1
    assert plain("GET", GROUPS, query=[("group_name", title)]).json()["count"] == 0
    # A token for one project opens no other.
    scope = {"project": {"id": project["id"]}}
    token = plain.anonymous("POST", "/v3/auth/tokens", token_request(muster, scope)).headers["X-Subject-Token"]
    assert plain.anonymous("GET", elsewhere, headers={"X-Auth-Token": token}).json()["count"] == 1
    refusal(plain.anonymous("GET", GROUPS, headers={"X-Auth-Token": token}), 403, "APIGW.0302")
