//! Random requests at every wire: whatever comes, an answer in an envelope and no defect.
//!
//! Strangers send anything; the root user sends signed requests for real operations with absurd input. The first must
//! change nothing at all, neither may meet an internal error. The generator starts from a fixed seed, so a failure can
//! be seen again; `MUSTER_RANDOM_CASES` sends more of them.

use bytes::Bytes;
use muster::client::Target;
use muster_alibaba::{cloudmonitor, schedulerx};
use muster_huawei::{cloudeye, eps, iam, workspace};
use muster_zstack::places;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::door::{Answer, Door, Who};

/// Words that decide where a request goes and what it means.
const SEGMENTS: [&str; 30] = [
    "",
    "v1",
    "v2",
    "v3",
    "v1.0",
    "V1.0",
    "v5",
    "zstack",
    "console",
    "public",
    "healthz",
    "metrics",
    "auth",
    "tokens",
    "projects",
    "resource-groups",
    "app-groups",
    "app-server-groups",
    "scheduler",
    "jobs",
    "jobgroups",
    "triggers",
    "api-jobs",
    "accounts",
    "login",
    "activations",
    "..",
    "%2F",
    "%FF%00",
    "%E5%91%8A",
];
const HEADERS: [&str; 14] = [
    "authorization",
    "x-auth-token",
    "x-sdk-date",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-job-uuid",
    "x-web-hook",
    "x-project-id",
    "x-domain-id",
    "content-type",
    "accept",
    "cookie",
    "date",
];
const HEADER_VALUES: [&str; 14] = [
    "",
    "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=0",
    "ACS3-",
    "SDK-HMAC-SHA256 Access=a",
    "OAuth null",
    "ZStack a:b:c",
    "ZStack :",
    "OAuth",
    "application/json",
    "application/x-www-form-urlencoded",
    "text/html",
    "20260115T083000Z",
    "99999999999999999999",
    "ListGroups",
];
/// Names that some operation reads.
const FIELDS: [&str; 44] = [
    "AppName",
    "Namespace",
    "GroupId",
    "Uid",
    "Name",
    "MaxJobs",
    "AppVersion",
    "MonitorConfigJson",
    "MonitorContactsJson",
    "ContactName",
    "ContactGroupName",
    "ContactNames.1",
    "ContactNames.99999",
    "Channels.Mail",
    "Channels.DingWebHook",
    "PageNumber",
    "PageSize",
    "PolicyName",
    "ChannelPolicy",
    "RamUserId",
    "group_name",
    "type",
    "resources",
    "tags",
    "related_ep_ids",
    "name",
    "ids",
    "group_ids",
    "app_group_ids",
    "items",
    "description",
    "limit",
    "offset",
    "start",
    "q",
    "sort",
    "fields",
    "schedulerType",
    "startTime",
    "cron",
    "uuid",
    "parameters",
    "targetResourceUuid",
    "schedulerJobUuids",
];

fn runner() -> TestRunner {
    let cases = std::env::var("MUSTER_RANDOM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => select(vec!["", " ", "0", "-1", "1e400", "9223372036854775808", "null", "告警组🚨", "a'b\"c%", "../..", "true", "*"])
            .prop_map(str::to_owned),
        2 => "[a-z0-9]{1,12}",
        1 => "\\PC{0,40}",
        1 => (60_usize..2_000).prop_map(|length| "x".repeat(length)),
        1 => (1_usize..200).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
    ]
    .boxed()
}

fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Value::from), object(inner).prop_map(Value::from)]
    })
    .boxed()
}

