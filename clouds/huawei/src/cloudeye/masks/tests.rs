//! Masks against a store: what goes in and out, and what they cover.

use std::sync::Arc;

use muster_alarms::masks::{Effect, Question};
use muster_alarms::{Condition, Dimensions, Policy, Rule, RuleSpec, Subject, Target, Watch};
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_wire::Cx;
use serde_json::{Value, json};

use crate::cloudeye::groups::tests::services;
use crate::cloudeye::{CloudEye, ROUTES, Refused, Services};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::tests::request;

const ACCOUNT: &str = "1000000000000001";
const RESOURCES: &str = r#"[{"namespace":"SYS.ECS","dimensions":[{"name":"instance_id","value":"vm-1"}]}]"#;

struct World {
    store: TestStore,
    services: Arc<Services>,
    rule: Rule,
}

impl World {
    fn new() -> Self {
        let store =
            TestStore::sqlite(&[muster_resources::MIGRATIONS, muster_alarms::MIGRATIONS].concat()).unwrap();
        let services = Arc::new(services());
        let subject = |metric: &str| Subject::Metric {
            namespace: None,
            metric: metric.to_owned(),
            dimension_names: None,
        };
        let policy = |metric: &str| Policy::new(subject(metric), Watch::Each, Condition::Levels(Vec::new()));
        let spec = RuleSpec {
            namespace: "SYS.ECS".to_owned(),
            target: Target::All { dimension_names: None },
            policies: vec![policy("cpu_util"), policy("mem_util")],
            ..RuleSpec::default()
        };
        let alarms = Arc::clone(&services.alarms);
        let caller = root_caller(ACCOUNT);
        let rule = store.db.write_blocking(move |tx| {
            let key = crate::cloudeye::alarm_rule_id(tx.new_id()?);
            alarms.create(tx, crate::cloudeye::alarms::owner(&caller), &key, true, spec.clone())
        });
        Self { store, services, rule: rule.unwrap() }
    }

    fn try_ask(&self, name: &'static str, query: &str, id: &str, body: &str) -> Result<Reply, Fault> {
        let route = ROUTES.iter().find(|route| route.entry.name == name).unwrap();
        let line = format!("{} {}?{query}", route.method, route.pattern);
        let request = request(&line, &[("notification_mask_id", id)], body);
        let call = (route.entry.decode)(&request).map_err(Fault::from)?;
        let (caller, services) = (root_caller(ACCOUNT), Arc::clone(&self.services));
        let outcome = self.store.db.write_blocking(move |tx| {
            Ok(tx.attempt(|tx| call.call(&mut Cx::<CloudEye>::new(tx, &caller, &services))))
        });
        outcome.unwrap().map_err(Refused::into)
    }

    fn ask(&self, name: &'static str, id: &str, body: &str) -> Value {
        self.try_ask(name, "", id, body).unwrap().body.unwrap_or_default()
    }

    fn refusal(&self, name: &'static str, id: &str, body: &str) -> (u16, String) {
        let fault = self.try_ask(name, "", id, body).unwrap_err();
        (fault.status.as_u16(), fault.code.to_string())
    }

    fn put(&self, fields: &str) -> Value {
        self.ask("BatchUpdateNotificationMasks/v2", "", &format!("{{{fields}}}"))
    }

