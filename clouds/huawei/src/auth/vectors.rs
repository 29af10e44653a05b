//! Requests signed by the official signers, and what may and may not be changed about them on the way.

use http::{HeaderMap, HeaderName, HeaderValue};
use muster_core::Timestamp;
use muster_wire::digest::hmac_sha256;

use super::canonical::{Message, Repeated};
use super::{Claim, Refusal};

const AK: &str = "MUSTEREXAMPLEAK00001";
const SK: &str = "MusterExampleSecretKey/0123456789+abcdefAB";
const DATE: &str = "20260115T083000Z";
/// The instant of [`DATE`].
const NOW: Timestamp = Timestamp::from_millis(1_768_465_800_000);
const GROUPS: &str = "/v2/0a1b2c3d4e5f60718293a4b5c6d7e8f9/resource-groups";
const PROJECT: (&str, &str) = ("x-project-id", "0a1b2c3d4e5f60718293a4b5c6d7e8f9");
const HOST: (&str, &str) = ("host", "127.0.0.1:8480");
const JSON: (&str, &str) = ("content-type", "application/json");
const PYTHON: (&str, &str) = ("user-agent", "huaweicloud-usdk-python/3.0");
const PYTHON_BODY: &str = "{\"group_name\": \"rg_test\", \"enterprise_project_id\": \"0\", \"type\": \"TAG\", \
                           \"tags\": [{\"key\": \"env\", \"value\": \"prod\"}]}";
const GO_BODY: &str = "{\"group_name\":\"rg_test\"}\n";
const TERRAFORM: [(&str, &str); 3] =
    [("accept", "application/json"), JSON, ("user-agent", "terraform-provider-iac golangsdk/2.0.0")];

