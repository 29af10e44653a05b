//! Recorded requests against a store, and the literal text of the answers.

use std::sync::Arc;

use muster_core::Result;
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_wire::Cx;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::cloudeye::{CloudEye, ROUTES, Refused, Services, TrustedReporters};
use crate::fault::Fault;
use crate::product::Route;
use crate::reply::Reply;
use crate::request::Request;
use crate::request::tests::request;

pub(in crate::cloudeye) fn route(name: &str) -> &'static Route<CloudEye> {
    ROUTES.iter().find(|route| route.entry.name == name).unwrap()
}

/// A request for the operation `name`; `group_id` fills the path.
fn of(name: &str, query: &str, group_id: &str, body: &str) -> Request {
    let route = route(name);
    let line = format!("{} {}?{query}", route.method, route.pattern);
    request(&line, &[("group_id", group_id), ("service", "SYS.ECS")], body)
}

pub(in crate::cloudeye) fn services() -> Services {
    Services {
        resources: muster_resources::Service::default()
            .watched_by(Arc::new(muster_alarms::Watching::default())),
        metrics: Arc::new(muster_metrics::Service::new(muster_metrics::Limits::default())),
        trusted_reporters: TrustedReporters::default(),
        events: Arc::default(),
        alarms: Arc::default(),
        masks: Arc::default(),
        templates: Arc::default(),
    }
}

pub(in crate::cloudeye) fn answer(tx: &mut Tx<'_>, name: &str, request: &Request) -> Result<Reply, Fault> {
    let (caller, services) = (root_caller("1000000000000001"), services());
    let call = (route(name).entry.decode)(request)?;
    call.call(&mut Cx::new(tx, &caller, &services)).map_err(Refused::into)
}

/// Asks in a transaction of its own.
fn ask(store: &TestStore, name: &'static str, query: &str, group_id: &str, body: &str) -> Reply {
    let request = of(name, query, group_id, body);
    let asked =
        store.db.write_blocking(move |tx| Ok(answer(tx, name, &request).map_err(|fault| fault.message)));
    asked.unwrap().unwrap()
}

fn body(reply: Reply) -> Value {
    reply.body.unwrap()
}

#[test]
fn a_group_by_tag_is_shown_in_the_documented_shape() {
    let store =
        TestStore::sqlite(&[muster_resources::MIGRATIONS, muster_alarms::MIGRATIONS].concat()).unwrap();
    let recorded = r#"{"group_name": "rg_test", "enterprise_project_id": "0", "type": "TAG",
                       "tags": [{"key": "env", "value": "prod"}]}"#;
    let made = body(ask(&store, "CreateResourceGroup/v2", "", "", recorded));
    let id = made["group_id"].as_str().unwrap().to_owned();
    assert_eq!(
        body(ask(&store, "ShowResourceGroup/v2", "", &id, "")),
        json!({
            "group_id": id, "group_name": "rg_test",
            "create_time": "2026-01-15T08:30:00Z", "update_time": "2026-01-15T08:30:00Z",
            "enterprise_project_id": "0", "type": "TAG",
            "association_ep_ids": [], "related_ep_ids": [],
            "tags": [{"key": "env", "operator": "equal", "value": "prod"}],
            "instances": [], "enterprise_project_id_and_tags": [],
            "status": "no_alarm_rule", "event_status": "no_alarm_rule",
            "resource_statistics": {"unhealthy": 0, "total": 0, "event_unhealthy": 0, "namespaces": 0},
            "resource_level": "dimension", "product_names": "",
            "ep_resource_statistics": [], "association_alarm_templates": [],
        })
    );
    assert_eq!(
        body(ask(&store, "ListResourceGroup/v1", "limit=1", "", "")),
        json!({
            "resource_groups": [{
                "group_id": id, "group_name": "rg_test", "type": "TAG", "relation_ids": [],
                "create_time": 1_768_465_800_000_i64,
                "instance_statistics": {"unhealth": 0, "total": 0, "type_statistics": 0},
                "status": "no_alarm_rule", "enterprise_project_id": "0", "resources": [],
            }],
            "meta_data": {"total": 1},
        })
    );
}