fn object(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Map<String, Value>> {
    vec((select(FIELDS.to_vec()), inner), 0..6)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Each name once: of a repeated one the server reads the last, and the signature here would cover all.
fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    btree_map(select(FIELDS.to_vec()).prop_map(str::to_owned), text(), 0..8)
        .prop_map(|parameters| parameters.into_iter().collect())
}

fn body() -> BoxedStrategy<Bytes> {
    prop_oneof![
        Just(Bytes::new()),
        value().prop_map(|value| Bytes::from(value.to_string())),
        vec(any::<u8>(), 0..200).prop_map(Bytes::from),
        Just(Bytes::from_static(b"Action=ListGroups&Version=2019-04-30&Signature=%FF")),
        Just(Bytes::from_static(b"Action=PutContact&Version=2019-01-01&AccessKeyId=ROOTKEY0000000000000")),
    ]
    .boxed()
}

/// An error is in an envelope: JSON, XML or a page, or ZStack's plain text, and never the words of a defect.
fn in_an_envelope(answer: &Answer) -> Result<(), TestCaseError> {
    prop_assert!((200..600).contains(&answer.status), "{answer:?}");
    prop_assert!(answer.status != 500, "{answer:?}");
    if answer.status >= 400 {
        prop_assert!(!answer.body.trim().is_empty(), "{answer:?}");
        if answer.body.trim_start().starts_with('{') {
            prop_assert!(serde_json::from_str::<Value>(&answer.body).is_ok(), "{answer:?}");
        }
    }
    Ok(())
}

#[test]
fn strangers_change_nothing_and_always_get_an_answer() {
    let door = Door::open();
    let rows = door.rows();
    let request = (
        select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]),
        vec(select(SEGMENTS.to_vec()), 0..6),
        vec((select(FIELDS.to_vec()), "[ -~&&[^#&]]{0,12}"), 0..3),
        vec((select(HEADERS.to_vec()), select(HEADER_VALUES.to_vec())), 0..4),
        body(),
    );
    runner()
        .run(&request, |(method, segments, query, headers, body)| {
            let query: Vec<_> = query
                .into_iter()
                .map(|(name, value)| format!("{name}={}", muster_wire::encoding::percent_encode(&value)))
                .collect();
            let mut builder = http::Request::builder()
                .method(method)
                .uri(format!("/{}?{}", segments.join("/"), query.join("&")))
                .header("host", "muster.example");
            for (name, value) in headers {
                builder = builder.header(name, value);
            }
            let answer = door.knock(builder.body(()).unwrap().into_parts().0, body);
            in_an_envelope(&answer)
        })
        .unwrap();
    assert_eq!(door.rows(), rows, "a stranger left something in the store");
}

#[test]
fn absurd_input_to_alibabas_operations_is_refused_in_words() {
    let names =
        |version: &'static str, names: Vec<&'static str>| names.into_iter().map(move |name| (version, name));
    let operations: Vec<_> =
        names("2019-04-30", schedulerx::OPERATIONS.iter().map(|entry| entry.name).collect())
            .chain(names("2019-01-01", cloudmonitor::OPERATIONS.iter().map(|entry| entry.name).collect()))
            .collect();
    let door = Door::open();
    runner()
        .run(&(select(operations), parameters()), |((version, action), parameters)| {
            let answer = door.call(Who::Root, |signer, now, nonce| {
                signer.alibaba(version, action, &parameters, now, nonce)
            });
            prop_assert!(!answer.body.contains("SignatureDoesNotMatch"), "{answer:?}");
            in_an_envelope(&answer)
        })
        .unwrap();
}

#[test]
fn absurd_input_to_huaweis_operations_is_refused_in_words() {
    let routes = |method: &http::Method, pattern: &'static str| (method.clone(), pattern);
    let places: Vec<_> = cloudeye::ROUTES
        .iter()
        .map(|route| routes(&route.method, route.pattern))
        .chain(workspace::ROUTES.iter().map(|route| routes(&route.method, route.pattern)))
        .chain(eps::ROUTES.iter().map(|route| routes(&route.method, route.pattern)))
        .chain(iam::ROUTES.iter().map(|route| routes(&route.method, route.pattern)))
        .collect();
    let door = Door::open();
    runner()
        .run(&(select(places), text(), parameters(), value()), |((method, pattern), id, query, body)| {
            let id = muster_wire::encoding::percent_encode(&id).into_owned();
            let path =
                fill(
                    pattern,
                    |name| if name == "{project_id}" { door.project_id.clone() } else { id.clone() },
                );
            let body = if method == http::Method::GET { Bytes::new() } else { Bytes::from(body.to_string()) };
            let target = Target { method, path, query, body };
            let answer =
                door.call(Who::Root, |signer, now, _| signer.huawei(&target, Some(&door.project_id), now));
            in_an_envelope(&answer)
        })
        .unwrap();
}

#[test]
fn absurd_input_to_zstacks_operations_is_refused_in_words() {
    let places: Vec<_> = places().collect();
    let count = places.len();
    let door = Door::open();
    runner()
        .run(&(0..count, text(), parameters(), value()), |(place, id, query, input)| {
            let place = &places[place];
            let id = muster_wire::encoding::percent_encode(&id).into_owned();
            let body = if place.key.is_empty() {
                Bytes::new()
            } else {
                Bytes::from(json!({place.key: input}).to_string())
            };
            let target = Target {
                method: http::Method::from_bytes(place.method.as_bytes()).unwrap(),
                path: fill(&format!("/zstack/v1/{}", place.path), |_| id.clone()),
                query,
                body,
            };
            let answer = door.call(Who::Root, |signer, now, _| signer.zstack(&target, now));
            in_an_envelope(&answer)
        })
        .unwrap();
}

fn fill(pattern: &str, with: impl Fn(&str) -> String) -> String {
    let fill = |segment: &str| if segment.starts_with('{') { with(segment) } else { segment.to_owned() };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}