    fn list(&self, fields: &str) -> Value {
        let all = format!(r#"{{"relation_ids":[],{fields}}}"#);
        self.ask("ListNotificationMasks/v2", "", &all)
    }

    /// What a mask does to the rule's first policy on these dimensions, if one covers it.
    fn muted(&self, dimensions: &[(&str, &str)]) -> Option<Effect> {
        let masks = Arc::clone(&self.services.masks);
        let snapshot = self.store.db.read_blocking(move |tx| masks.snapshot(tx, ACCOUNT)).unwrap();
        let dimensions: Dimensions =
            dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let unit = Question::of(&self.rule, &self.rule.spec.policies[0], &dimensions, &[]);
        snapshot.covering(&unit, self.now()).map(|mask| mask.spec.effect)
    }

    fn now(&self) -> muster_core::Timestamp {
        muster_core::Clock::now(self.store.clock.as_ref())
    }
}

#[test]
fn a_rule_has_one_mask_that_is_found_by_the_rule() {
    let world = World::new();
    let rule = &world.rule.key;
    let body =
        format!(r#""relation_type":"ALARM_RULE","relation_ids":["{rule}"],"mask_type":"FOREVER_TIME""#);
    assert_eq!(world.put(&body), json!({"relation_ids": [rule]}));
    assert_eq!(world.muted(&[("instance_id", "vm-1")]), Some(Effect::MutesMessages));
    let asked = format!(r#"{{"relation_type":"ALARM_RULE","relation_ids":["{rule}"]}}"#);
    let found = world.ask("ListNotificationMasks/v2", "", &asked);
    let mask = &found[0];
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(
        (&mask["relation_id"], &mask["mask_type"], &mask["mask_status"], &mask["create_time"]),
        (&json!(rule), &json!("FOREVER_TIME"), &json!("MASK_EFFECTIVE"), &json!(1_768_465_800_000_i64))
    );
    assert!(mask.get("start_date").is_none());
    // A second call changes the mask that is there.
    let later = body.replace(
        r#""FOREVER_TIME""#,
        r#""START_END_TIME","start_date":"2030-01-01","start_time":"00:00:00","end_date":"2030-01-02","end_time":"00:00:00""#,
    );
    world.put(&later);
    let again = world.ask("ListNotificationMasks/v2", "", &asked);
    assert_eq!(
        (again.as_array().unwrap().len(), &again[0]["notification_mask_id"], &again[0]["mask_status"]),
        (1, &mask["notification_mask_id"], &json!("MASK_INEFFECTIVE"))
    );
    assert_eq!(again[0]["start_date"], "2030-01-01");
    assert_eq!(world.muted(&[("instance_id", "vm-1")]), None);
    // It goes with its rule.
    let (alarms, key) = (Arc::clone(&world.services.alarms), rule.clone());
    let caller = root_caller(ACCOUNT);
    let gone = world
        .store
        .db
        .write_blocking(move |tx| alarms.delete(tx, crate::cloudeye::alarms::owner(&caller), &[&key]));
    gone.unwrap();
    assert_eq!(world.list(r#""relation_type":"ALARM_RULE""#), json!([]));
}

#[test]
fn resources_are_masked_with_their_metrics() {
    let world = World::new();
    let made = world.put(&format!(
        r#""relation_type":"RESOURCE","relation_ids":[],"mask_name":"night","mask_type":"CYCLE_TIME","start_time":"08:00:00",
           "end_time":"09:00:00","effective_timezone":"GMT+00:00","metric_names":["cpu_util"],"resources":{RESOURCES}"#
    ));
    let id = made["notification_mask_id"].as_str().unwrap();
    assert_eq!(world.muted(&[("disk", "vda"), ("instance_id", "vm-1")]), Some(Effect::MutesMessages));
    assert_eq!(world.muted(&[("instance_id", "vm-2")]), None);
    let listed = world.list(r#""relation_type":"DEFAULT","resource_id":"vm-1","metric_name":"cpu_util""#);
    assert_eq!(listed["count"], 1);
    let mask = &listed["notification_masks"][0];
    assert_eq!(
        (
            &mask["mask_name"],
            &mask["resource_type"],
            &mask["metric_names"],
            &mask["resources"],
            &mask["policies"]
        ),
        (
            &json!("night"),
            &json!("MULTI_INSTANCE"),
            &json!(["cpu_util"]),
            &json!([{"namespace": "SYS.ECS", "dimension_names": ["instance_id"]}]),
            &json!([])
        )
    );
    let resources = world.ask("ListNotificationMaskResources/v2", id, "");
    assert_eq!(
        resources,
        json!({"resources": serde_json::from_str::<Value>(RESOURCES).unwrap(), "count": 1})
    );
    for nothing in [
        r#""relation_type":"DEFAULT","resource_id":"vm-2""#,
        r#""relation_type":"DEFAULT","metric_name":"mem_util""#,
        r#""relation_type":"DEFAULT","namespace":"SYS.RDS""#,
        r#""relation_type":"DEFAULT","mask_status":"MASK_INEFFECTIVE""#,
        r#""relation_type":"EVENT.SYS""#,
        r#""relation_type":"DEFAULT","dimensions":[{"name":"instance_id","value":"vm-2"}]"#,
    ] {
        assert_eq!(world.list(nothing)["count"], 0, "{nothing}");
    }
    // What a change does not send stays; the times may be changed alone.
    let any =
        r#"{"mask_name":"day","resources":[{"namespace":"SYS.ECS","dimensions":[{"name":"instance_id"}]}]}"#;
    world.ask("UpdateNotificationMask/v2", id, any);
    assert_eq!(world.muted(&[("instance_id", "vm-2")]), Some(Effect::MutesMessages));
    let mask = &world.list(r#""relation_type":"RESOURCE""#)["notification_masks"][0];
    assert_eq!((&mask["mask_name"], &mask["resource_type"]), (&json!("day"), &json!("ALL_INSTANCE")));
    let times = format!(
        r#"{{"notification_mask_ids":["{id}"],"mask_type":"CYCLE_TIME","start_time":"09:00:00","end_time":"10:00:00","effective_timezone":"GMT+00:00"}}"#
    );
    let reply = world.try_ask("BatchUpdateNotificationMaskTime/v2", "", "", &times).unwrap();
    assert_eq!((reply.status.as_u16(), reply.body), (204, None));
    assert_eq!(world.muted(&[("instance_id", "vm-2")]), None);
    let ids = format!(r#"{{"notification_mask_ids":["{id}","nm1606377637506DmVOENVyL"]}}"#);
    assert_eq!(
        world.ask("BatchDeleteNotificationMasks/v2", "", &ids),
        json!({"notification_mask_ids": [id]})
    );
    assert_eq!(world.refusal("BatchDeleteNotificationMasks/v2", "", &ids), (404, "ces.0016".to_owned()));
}

#[test]
fn policies_on_resources_are_masked_or_raise_no_alarm() {
    let world = World::new();
    let policy = world.rule.spec.policies[0].id.to_string();
    for (word, effect) in [
        ("RESOURCE_POLICY_NOTIFICATION", Effect::MutesMessages),
        ("RESOURCE_POLICY_ALARM", Effect::MutesAlarm),
    ] {
        let made = world.put(&format!(
            r#""relation_type":"{word}","relation_ids":["{policy}"],"mask_type":"FOREVER_TIME","resources":{RESOURCES}"#
        ));
        assert_eq!(made["relation_ids"], json!([policy]));
        assert_eq!(world.muted(&[("instance_id", "vm-1")]), Some(effect));
        assert_eq!(world.muted(&[("instance_id", "vm-2")]), None);
        let listed = world.list(&format!(r#""relation_type":"{word}""#));
        let policies = &listed["notification_masks"][0]["policies"];
        assert_eq!(
            (&policies[0]["alarm_policy_id"], &policies[0]["metric_name"]),
            (&json!(policy), &json!("cpu_util"))
        );
        let ids = format!(r#"{{"notification_mask_ids":[{}]}}"#, made["notification_mask_id"]);
        world.ask("BatchDeleteNotificationMasks/v2", "", &ids);
    }
}

#[test]
fn lists_are_sorted_and_cut() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.store.clock.advance(1_000);
        world.put(&format!(
            r#""relation_type":"RESOURCE","mask_name":"{name}","mask_type":"FOREVER_TIME","resources":{RESOURCES}"#
        ));
    }
    for (query, expected) in [
        ("", vec!["c", "b", "a"]),
        ("sort_dir=ASC", vec!["a", "b", "c"]),
        ("sort_key=update_time&limit=2", vec!["c", "b"]),
        ("offset=2&limit=2", vec!["a"]),
        ("offset=3", vec![]),
    ] {
        let body = r#"{"relation_type":"RESOURCE","relation_ids":[]}"#;
        let page = world.try_ask("ListNotificationMasks/v2", query, "", body).unwrap().body.unwrap();
        let names: Vec<_> = page["notification_masks"].as_array().unwrap().iter().collect();
        let names: Vec<_> = names.iter().map(|mask| mask["mask_name"].as_str().unwrap()).collect();
        assert_eq!((names, &page["count"]), (expected, &json!(3)), "{query}");
    }
}

#[test]
fn refusals() {
    let world = World::new();
    let rule = &world.rule.key;
    let forever = r#""mask_type":"FOREVER_TIME""#;
    let resources = format!(r#""resources":{RESOURCES}"#);
    let unknown = "al1606377637506DmVOENVyL";
    let many: Vec<String> = (0..101).map(|n| format!("\"{n}\"")).collect();
    let long = "a".repeat(65);
    for (body, expected) in [
        (forever.to_owned(), (400, "ces.0001")),
        (format!(r#""relation_type":"ALARM",{forever}"#), (400, "ces.0014")),
        (format!(r#""relation_type":"ALARM_RULE",{forever}"#), (400, "ces.0001")),
        (format!(r#""relation_type":"ALARM_RULE","relation_ids":[],{forever}"#), (400, "ces.0014")),
        (format!(r#""relation_type":"ALARM_RULE","relation_ids":["x"],{forever}"#), (400, "ces.0014")),
        (
            format!(r#""relation_type":"ALARM_RULE","relation_ids":["{unknown}"],{forever}"#),
            (404, "ces.0016"),
        ),
        (format!(r#""relation_type":"ALARM_RULE","relation_ids":["{rule}"]"#), (400, "ces.0001")),
        (format!(r#""relation_type":"RESOURCE",{forever}"#), (400, "ces.0001")),
        (format!(r#""relation_type":"RESOURCE",{forever},"resources":[]"#), (400, "ces.0014")),
        (
            format!(r#""relation_type":"RESOURCE",{forever},{resources},"mask_name":"{long}""#),
            (400, "ces.0014"),
        ),
        (format!(r#""relation_type":"RESOURCE",{forever},{resources},"mask_name":"a b""#), (400, "ces.0014")),
        (
            format!(r#""relation_type":"RESOURCE",{forever},{resources},"resource_level":"x""#),
            (400, "ces.0014"),
        ),
        (format!(r#""relation_type":"RESOURCE_POLICY_ALARM",{forever},{resources}"#), (400, "ces.0001")),
        (
            format!(r#""relation_type":"RESOURCE_POLICY_ALARM",{forever},{resources},"relation_ids":["1"]"#),
            (404, "ces.0016"),
        ),
        (
            format!(
                r#""relation_type":"RESOURCE",{forever},{resources},"relation_ids":[{}]"#,
                many.join(",")
            ),
            (400, "ces.0014"),
        ),
        (format!(r#""relation_type":"EVENT.SYS",{forever}"#), (400, "ces.0014")),
        (
            format!(
                r#""relation_type":"RESOURCE",{resources},"mask_type":"START_END_TIME","start_date":"2030-01-02",
                   "start_time":"00:00:00","end_date":"2030-01-01","end_time":"00:00:00""#
            ),
            (400, "ces.0014"),
        ),
    ] {
        let found = world.refusal("BatchUpdateNotificationMasks/v2", "", &format!("{{{body}}}"));
        assert_eq!(found, (expected.0, expected.1.to_owned()), "{body}");
    }
    for (name, id, body, expected) in [
        ("UpdateNotificationMask/v2", "nm1", "{}", (400, "ces.0013")),
        ("UpdateNotificationMask/v2", "nm1606377637506DmVOENVyL", "{}", (404, "ces.0016")),
        ("ListNotificationMaskResources/v2", "nm1606377637506DmVOENVyL", "", (404, "ces.0016")),
        ("ListNotificationMasks/v2", "", "{}", (400, "ces.0001")),
        ("ListNotificationMasks/v2", "", r#"{"relation_type":"DEFAULT","mask_id":"x"}"#, (400, "ces.0014")),
        ("BatchDeleteNotificationMasks/v2", "", r#"{"notification_mask_ids":[]}"#, (400, "ces.0014")),
    ] {
        assert_eq!(world.refusal(name, id, body), (expected.0, expected.1.to_owned()), "{name} {id} {body}");
    }
    assert_eq!(world.list(r#""relation_type":"DEFAULT""#)["count"], 0);
}