#[test]
fn members_are_shown_in_the_documented_shape() {
    let store =
        TestStore::sqlite(&[muster_resources::MIGRATIONS, muster_alarms::MIGRATIONS].concat()).unwrap();
    let id = body(ask(&store, "CreateResourceGroup/v2", "", "", r#"{"group_name":"m"}"#));
    let id = id["group_id"].as_str().unwrap().to_owned();
    let members =
        r#"{"resources":[{"namespace":"SYS.ECS","dimensions":[{"name":"instance_id","value":"h"}]}]}"#;
    let added = ask(&store, "BatchCreateResources/v2", "", &id, members);
    assert_eq!((added.status.as_u16(), body(added)), (200, json!({"succeed_count": 1})));
    let dimensions = json!([{"name": "instance_id", "value": "h"}]);
    assert_eq!(
        body(ask(&store, "ListResourceGroupsServicesResources/v2", "", &id, "")),
        json!({"count": 1, "resources": [{
            "status": "no_alarm_rule", "event_status": "no_alarm_rule", "dimensions": dimensions,
            "tags": "{}", "enterprise_project_id": "0", "resource_name": "",
        }]})
    );
    assert_eq!(
        body(ask(&store, "ShowResourceGroup/v1", "", &id, "")),
        json!({
            "group_id": id, "group_name": "m", "status": "no_alarm_rule", "create_time": 1_768_465_800_000_i64,
            "enterprise_project_id": "0", "meta_data": {"count": 1, "total": 1, "marker": ""},
            "resources": [{"namespace": "SYS.ECS", "dimensions": dimensions, "status": "no_alarm_rule"}],
        })
    );
    let changed = ask(&store, "UpdateResourceGroup/v2", "", &id, r#"{"group_name":"n"}"#);
    assert_eq!(changed, Reply::no_content());
    let deleted =
        ask(&store, "BatchDeleteResourceGroups/v2", "", "", &format!(r#"{{"group_ids":["{id}"]}}"#));
    assert_eq!(body(deleted), json!({"group_ids": [id]}));
}

/// The names that mean something, so that random bodies get past the first check.
const FIELDS: &[&str] = &[
    "group_name",
    "enterprise_project_id",
    "type",
    "tags",
    "key",
    "value",
    "operator",
    "association_ep_ids",
    "relation_ids",
    "extend_relation_ids",
    "enterprise_project_id_and_tags",
    "tag",
    "resources",
    "namespace",
    "dimensions",
    "name",
    "product_resources",
    "product_instances",
    "instances",
    "instance_names",
    "resource_level",
    "comb_relation",
    "conditions",
    "group_ids",
    "metric",
    "metrics",
    "metric_name",
    "dimensions",
    "value",
    "collect_time",
    "ttl",
];

/// Values that mean something, beside those of any type.
const WORDS: [&str; 12] = [
    "TAG",
    "EPS",
    "NAME",
    "COMB",
    "Manual",
    "product",
    "equal",
    "ALL",
    "0",
    "SYS.ECS",
    "rg1603131199286dzxpqK3Ez",
    "生产",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(&WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let fields = btree_map(prop::sample::select(FIELDS), inner.clone(), 0..6);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            fields.prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

proptest! {
    // Each case opens a store.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is sent is read or refused as the client's fault.
    #[test]
    fn absurd_bodies_are_refused_as_the_clients_fault(body in value(), query in "[a-z_%&=0-9]{0,24}") {
        let features = [
            muster_resources::MIGRATIONS,
            muster_metrics::MIGRATIONS,
            muster_alarms::MIGRATIONS,
            muster_events::MIGRATIONS,
        ];
        let store = TestStore::sqlite(&features.concat()).unwrap();
        for route in ROUTES {
            let name = route.entry.name;
            let request = of(name, &query, "rg1603131199286dzxpqK3Ez", &body.to_string());
            let outcome = store.db.write_blocking(move |tx| Ok(tx.attempt(|tx| {
                answer(tx, name, &request).map(drop).map_err(Refusal)
            })));
            if let Err(Refusal(fault)) = outcome.unwrap() {
                prop_assert!(matches!(fault.status.as_u16(), 400 | 404), "{name}: {fault:?}");
                prop_assert!(fault.code.starts_with("ces.00"), "{name}: {fault:?}");
            }
        }
    }
}

/// A refusal as a transaction's attempt wants it.
struct Refusal(Fault);

impl From<muster_core::Error> for Refusal {
    fn from(error: muster_core::Error) -> Self {
        Self(Refused::from(error).into())
    }
}
