//! Nobody gets anything without a proof and a policy, and nothing that comes can do harm.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use muster_wire::{Access, Api, Entry};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::world::{Form, World};
use crate::rpc::Product;
use crate::{bss, cloudmonitor, location, schedulerx, sts};

/// Values for whatever an operation may require.
pub(super) const ALL: &[(&str, &str)] = &[
    ("Name", "n"),
    ("AppName", "a"),
    ("Namespace", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("GroupId", "1"),
    ("UserId", "1"),
    ("UserName", "u"),
    ("PolicyName", "p"),
    ("ChannelTimeRange", "{}"),
    ("JobId", "1"),
    ("DesignateType", "1"),
    ("Worker", "10.0.0.1"),
    ("Transferable", "true"),
    ("JobInstanceId", "1"),
    ("InstanceId", "1"),
    ("JobIdList.1", "1"),
    ("JobType", "java"),
    ("ExecuteMode", "standalone"),
    ("TimeType", "100"),
    ("ClassName", "c"),
    ("StartDate", "1"),
    ("EndDate", "1"),
    ("DataTime", "00:00:00"),
    ("OriginalNamespace", "ns"),
    ("OriginalGroupId", "g"),
    ("TargetNamespace", "ns"),
    ("TargetGroupId", "h"),
    ("CalendarName", "c"),
    ("Year", "2026"),
    ("MonthDaysContent", "[]"),
    ("Operate", "query"),
    ("MetricType", "0"),
    ("StartTime", "1768465800"),
    ("EndTime", "1768469400"),
    ("WorkflowId", "1"),
    ("WfInstanceId", "1"),
    ("DagJson", r#"{"nodes":[],"edges":[]}"#),
    ("RegionId", "r"),
    ("RoleArn", "acs:ram::1000000000000001:role/r"),
    ("RoleSessionName", "session"),
    ("ServiceCode", "cms"),
    ("Id", "cn-hangzhou"),
    ("ContactName", "c"),
    ("ContactGroupName", "c"),
    ("Describe", "d"),
    ("Channels.Mail", "a@example.com"),
    ("EventInfo.1.EventName", "e"),
    ("EventInfo.1.Content", "c"),
    ("Product", "ECS"),
    ("EventPattern.1.Product", "*"),
    ("RuleNames.1", "r"),
    ("Ids.1", "1"),
    ("PromSQL", "load"),
    ("Start", "1768465800"),
    ("End", "1768469400"),
    ("GroupName", "g"),
    ("Category", "ecs"),
    ("Instances.1.Category", "ecs"),
    ("Instances.1.InstanceId", "i"),
    ("Instances.1.InstanceName", "n"),
    ("Instances.1.RegionId", "r"),
    ("InstanceIdList", "i"),
    ("ContactGroupList.1", "c"),
    ("ResourceGroupId", "r"),
    ("ResourceGroupName", "r"),
    ("PolicyType", "PauseNotify"),
    ("GroupIds.1", "7"),
    ("Tag.1.Key", "k"),
    ("Tag.1.Value", "v"),
    ("TagKey", "k"),
    ("DynamicTagRuleId", "d"),
    ("GroupRules.1.Category", "ecs"),
    ("GroupRules.1.FilterRelation", "and"),
    ("GroupRules.1.Filters.1.Name", "hostName"),
    ("GroupRules.1.Filters.1.Function", "contains"),
    ("GroupRules.1.Filters.1.Value", "v"),
    ("RuleId", "r"),
    ("TemplateId", "1"),
    ("TemplateIds", "1"),
    ("RestVersion", "1"),
    ("RuleId.1", "r"),
    ("Id.1", "r"),
    ("RuleName", "r"),
    ("MetricName", "m"),
    ("Resources", r#"[{"a":"b"}]"#),
    ("ContactGroups", "c"),
    ("Escalations.Info.Statistics", "Average"),
    ("Escalations.Info.ComparisonOperator", "GreaterThanThreshold"),
    ("Escalations.Info.Threshold", "1"),
    ("Escalations.Info.Times", "1"),
    ("Rules.1.RuleId", "r"),
    ("GroupMetricRules.1.RuleId", "r"),
    ("Targets.1.Id", "1"),
    ("Targets.1.Arn", "acs:mns:a:b:/queues/q/message"),
    ("TargetIds.1", "1"),
    ("Level", "INFO"),
    ("Statistics", "Average"),
    ("ComparisonOperator", ">"),
    ("Threshold", "1"),
    ("EvaluationCount", "1"),
    ("EventName", "e"),
    ("GroupBy", "product"),
    ("Instances.1", r#"{"instanceId":"i-1"}"#),
    ("IsEnable", "true"),
    ("MetricList.1.GroupId", "0"),
    ("MetricList.1.MetricName", "load"),
    ("MetricList.1.Dimensions", r#"{"host":"a"}"#),
    ("MetricList.1.Type", "0"),
    ("MetricList.1.Values", r#"{"value":1}"#),
    ("Metric", "load"),
    ("Orderby", "Average"),
    ("Period", "60"),
    ("Length", "10"),
    ("Cursor", CURSOR),
];

/// A cursor over a metric `load`, as the server gives them.
const CURSOR: &str = concat!(
    "eyJuYW1lc3BhY2UiOiI0YTA2ZDVlYS1mNTc2LTQzMjYtODQyYy1mYjE0ZWEwNDNkOGQiLCJtZXRyaWMi",
    "OiJsb2FkIiwicGVyaW9kIjo2MCwibWF0Y2hlcnMiOnt9LCJzdGFydCI6MTc2ODQ2NTgwMDAwMCwiZW5k",
    "IjpudWxsLCJhZnRlciI6bnVsbH0",
);

fn table<P: Product>() -> Vec<(&'static str, &'static str)> {
    let names: fn(&Entry<P>) -> &'static str = |entry| entry.name;
    P::operations().iter().map(|entry| (P::VERSION, names(entry))).collect()
}

fn every_operation() -> Vec<(&'static str, &'static str)> {
    [
        table::<schedulerx::SchedulerX>(),
        table::<cloudmonitor::CloudMonitor>(),
        table::<sts::Sts>(),
        table::<location::Location>(),
        table::<bss::Bss>(),
    ]
    .concat()
}

#[test]
fn no_operation_works_without_a_proof() {
    let world = World::new();
    for (version, action) in every_operation() {
        let mut request = world.request(Form::F6, &world.root, version, action, ALL);
        let kept = |pair: &&str| !["AccessKeyId=", "Signature="].iter().any(|name| pair.starts_with(name));
        request.query = request.query.split('&').filter(kept).collect::<Vec<_>>().join("&");
        assert_eq!(world.send(request).refused(), (400, "MissingAccessKeyId".to_owned()), "{action}");
    }
}

#[test]
fn no_operation_works_against_a_policy() {
    let world = World::new();
    let (key, _) = world
        .user("nobody", r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#);
    for (version, action) in every_operation() {
        let (status, code) = world.call(&key, version, action, ALL).refused();
        assert_eq!(status, 403, "{action} {code}");
    }
}

#[test]
fn reads_change_nothing_and_changes_say_so() {
    fn check<A: Api>(entries: &[Entry<A>]) {
        for entry in entries {
            let reads = ["Get", "List", "Read", "Describe", "Query", "Cursor", "BatchExport"]
                .iter()
                .any(|verb| entry.name.starts_with(verb));
            assert_eq!(entry.access == Access::Read, reads, "{}", entry.name);
        }
    }
    check(schedulerx::OPERATIONS);
    check(cloudmonitor::OPERATIONS);
    check(sts::OPERATIONS);
    check(location::OPERATIONS);
    check(bss::OPERATIONS);
}

/// Texts that requests are made of: words that mean something, and noise.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "Action",
        "Version",
        "Format",
        "Signature",
        "AccessKeyId",
        "SignatureNonce",
        "Timestamp",
        "CreateNamespace",
        "2019-04-30",
        "2019-01-01",
        "2015-04-01",
        "xml",
        "JSON",
        "2026-01-15T08:30:00Z",
        "MaxJobs",
        "Name.1",
        "Name.-1",
        "-1",
        "99999999999999999999",
        "%",
        "%zz",
        "%ff",
        "%00",
        "+",
        "=",
        "&",
        "",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "\\PC{0,12}"]
}

/// Values of a parameter: what fits somewhere, and what fits nowhere.
fn argument() -> impl Strategy<Value = String> {
    let fitting = prop::sample::select(ALL).prop_map(|(_, value)| value.to_owned());
    let json = prop::sample::select(vec![
        "{}",
        "[]",
        "[{}]",
        "{\"name\":\"a\"}",
        "[{\"name\":\"b\"}]",
        "{\"sendChannel\":\"sms\"}",
        "[[[[[[[[[[1]]]]]]]]]]",
        "null",
    ]);
    prop_oneof![fitting, json.prop_map(str::to_owned), word(), "\\PC{0,300}"]
}

fn pairs() -> impl Strategy<Value = String> {
    vec((word(), word()), 0..8).prop_map(|pairs| {
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    })
}

fn header_pairs() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec![
        "authorization",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "accept",
        "content-type",
        "host",
    ]);
    let value = prop_oneof![
        word(),
        Just("application/json".to_owned()),
        Just("application/x-www-form-urlencoded".to_owned()),
        Just("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host;x-acs-action,Signature=00".to_owned()),
        Just("ACS3-HMAC-SM3 Credential=,SignedHeaders=;;,Signature=".to_owned()),
    ];
    vec((name, value), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_refused_in_the_envelope(
        query in pairs(),
        headers in header_pairs(),
        body in option::of(prop_oneof![pairs(), Just("{\"A\":[[[1]]]}".to_owned()), Just("[".repeat(200))]),
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::PUT]),
    ) {
        thread_local!(static WORLD: World = World::new());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                map.insert(HeaderName::from_static(name), value);
            }
        }
        WORLD.with(|world| {
            let answer = world.send(world.plain(method, query, map, body.unwrap_or_default()));
            assert!(answer.status.is_client_error(), "{} {}", answer.status, answer.text);
            assert!(answer.headers.contains_key("x-acs-request-id"));
            assert!(answer.text.contains("RequestId") && answer.text.contains("Code"), "{}", answer.text);
        });
    }

    #[test]
    fn whatever_is_signed_never_ends_in_a_failure_of_ours(
        operation in prop::sample::select(every_operation()),
        given in vec((prop::sample::select(ALL), argument()), 0..12),
        form in prop::sample::select(Form::ALL.to_vec()),
    ) {
        thread_local!(static WORLD: World = World::new());
        let (version, action) = operation;
        let pairs: Vec<(&str, &str)> = given.iter().map(|((name, _), value)| (*name, value.as_str())).collect();
        WORLD.with(|world| {
            let answer = world.send(world.request(form, &world.root, version, action, &pairs));
            assert!(!answer.status.is_server_error(), "{action} {pairs:?}: {}", answer.text);
            assert!(answer.json["RequestId"].is_string(), "{}", answer.text);
        });
    }
}
