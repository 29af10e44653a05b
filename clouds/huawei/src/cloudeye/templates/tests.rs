//! Templates against a store, in both versions.

use muster_db::testing::TestStore;
use serde_json::{Value, json};

use crate::cloudeye::groups::tests::{answer, route};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::tests::request;

const ABSENT: &str = "at1606377637506DmVOENVyL";

fn store() -> TestStore {
    TestStore::sqlite(&[muster_resources::MIGRATIONS, muster_alarms::MIGRATIONS].concat()).unwrap()
}

fn try_ask(store: &TestStore, name: &'static str, query: &str, id: &str, body: &str) -> Result<Reply, Fault> {
    let route = route(name);
    let line = format!("{} {}?{query}", route.method, route.pattern);
    let request = request(&line, &[("template_id", id), ("alarm_id", id)], body);
    store.db.write_blocking(move |tx| Ok(answer(tx, name, &request))).unwrap()
}

fn ask(store: &TestStore, name: &'static str, query: &str, id: &str, body: &str) -> Value {
    try_ask(store, name, query, id, body).unwrap().body.unwrap_or_default()
}

fn refusal(store: &TestStore, name: &'static str, id: &str, body: &str) -> (u16, String) {
    let fault = try_ask(store, name, "", id, body).unwrap_err();
    (fault.status.as_u16(), fault.code.to_string())
}

fn policy(namespace: &str, dimension: &str, metric: &str, value: f64) -> Value {
    json!({
        "namespace": namespace, "dimension_name": dimension, "metric_name": metric, "period": 300,
        "filter": "average", "comparison_operator": ">=", "value": value, "unit": "%", "count": 3,
        "suppress_duration": 300, "alarm_level": 1,
    })
}

fn template(name: &str, policies: &[Value]) -> String {
    json!({"template_name": name, "template_description": "d", "policies": policies}).to_string()
}

fn create(store: &TestStore, body: &str) -> String {
    let reply = try_ask(store, "CreateAlarmTemplate/v2", "", "", body).unwrap();
    assert_eq!(reply.status.as_u16(), 201);
    reply.body.unwrap()["template_id"].as_str().unwrap().to_owned()
}

/// A rule that follows a template.
fn follow(store: &TestStore, template: &str) -> String {
    let body = json!({
        "name": "r", "namespace": "SYS.ECS", "type": "MULTI_INSTANCE", "enabled": true,
        "notification_enabled": false, "alarm_template_id": template,
        "resources": [[{"name": "instance_id", "value": "vm-1"}]],
    });
    let made = ask(store, "CreateAlarmRules/v2", "", "", &body.to_string());
    made["alarm_id"].as_str().unwrap().to_owned()
}

fn metrics(store: &TestStore, rule: &str) -> Vec<(String, f64)> {
    let found = ask(store, "ListAlarmRulePolicies/v2", "", rule, "");
    let read = |policy: &Value| {
        (policy["metric_name"].as_str().unwrap().to_owned(), policy["value"].as_f64().unwrap())
    };
    found["policies"].as_array().unwrap().iter().map(read).collect()
}