/// A signed request, ready to be tampered with.
#[derive(Clone)]
struct Signed {
    method: &'static str,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Signed {
    /// A request whose `headers` (with `x-sdk-date`, in their order by name) were all signed.
    fn new(
        method: &'static str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
        signature: &str,
    ) -> Self {
        let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).chain(["x-sdk-date"]).collect();
        names.sort_unstable();
        let authorization =
            format!("SDK-HMAC-SHA256 Access={AK}, SignedHeaders={}, Signature={signature}", names.join(";"));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        for (name, value) in headers {
            request = request.with(name, value);
        }
        request.with("x-sdk-date", DATE).with("authorization", &authorization)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    fn message(&self) -> Message<'_> {
        Message {
            method: self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn verify_with(&self, secret: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        Claim::read(&self.headers, now)?.ok_or(Refusal::Missing)?.verify(&self.message(), secret)
    }

    fn verify(&self) -> Result<(), Refusal> {
        self.verify_with(Some(SK), NOW)
    }

    /// The digest of the canonical request, as the vectors state it.
    fn canonical_digest(&self, payload: &str) -> String {
        let claim = Claim::read(&self.headers, NOW).unwrap().unwrap();
        let names = claim.authorization.signed_headers;
        let canonical = self.message().canonical(names, payload, Repeated::Every).unwrap();
        claim.authorization.algorithm.digest(&canonical)
    }
}

fn v1() -> Signed {
    Signed::new(
        "GET",
        &format!("{GROUPS}?group_name=web%20tier_1&limit=100&offset=0&type=TAG"),
        &[JSON, HOST, PYTHON, PROJECT],
        "",
        "fbeb6ca805e6f10e3cc51b27d43dfcb9bfbea9bc382f81c0d4dca703104c812f",
    )
}

fn v2() -> Signed {
    Signed::new(
        "POST",
        GROUPS,
        &[JSON, HOST, PYTHON, PROJECT],
        PYTHON_BODY,
        "b356826e793f88705cda43bfba071aea17333c51a44dac6b3f9998209b080756",
    )
}

fn t1() -> Signed {
    Signed::new(
        "POST",
        GROUPS,
        &TERRAFORM,
        GO_BODY,
        "2517d65f4a3c53d92550b674aea14f52eadbf945a22186df800ff60329c569cc",
    )
}

fn unsigned_upload(body: &str, signature: &str) -> Signed {
    Signed::new(
        "POST",
        "/v2/0a1b2c3d4e5f60718293a4b5c6d7e8f9/upload",
        &[("content-type", "application/octet-stream"), HOST, ("x-sdk-content-sha256", "UNSIGNED-PAYLOAD")],
        body,
        signature,
    )
}

/// A vector: its name, the request, the payload's line, the canonical request's digest.
type Vector = (&'static str, Signed, &'static str, &'static str);

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn vectors() -> Vec<Vector> {
    let project = PROJECT.1;
    vec![
        ("V1", v1(), EMPTY, "151391abeb5a152dde3bd74099b1b049d90df1be6bde8ccefc18984069554189"),
        (
            "V2",
            v2(),
            "ed67876d5d35df7b900806c94a00b8edb63a593e75b61b93db65cfe7ae6221aa",
            "a9888df06197875ea7f6a94ba882e1e13fdac1cea21640546e205cfb638e7ae2",
        ),
        (
            "T1",
            t1(),
            "da81b7f5e26fcab0da28798f635cca61cc47a44acb2a651c9d9164b8eb11fa74",
            "5c09491c64f8271d474bbd5887763bf394d4795ae0f190ddce8662c07afb3bd2",
        ),
        (
            "T2",
            Signed::new(
                "GET",
                &format!("{GROUPS}?group_name=web%20tier&limit=100&offset=0"),
                &TERRAFORM,
                "",
                "a508ef1151a8e5b0f79e932bdc6acbe7329356fb68e1f4dffa0373fb1895cbbd",
            ),
            EMPTY,
            "95ba0975e2114885f9e3548aa489637f5bae4bac79d70b34377961ea524193e6",
        ),
        (
            "G1",
            Signed::new(
                "POST",
                GROUPS,
                &[("user-agent", "huaweicloud-usdk-go/3.0"), PROJECT],
                GO_BODY,
                "a6257747c7ab7db9f1c9c4de122bfc0cbd6c108b7cc8c8930a5ef367a6f528ff",
            ),
            "da81b7f5e26fcab0da28798f635cca61cc47a44acb2a651c9d9164b8eb11fa74",
            "1d1c433f76dce68614674f358e9ed961892722bf4733233468d28d5ea6ec1728",
        ),
        (
            "V3",
            Signed::new(
                "DELETE",
                &format!("/V1.0/{project}/alarms/al1603131199286dzxpqK3Ez"),
                &[
                    JSON,
                    ("host", "ces.example.internal"),
                    PYTHON,
                    PROJECT,
                    ("x-security-token", "gQpjbi1ub3J0aC00EXAMPLETOKEN"),
                ],
                "",
                "5646004cf09671360402bfb81f6ed5b7dd22d27c1dd79125db056b58c8b3c1c3",
            ),
            EMPTY,
            "8fadf76a0983bfe9b858bd75e22d0510dfe7172b07662f1602fa611b7806c969",
        ),
        (
            "V4",
            Signed::new(
                "GET",
                &format!(
                    "/V1.0/{project}/metrics?dim.0=instance_id%2C6f3c6f91-4b24-4e1b-b7d1-a94ac1cb011d&namespace=SYS.ECS\
                     &order=asc&start=SYS.ECS.cpu_util.instance_id%3Ad9112af5%2A~"
                ),
                &[JSON, HOST],
                "",
                "23161ce034bfe15b1485d81a181d34dd672691ce35a1a42a0c34d5372bee9309",
            ),
            EMPTY,
            "74e43e4ef89ca90bcc07424125e9204202cc82cf4460061afecc96ee39c429a6",
        ),
        (
            "V5",
            unsigned_upload("hello", "5bda74ba269df750826e127d0ce09c672ec21bd057100227df1767464e6c8f9d"),
            "UNSIGNED-PAYLOAD",
            "98f299aa92453231dc1bb85777e5478f5e074bf348fbc7987a62efd8f4b23b03",
        ),
        (
            "V5b",
            unsigned_upload("", "670c08a3e36262d9dcf74ee23114242340e66b8eaf461a05e490451e0a157d0d"),
            EMPTY,
            "58a389c67a9b02c83bbd8db296054daf24f2194774445253de73ffb523a1cdcd",
        ),
        (
            "V6",
            Signed::new("GET", GROUPS, &[JSON, HOST], "", "").with(
                "authorization",
                &format!(
                    "V11-HMAC-SHA256 Credential={AK}/20260115/cn-north-4/ces, SignedHeaders=content-type;host;x-sdk-date, \
                     Signature=e0fee85ed02ee7050b879ec46ecd197a4c795bb288873b5ebee3e2f8956567b8"
                ),
            ),
            EMPTY,
            "f4c18aa0e592c78a3e6cabcba4bbbf98e77475fad028093519cd3c866a6187c5",
        ),
        (
            "V7",
            Signed::new(
                "GET",
                &format!("{GROUPS}?group_name=%E7%94%9F%E4%BA%A7"),
                &[HOST],
                "",
                "94f6caa2b8f82281d3aa3e6c6e440186c52c6510ee04f3d1d6e91cc5521f999f",
            ),
            EMPTY,
            "506c0717eab342adf01cc3008d029ed07142d7440bc762cc631eedca5e7d1ecb",
        ),
        (
            "V8",
            Signed::new(
                "GET",
                &format!("/v2/{project}/alarm-histories?alarm_id=a&alarm_id=b&flag=true&status=alarm&status=ok"),
                &[HOST],
                "",
                "1aca9df54082db1de3428e75a5f62a02ecf18e65746000c551a2b82ac633180a",
            ),
            EMPTY,
            "255a7e90c62034440d34aafab3113211e3775a205643d04a0688aa370681086b",
        ),
    ]
}

#[test]
fn canonical_requests_are_those_of_the_official_signers() {
    for (name, request, payload, digest) in vectors() {
        assert_eq!(request.canonical_digest(payload), digest, "{name}");
    }
}

#[test]
fn signatures_of_the_official_signers_are_accepted() {
    for (name, request, _, _) in vectors() {
        assert_eq!(request.verify(), Ok(()), "{name}");
    }
}

#[test]
fn another_secret_and_no_secret_get_the_same_answer() {
    for (name, request, _, _) in vectors() {
        assert_eq!(request.verify_with(Some("another"), NOW), Err(Refusal::Signature), "{name}");
        assert_eq!(request.verify_with(None, NOW), Err(Refusal::Signature), "{name}");
        // The stand-in for a secret is no secret either.
        assert_eq!(request.verify_with(Some(super::NO_SECRET), NOW), Err(Refusal::Signature), "{name}");
    }
}

/// What the official signer made with its other algorithms for a GET of the groups.
#[test]
fn the_other_algorithms_are_accepted() {
    for (word, signature) in [
        ("SDK-HMAC-SHA256", "b9c3dc0f02c4e9db209c62a755a1ca6ba046e52c5583e484965697b532a0a151"),
        ("SDK-HMAC-SM3", "d797848c5dab7c903e9a3b00ad0c8091e156cafebf80c02c1b93c4d77f1ee85d"),
        (
            "SDK-ECDSA-P256-SHA256",
            "3046022100fd8250f53b8f4632424681bb396ee3a6bed17ae5f8fcf3a1803e62967e66c14b022100903164e5cacbabf0628843d7d6\
             1622e0c86950010ee359c1cbaeedc97cfca000",
        ),
    ] {
        let authorization =
            format!("{word} Access={AK}, SignedHeaders=content-type;host;x-sdk-date, Signature={signature}");
        let request = Signed::new("GET", GROUPS, &[JSON, HOST], "", "").with("authorization", &authorization);
        assert_eq!(request.verify(), Ok(()), "{word}");
        assert_eq!(request.verify_with(Some("another"), NOW), Err(Refusal::Signature), "{word}");
        assert_eq!(request.query("limit=1").verify(), Err(Refusal::Signature), "{word}");
    }
}

#[test]
fn what_a_proxy_may_change_does_no_harm() {
    assert_eq!(v1().query("type=TAG&offset=0&limit=100&group_name=web%20tier_1").verify(), Ok(()), "order");
    assert_eq!(
        v1().query("&type=%54AG&offset=0&limit=100&group_name=web+tier_1").verify(),
        Ok(()),
        "spelling"
    );
    assert_eq!(v1().with("x-forwarded-for", "10.0.0.1").verify(), Ok(()), "a header more");
    let mut slash = v2();
    slash.path.push('/');
    assert_eq!(slash.verify(), Ok(()), "a slash at the end");
    // Terraform adds the project after it has signed.
    assert_eq!(t1().with(PROJECT.0, PROJECT.1).verify(), Ok(()), "an unsigned header");
}

#[test]
fn what_was_signed_must_not_change() {
    let changed = PYTHON_BODY.replace("rg_test", "rg_tesu");
    let mut doubled = v1();
    let copy = doubled.headers["authorization"].clone();
    doubled.headers.append("authorization", copy);
    for (what, request) in [
        ("a byte of the body", v2().body(changed.as_bytes())),
        ("the last line feed", t1().body(GO_BODY.trim_end().as_bytes())),
        ("a query's value", v1().query("group_name=web%20tier_2&limit=100&offset=0&type=TAG")),
        ("a query more", v1().query("group_name=web%20tier_1&limit=100&offset=0&type=TAG&x=")),
        ("a signed header gone", v1().without("user-agent")),
        ("a signed header's value", v1().with("host", "127.0.0.1:8481")),
        ("upper-case digits", {
            let authorization = v1().headers["authorization"].to_str().unwrap().replace("=fbeb", "=FBEB");
            v1().with("authorization", &authorization)
        }),
        ("the date", v1().with("x-sdk-date", "20260115T083001Z")),
        ("two signatures", doubled),
        (
            "an unknown algorithm",
            v1().with("authorization", "SDK-HMAC-SHA999 Access=A, SignedHeaders=x, Signature=0"),
        ),
    ] {
        assert_eq!(request.verify(), Err(Refusal::Signature), "{what}");
    }
    let mut path = v2();
    path.path = path.path.replace("/v2/", "/V2/");
    assert_eq!(path.verify(), Err(Refusal::Signature), "case in the path");
}

#[test]
fn dates_are_demanded_and_bounded() {
    assert_eq!(v1().without("x-sdk-date").verify(), Err(Refusal::Date));
    assert_eq!(v1().with("x-sdk-date", "yesterday").verify(), Err(Refusal::Date));
    for minutes in [16, -16] {
        let now = NOW.plus_ms(minutes * 60_000);
        assert_eq!(v1().verify_with(Some(SK), now), Err(Refusal::Stale { signed: NOW, now }));
    }
    assert_eq!(v1().without("authorization").verify(), Err(Refusal::Missing));
}

#[test]
fn a_date_that_is_not_signed_is_no_date() {
    let authorization = v1().headers["authorization"].to_str().unwrap().replace(";x-sdk-date", "");
    assert_eq!(v1().with("authorization", &authorization).verify(), Err(Refusal::Signature));
}

#[test]
fn a_stated_digest_must_be_the_bodys() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let signature = "5bda74ba269df750826e127d0ce09c672ec21bd057100227df1767464e6c8f9d";
    let other = unsigned_upload("hello", signature).with("x-sdk-content-sha256", EMPTY);
    assert_eq!(other.verify(), Err(Refusal::Signature));
    let changed = unsigned_upload("hello", signature).with("x-sdk-content-sha256", hello);
    assert_eq!(changed.verify(), Err(Refusal::Signature), "the header was signed with another value");
    assert_eq!(unsigned_upload("other", signature).verify(), Ok(()), "an upload's body is not signed");
    assert_eq!(
        unsigned_upload("{}", signature).with("content-type", "application/json").verify(),
        Err(Refusal::Signature),
        "JSON must be"
    );
}

#[test]
fn a_body_whose_type_cannot_be_read_must_be_signed() {
    let mut request =
        Signed::new("POST", GROUPS, &[HOST], "{}", "00").with("x-sdk-content-sha256", "UNSIGNED-PAYLOAD");
    let string_to_sign = format!("SDK-HMAC-SHA256\n{DATE}\n{}", request.canonical_digest("UNSIGNED-PAYLOAD"));
    let signature = hex::encode(hmac_sha256(SK.as_bytes(), string_to_sign.as_bytes()));
    let authorization =
        request.headers["authorization"].to_str().unwrap().replace("=00", &format!("={signature}"));
    request = request.with("authorization", &authorization).with("content-type", "application/octet-stream");
    assert_eq!(request.verify(), Ok(()));
    for kind in [&b"application/json; x=\xff"[..], b"\xff"] {
        request.headers.insert("content-type", HeaderValue::from_bytes(kind).unwrap());
        assert_eq!(request.verify(), Err(Refusal::Signature));
    }
}

#[test]
fn a_derived_key_is_of_its_day() {
    let header = format!(
        "V11-HMAC-SHA256 Credential={AK}/20260114/cn-north-4/ces, SignedHeaders=content-type;host;x-sdk-date, \
         Signature=e0fee85ed02ee7050b879ec46ecd197a4c795bb288873b5ebee3e2f8956567b8"
    );
    let request = Signed::new("GET", GROUPS, &[JSON, HOST], "", "").with("authorization", &header);
    assert_eq!(request.verify(), Err(Refusal::Signature));
}