#[test]
fn a_template_is_shown_as_it_was_sent() {
    let store = store();
    let mut first = policy("SYS.ECS", "mount_point,instance_id", "disk_usedPercent", 80.5);
    first["extra_info"] = json!({"origin_metric_name": "disk_usedPercent", "metric_prefix": "SlAsH_"});
    first["selected_unit"] = json!("%");
    let mut second = policy("SYS.RDS", "rds_instance_id", "cpu", 0.0);
    second["hierarchical_value"] = json!({"critical": 95.0, "major": 80.0});
    let id = create(&store, &template("web", &[first.clone(), second]));
    let shown = ask(&store, "ShowAlarmTemplate/v2", "", &id, "");
    assert_eq!(
        (&shown["template_id"], &shown["template_name"], &shown["template_type"], &shown["create_time"]),
        (&json!(id), &json!("web"), &json!("custom"), &json!("2026-01-15T08:30:00Z"))
    );
    assert_eq!((&shown["association_alarm_total"], &shown["policies"][0]), (&json!(0), &first));
    let levels = &shown["policies"][1]["hierarchical_value"];
    assert_eq!((&levels["critical"], &levels["major"]), (&json!(95.0), &json!(80.0)));

    let events = r#"{"template_name": "events", "template_type": 2, "policies": [
        {"namespace": "SYS.ECS", "metric_name": "rebootServer", "period": 0, "filter": "average",
         "comparison_operator": ">=", "count": 1}]}"#;
    let events = create(&store, events);
    let shown = ask(&store, "ShowAlarmTemplate/v2", "", &events, "");
    assert_eq!(shown["template_type"], "custom_event");
    assert!(shown["policies"][0].get("dimension_name").is_none());
    for (query, expected) in [
        ("", vec![&id]),
        ("template_type=custom", vec![&id]),
        ("template_type=custom_event", vec![&events]),
        ("template_type=system_custom_event", vec![&events]),
        ("template_type=system", vec![]),
        ("template_type=system_event", vec![]),
        ("namespace=SYS.RDS", vec![&id]),
        ("namespace=SYS.EVS", vec![]),
        ("dim_name=instance_id,mount_point", vec![&id]),
        ("product_name=SYS.RDS,rds_instance_id", vec![&id]),
        ("template_name=EB", vec![&id]),
        ("offset=1", vec![]),
    ] {
        let found = ask(&store, "ListAlarmTemplates/v2", query, "", "");
        let ids: Vec<&str> = found["alarm_templates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["template_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[test]
fn rules_follow_their_template() {
    let store = store();
    let id = create(&store, &template("web", &[policy("SYS.ECS", "instance_id", "cpu_util", 80.0)]));
    let rule = follow(&store, &id);
    assert_eq!(metrics(&store, &rule), [("cpu_util".to_owned(), 80.0)]);
    let changed = template(
        "web2",
        &[
            policy("SYS.ECS", "instance_id", "mem_util", 70.0),
            policy("SYS.ECS", "disk_name", "iops", 1.0),
            policy("SYS.ECS", "instance_id", "cpu_util", 85.0),
        ],
    );
    assert_eq!(try_ask(&store, "UpdateAlarmTemplate/v2", "", &id, &changed).unwrap().status.as_u16(), 204);
    assert_eq!(metrics(&store, &rule), [("mem_util".to_owned(), 70.0), ("cpu_util".to_owned(), 85.0)]);
    assert_eq!(ask(&store, "ShowAlarmTemplate/v2", "", &id, "")["association_alarm_total"], 1);
    assert_eq!(
        ask(&store, "ListAlarmTemplateAssociationAlarms/v2", "", &id, ""),
        json!({"alarms": [{"alarm_id": rule, "name": "r", "description": ""}], "count": 1})
    );
    // A template with rules is deleted alone; they stay and follow nothing, or go with it.
    let other = create(&store, &template("db", &[policy("SYS.RDS", "rds_instance_id", "cpu", 1.0)]));
    let both = json!({"template_ids": [other, id]}).to_string();
    assert_eq!(refusal(&store, "BatchDeleteAlarmTemplates/v2", "", &both), (400, "ces.0014".to_owned()));
    let alone = json!({"template_ids": [id]}).to_string();
    assert_eq!(ask(&store, "BatchDeleteAlarmTemplates/v2", "", "", &alone), json!({"template_ids": [id]}));
    assert_eq!(metrics(&store, &rule).len(), 2);
    let id = create(&store, &template("web", &[policy("SYS.ECS", "instance_id", "cpu_util", 80.0)]));
    let rule = follow(&store, &id);
    let with_rules = json!({"template_ids": [id], "delete_associate_alarm": true}).to_string();
    ask(&store, "BatchDeleteAlarmTemplates/v2", "", "", &with_rules);
    assert_eq!(refusal(&store, "ListAlarmRulePolicies/v2", &rule, "").0, 404);
    assert_eq!(refusal(&store, "BatchDeleteAlarmTemplates/v2", "", &with_rules).0, 404);
}

#[test]
fn a_name_is_overwritten_only_when_asked() {
    let store = store();
    let body = template("web", &[policy("SYS.ECS", "instance_id", "cpu_util", 80.0)]);
    let id = create(&store, &body);
    assert_eq!(refusal(&store, "CreateAlarmTemplate/v2", "", &body), (400, "ces.0014".to_owned()));
    let overwrite = body.replacen('{', r#"{"is_overwrite":true,"#, 1).replace("80.0", "90.0");
    let done = ask(&store, "CreateAlarmTemplate/v2", "", "", &overwrite);
    assert_eq!(done, json!({"template_id": id, "overwrite_result": {"success_ids": id, "failed_ids": ""}}));
    let shown = ask(&store, "ShowAlarmTemplate/v2", "", &id, "");
    assert_eq!(shown["policies"][0]["value"], 90.0);
}

#[test]
fn v1_sees_templates_of_one_part() {
    let store = store();
    let v1 = json!({
        "template_name": "old", "template_description": "d", "namespace": "SYS.ECS", "dimension_name": "instance_id",
        "template_items": [{"metric_name": "cpu_util", "alarm_level": 3, "condition": {
            "comparison_operator": ">", "count": 3, "filter": "max", "period": 1, "unit": "%", "value": 80.0,
            "suppress_duration": 300}}],
    });
    let made = try_ask(&store, "CreateAlarmTemplate/v1", "", "", &v1.to_string()).unwrap();
    assert_eq!(made.status.as_u16(), 201);
    let id = made.body.unwrap()["template_id"].as_str().unwrap().to_owned();
    let parts = [policy("SYS.ECS", "instance_id", "a", 1.0), policy("SYS.RDS", "rds_instance_id", "b", 1.0)];
    create(&store, &template("parts", &parts));
    let newer = create(&store, &template("newer", &parts[..1]));
    let listed = ask(&store, "ListAlarmTemplates/v1", "limit=1", "", "");
    assert_eq!(
        (&listed["alarm_templates"][0]["template_id"], &listed["meta_data"]),
        (&json!(newer), &json!({"count": 1, "total": 2, "marker": newer}))
    );
    let rest = ask(&store, "ListAlarmTemplates/v1", &format!("limit=1&start={newer}"), "", "");
    let mut expected = v1.clone();
    expected["template_id"] = json!(id);
    assert_eq!(
        (&rest["alarm_templates"][0], &rest["meta_data"]),
        (&expected, &json!({"count": 1, "total": 2, "marker": ""}))
    );
    let mut changed = v1;
    changed["template_items"][0]["condition"]["value"] = json!(90.0);
    assert_eq!(
        try_ask(&store, "UpdateAlarmTemplate/v1", "", &id, &changed.to_string()).unwrap().status.as_u16(),
        204
    );
    assert_eq!(ask(&store, "ShowAlarmTemplate/v2", "", &id, "")["policies"][0]["value"], 90.0);
    assert_eq!(try_ask(&store, "DeleteAlarmTemplate/v1", "", &id, "").unwrap().status.as_u16(), 204);
    assert_eq!(refusal(&store, "DeleteAlarmTemplate/v1", &id, ""), (404, "ces.0016".to_owned()));
}

#[test]
fn refusals() {
    let store = store();
    let good = || policy("SYS.ECS", "instance_id", "cpu_util", 80.0);
    let with = |name: &str, value: Value| {
        let mut policy = good();
        policy[name] = value;
        template("t", &[policy])
    };
    let without = |name: &str| {
        let mut policy = good();
        policy.as_object_mut().unwrap().remove(name);
        template("t", &[policy])
    };
    let many: Vec<Value> = (0..1001).map(|_| good()).collect();
    for (body, code) in [
        ("{}".to_owned(), "ces.0001"),
        (template("1st", &[good()]), "ces.0014"),
        (template("a b", &[good()]), "ces.0014"),
        (template("t", &[]), "ces.0014"),
        (template("t", &many), "ces.0014"),
        (without("namespace"), "ces.0001"),
        (without("dimension_name"), "ces.0001"),
        (without("metric_name"), "ces.0001"),
        (with("namespace", json!("ECS")), "ces.0014"),
        (with("dimension_name", json!("a,b,c,d,e")), "ces.0014"),
        (with("period", json!(60)), "ces.0014"),
        (with("count", json!(7)), "ces.0014"),
        (with("alarm_level", json!(5)), "ces.0014"),
        (with("filter", json!("median")), "ces.0014"),
        (template("t", &[good()]).replacen('{', r#"{"template_type":1,"#, 1), "ces.0014"),
    ] {
        assert_eq!(
            refusal(&store, "CreateAlarmTemplate/v2", "", &body),
            (400, code.to_owned()),
            "{body:.200}"
        );
    }
    for (name, id, body, expected) in [
        ("ShowAlarmTemplate/v2", ABSENT, String::new(), (404, "ces.0016")),
        ("ShowAlarmTemplate/v2", "al1", String::new(), (400, "ces.0013")),
        ("UpdateAlarmTemplate/v2", ABSENT, template("t", &[good()]), (404, "ces.0016")),
        ("ListAlarmTemplateAssociationAlarms/v2", ABSENT, String::new(), (404, "ces.0016")),
        ("BatchDeleteAlarmTemplates/v2", "", r#"{"template_ids":[]}"#.to_owned(), (400, "ces.0014")),
    ] {
        assert_eq!(refusal(&store, name, id, &body), (expected.0, expected.1.to_owned()), "{name} {id}");
    }
    assert_eq!(ask(&store, "ListAlarmTemplates/v2", "", "", "")["count"], 0);
}
