//! Recorded requests against a store, and the literal text of the answers.

use muster_db::testing::TestStore;
use serde_json::{Value, json};

use crate::cloudeye::groups::tests::{answer, route};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::Request;
use crate::request::tests::request;

const BAD_BODY: &str = "ces.0014";
const MISSING: &str = "ces.0001";

fn store() -> TestStore {
    TestStore::sqlite(&[muster_resources::MIGRATIONS, muster_alarms::MIGRATIONS].concat()).unwrap()
}

fn of(name: &str, query: &str, id: &str, body: &str) -> Request {
    let route = route(name);
    let line = format!("{} {}?{query}", route.method, route.pattern);
    request(&line, &[("alarm_id", id), ("group_id", id), ("service", "SYS.ECS")], body)
}

fn try_ask(store: &TestStore, name: &'static str, query: &str, id: &str, body: &str) -> Result<Reply, Fault> {
    let request = of(name, query, id, body);
    store.db.write_blocking(move |tx| Ok(answer(tx, name, &request))).unwrap()
}

fn ask(store: &TestStore, name: &'static str, query: &str, id: &str, body: &str) -> Value {
    try_ask(store, name, query, id, body).unwrap().body.unwrap_or(Value::Null)
}

/// Two policies, as Terraform writes them: a threshold of zero is not there.
const TWO_POLICIES: &str = r#"{
    "name": "r1", "namespace": "SYS.ECS", "type": "MULTI_INSTANCE",
    "resources": [[{"name": "instance_id", "value": "i-1"}, {"name": "disk", "value": "sda"}]],
    "policies": [
        {"metric_name": "cpu_util", "period": 1, "filter": "average", "comparison_operator": ">", "count": 3,
         "suppress_duration": 300, "level": 3},
        {"metric_name": "mem_util", "period": 300, "filter": "max", "comparison_operator": "cycle_wave", "value": 12.5,
         "unit": "%", "count": 1}],
    "alarm_notifications": [{"type": "notification", "notification_list": ["urn:smn:region:project:ops"]}],
    "notification_begin_time": "08:00", "notification_end_time": "20:00", "effective_timezone": "GMT+08:00",
    "enabled": true, "notification_enabled": true}"#;

fn create(store: &TestStore, body: &str) -> String {
    ask(store, "CreateAlarmRules/v2", "", "", body)["alarm_id"].as_str().unwrap().to_owned()
}

#[test]
fn three_views_of_a_rule_agree() {
    let store = store();
    let id = create(&store, TWO_POLICIES);
    let listed = ask(&store, "ListAlarmRules/v2", &format!("alarm_id={id}"), "", "");
    let policy = |place: usize| listed["alarms"][0]["policies"][place]["alarm_policy_id"].clone();
    let actions = json!([{"type": "notification", "notification_list": ["urn:smn:region:project:ops"]}]);
    let dimensions = json!([{"name": "instance_id", "value": "i-1"}, {"name": "disk", "value": "sda"}]);
    assert_eq!(
        listed,
        json!({"count": 1, "alarms": [{
            "alarm_id": id, "name": "r1", "description": "", "namespace": "SYS.ECS", "type": "MULTI_INSTANCE",
            "enabled": true, "notification_enabled": true,
            "policies": [
                {"alarm_policy_id": policy(0), "metric_name": "cpu_util", "period": 1, "filter": "average",
                 "comparison_operator": ">", "value": 0.0, "unit": "", "count": 3, "suppress_duration": 300,
                 "level": 3, "enabled": true},
                {"alarm_policy_id": policy(1), "metric_name": "mem_util", "period": 300, "filter": "max",
                 "comparison_operator": "cycle_wave", "value": 12.5, "unit": "%", "count": 1,
                 "suppress_duration": 0, "level": 2, "enabled": true}],
            "resources": [{"dimensions": dimensions}],
            "alarm_notifications": actions, "ok_notifications": [],
            "notification_begin_time": "08:00", "notification_end_time": "20:00",
            "effective_timezone": "GMT+08:00", "enterprise_project_id": "0", "alarm_template_id": null, "product_name": "",
            "resource_level": "", "tags": [],
        }]})
    );
    assert_eq!(
        ask(&store, "ListAlarmRuleResources/v2", "", &id, ""),
        json!({"count": 1, "resources": [dimensions]})
    );
    let mut policies = listed["alarms"][0]["policies"].clone();
    policies[0]["type"] = json!("MULTI_INSTANCE");
    policies[1]["type"] = json!("MULTI_INSTANCE");
    assert_eq!(
        ask(&store, "ListAlarmRulePolicies/v2", "", &id, ""),
        json!({"count": 2, "policies": policies})
    );
    assert_eq!(
        ask(&store, "ListAlarmRulePolicies/v2", "offset=1&limit=1", &id, ""),
        json!({"count": 2, "policies": [policies[1]]})
    );
    let shown = json!({
        "alarm_id": id, "alarm_name": "r1", "alarm_description": "",
        "metric": {"namespace": "SYS.ECS", "metric_name": "cpu_util", "dimensions": dimensions},
        "condition": {"period": 1, "filter": "average", "comparison_operator": ">", "value": 0.0, "unit": "",
                      "count": 3, "suppress_duration": 300},
        "alarm_enabled": true, "alarm_level": 3, "alarm_type": "MULTI_INSTANCE", "alarm_action_enabled": true,
        "alarm_actions": [{"type": "notification", "notificationList": ["urn:smn:region:project:ops"]}],
        "ok_actions": [], "insufficientdata_actions": [],
        "alarm_action_begin_time": "08:00", "alarm_action_end_time": "20:00", "effective_timezone": "GMT+08:00",
        "update_time": 1_768_465_800_000_i64, "alarm_state": "insufficient_data", "enterprise_project_id": "0",
    });
    assert_eq!(ask(&store, "ShowAlarm/v1", "", &id, ""), json!({"metric_alarms": [shown]}));
    let meta = json!({"count": 1, "total": 1, "marker": ""});
    assert_eq!(
        ask(&store, "ListAlarms/v1", "", "", ""),
        json!({"metric_alarms": [shown], "meta_data": meta})
    );
}

#[test]
fn a_rule_is_changed_through_either_version() {
    let store = store();
    let id = create(&store, TWO_POLICIES);
    let renamed = r#"{"alarm_name": "r2", "alarm_description": "d",
        "alarm_actions": [[{"type": "autoscaling", "notificationList": []}]],
        "ok_actions": [{"type": "contact", "notificationList": ["ann"]}]}"#;
    ask(&store, "UpdateAlarm/v1", "", &id, renamed);
    ask(&store, "UpdateAlarmAction/v1", "", &id, r#"{"alarm_enabled": false}"#);
    let other =
        r#"{"resources": [[{"name": "instance_id", "value": "i-2"}, {"name": "disk", "value": "sdb"}]]}"#;
    ask(&store, "AddAlarmRuleResources/v2", "", &id, other);
    let first =
        r#"{"resources": [[{"name": "disk", "value": "sda"}, {"name": "instance_id", "value": "i-1"}]]}"#;
    ask(&store, "DeleteAlarmRuleResources/v2", "", &id, first);
    let rule = |field: &str| {
        ask(&store, "ListAlarmRules/v2", &format!("alarm_id={id}"), "", "")["alarms"][0][field].clone()
    };
    let kept = rule("policies")[0]["alarm_policy_id"].clone();
    let policies = r#"{"policies": [{"metric_name": "cpu_util", "period": 1, "filter": "average",
        "comparison_operator": ">", "count": 3, "suppress_duration": 300, "level": 3},
        {"metric_name": "load", "period": 3600, "filter": "sum", "comparison_operator": "<=", "count": 2,
         "hierarchical_value": {"critical": 95.5}}]}"#;
    let answered = ask(&store, "UpdateAlarmRulePolicies/v2", "", &id, policies);
    assert_eq!(answered["policies"], rule("policies"));
    assert_eq!(rule("policies")[0]["alarm_policy_id"], kept);
    assert_eq!(rule("policies")[1]["hierarchical_value"], json!({"critical": 95.5}));
    assert_eq!((rule("name"), rule("description"), rule("enabled")), (json!("r2"), json!("d"), json!(false)));
    assert_eq!(rule("alarm_notifications"), json!([{"type": "autoscaling", "notification_list": []}]));
    assert_eq!(rule("ok_notifications"), json!([{"type": "contact", "notification_list": ["ann"]}]));
    let left = json!([{"name": "instance_id", "value": "i-2"}, {"name": "disk", "value": "sdb"}]);
    assert_eq!(rule("resources"), json!([{"dimensions": left}]));
    let silent = r#"{"notification_enabled": false, "notification_begin_time": "09:00"}"#;
    let answered = ask(&store, "UpdateAlarmNotifications/v2", "", &id, silent);
    assert_eq!(
        (&answered["notification_enabled"], &answered["notification_begin_time"]),
        (&json!(false), &json!("09:00"))
    );
    let condition = r#"{"condition": {"comparison_operator": "<", "count": 5, "filter": "min", "period": 300,
        "value": 7}, "alarm_level": 1}"#;
    ask(&store, "UpdateAlarm/v1", "", &id, condition);
    assert_eq!(rule("policies")[0]["value"], json!(7.0));
    assert_eq!((&rule("policies")[0]["level"], rule("policies").as_array().unwrap().len()), (&json!(1), 2));
    assert_eq!(rule("policies")[0]["alarm_policy_id"], kept);
    let deleted = ask(&store, "BatchDeleteAlarmRules/v2", "", "", &format!(r#"{{"alarm_ids": ["{id}"]}}"#));
    assert_eq!(deleted, json!({"alarm_ids": [id]}));
    for name in ["ShowAlarm/v1", "DeleteAlarm/v1", "ListAlarmRulePolicies/v2"] {
        let fault = try_ask(&store, name, "", &id, "{}").unwrap_err();
        assert_eq!((fault.status.as_u16(), &*fault.code), (404, "ces.0016"), "{name}");
    }
    assert_eq!(ask(&store, "ListAlarmRules/v2", "", "", "")["count"], 0);
}

#[test]
fn a_rule_on_a_group_names_it_everywhere() {
    let store = store();
    let group = ask(&store, "CreateResourceGroup/v2", "", "", r#"{"group_name": "t1"}"#);
    let group = group["group_id"].as_str().unwrap();
    let body = |group: &str| {
        json!({
            "name": "r1", "namespace": "SYS.ECS", "resource_group_id": group,
            "resources": [[{"name": "instance_id"}]], "type": "RESOURCE_GROUP",
            "enabled": true, "notification_enabled": false,
            "policies": [{"metric_name": "cpu_util", "period": 1, "filter": "average",
                          "comparison_operator": ">=", "value": 80.0, "count": 3}],
        })
        .to_string()
    };
    let id = create(&store, &body(group));
    let dimensions = json!([{"name": "instance_id"}]);
    let listed = ask(&store, "ListAlarmRules/v2", "", "", "");
    assert_eq!(
        listed["alarms"][0]["resources"],
        json!([{"resource_group_id": group, "resource_group_name": "t1", "dimensions": dimensions}])
    );
    let resources = ask(&store, "ListAlarmRuleResources/v2", "", &id, "");
    assert_eq!(resources["resources"], json!([dimensions]));
    let shown = ask(&store, "ShowAlarm/v1", "", &id, "");
    assert_eq!(shown["metric_alarms"][0]["metric"]["resource_group_id"], json!(group));
    let missing =
        try_ask(&store, "CreateAlarmRules/v2", "", "", &body("rg1606377637506DmVOENVyL")).unwrap_err();
    assert_eq!((missing.status.as_u16(), &*missing.code), (404, "ces.0016"));
}

#[test]
fn an_event_rule_gives_back_its_number_of_events() {
    let store = store();
    let body = r#"{"name": "e1", "namespace": "", "type": "EVENT.CUSTOM", "resources": [], "enabled": true,
        "notification_enabled": false,
        "policies": [{"metric_name": "rebooted", "period": 300, "filter": "sum", "comparison_operator": "=",
                      "value": 4, "count": 7}]}"#;
    create(&store, body);
    let listed = ask(&store, "ListAlarmRules/v2", "", "", "");
    let policy = &listed["alarms"][0]["policies"][0];
    let written = |name: &str| policy[name].clone();
    assert_eq!(
        (written("count"), written("value"), written("filter"), written("comparison_operator")),
        (json!(7), json!(4.0), json!("sum"), json!("="))
    );
    let shown = ask(&store, "ListAlarms/v1", "", "", "");
    assert_eq!(shown["metric_alarms"][0]["alarm_state"], "ok");
}

#[test]
fn rules_are_found_by_what_they_say() {
    let store = store();
    let mut ids = Vec::new();
    for (name, value, product) in
        [("web-a", "i-1", ""), ("web-b", "i-2", "SYS.ECS,instance_id"), ("db", "i-1", "")]
    {
        let mut body: Value = serde_json::from_str(TWO_POLICIES).unwrap();
        body["name"] = json!(name);
        body["resources"] =
            json!([[{"name": "instance_id", "value": value}, {"name": "disk", "value": "sda"}]]);
        body["product_name"] = json!(product);
        ids.push(create(&store, &body.to_string()));
    }
    let names = |query: &str| {
        let listed = ask(&store, "ListAlarmRules/v2", query, "", "");
        let all = listed["alarms"].as_array().unwrap().clone();
        all.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["db", "web-b", "web-a"]);
    assert_eq!(names("name=web"), ["web-b", "web-a"]);
    assert_eq!(names("resource_id=sda,i-1"), ["db", "web-a"]);
    assert_eq!(names("product_name=SYS.ECS,instance_id"), ["web-b"]);
    assert_eq!(names("resource_level=dimension&offset=1"), ["web-b", "web-a"]);
    assert_eq!(names("enterprise_project_id=all_granted_eps&limit=1&offset=2"), ["web-a"]);
    assert!(names("namespace=MINE.APP").is_empty() && names("offset=3").is_empty());
    let page = |query: &str| {
        let listed = ask(&store, "ListAlarms/v1", query, "", "");
        let all = listed["metric_alarms"].as_array().unwrap().clone();
        let names: Vec<String> =
            all.iter().map(|rule| rule["alarm_name"].as_str().unwrap().to_owned()).collect();
        (names, listed["meta_data"]["marker"].as_str().unwrap().to_owned())
    };
    let (first, marker) = page("limit=2");
    assert_eq!((first, &marker), (vec!["db".to_owned(), "web-b".to_owned()], &ids[1]));
    assert_eq!(page(&format!("limit=2&start={marker}")), (vec!["web-a".to_owned()], String::new()));
    assert_eq!(page(&format!("order=asc&start={}", ids[0])).0, ["web-b", "db"]);
}

#[test]
fn what_is_out_of_bounds_is_refused_and_changes_nothing() {
    let store = store();
    let cases: &[(&str, Value, &str)] = &[
        ("/name", json!("no blanks"), BAD_BODY),
        ("/name", Value::Null, MISSING),
        ("/type", json!("multi_instance"), BAD_BODY),
        ("/type", json!("RESOURCE_GROUP"), MISSING),
        ("/namespace", json!(""), BAD_BODY),
        ("/description", json!("d".repeat(257)), BAD_BODY),
        ("/enabled", Value::Null, MISSING),
        ("/enabled", json!("true"), BAD_BODY),
        ("/notification_enabled", Value::Null, MISSING),
        ("/alarm_notifications", json!([]), BAD_BODY),
        ("/alarm_notifications/0/type", json!("mail"), BAD_BODY),
        ("/alarm_notifications/0/notification_list", json!(vec!["t"; 21]), BAD_BODY),
        ("/notification_begin_time", json!("8:00"), BAD_BODY),
        ("/effective_timezone", json!("GMT+8"), BAD_BODY),
        ("/resources", json!([[{"name": "a"}, {"name": "a"}]]), BAD_BODY),
        (
            "/resources/0",
            json!([{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}, {"name": "e"}]),
            BAD_BODY,
        ),
        ("/resources/0/0/name", json!("1a"), BAD_BODY),
        ("/policies", json!([]), BAD_BODY),
        ("/policies", Value::Null, MISSING),
        ("/policies/0/metric_name", Value::Null, MISSING),
        ("/policies/0/period", json!(0), BAD_BODY),
        ("/policies/0/period", json!(60), BAD_BODY),
        ("/policies/0/filter", json!("Average"), BAD_BODY),
        ("/policies/0/comparison_operator", json!("=="), BAD_BODY),
        ("/policies/1/value", json!(1.8e108), BAD_BODY),
        ("/policies/1/value", json!("1"), BAD_BODY),
        ("/policies/0/count", json!(6), BAD_BODY),
        ("/policies/0/suppress_duration", json!(60), BAD_BODY),
        ("/policies/0/level", json!(5), BAD_BODY),
        ("/resource_level", json!("product"), MISSING),
        ("/resource_level", json!("host"), BAD_BODY),
        ("/enterprise_project_id", json!("x"), BAD_BODY),
    ];
    for (place, value, code) in cases {
        let mut body: Value = serde_json::from_str(TWO_POLICIES).unwrap();
        match body.pointer_mut(place) {
            Some(field) => *field = value.clone(),
            None => body[&place[1..]] = value.clone(),
        }
        let fault = try_ask(&store, "CreateAlarmRules/v2", "", "", &body.to_string()).unwrap_err();
        assert_eq!((fault.status.as_u16(), &*fault.code), (400, *code), "{place} {value}: {}", fault.text());
    }
    assert_eq!(ask(&store, "ListAlarmRules/v2", "", "", "")["count"], 0);
    let many: Vec<&str> = vec!["al1606377637506DmVOENVyL"; 11];
    let many = json!({"alarm_ids": many}).to_string();
    for (name, query, body) in [
        ("BatchDeleteAlarmRules/v2", "", many.as_str()),
        (
            "BatchEnableAlarmRules/v2",
            "",
            r#"{"alarm_ids": ["rg1606377637506DmVOENVyL"], "alarm_enabled": true}"#,
        ),
        ("ListAlarmRules/v2", "limit=101", ""),
        ("ListAlarms/v1", "start=5", ""),
        ("ListAlarms/v1", "order=up", ""),
        ("ListAlarmHistories/v2", "status=ALARM", ""),
        ("ListAlarmHistories/v2", "from=2022-02-10", ""),
        ("ListAlarmHistories/v2", "order_by=name", ""),
        ("ListAlarmHistories/v1", "alarm_level=0", ""),
        ("ListAlarmHistories/v1", "from=2022-02-10", ""),
        ("ShowAlarm/v1", "", ""),
    ] {
        let fault = try_ask(&store, name, query, "x", body).unwrap_err();
        assert_eq!(fault.status.as_u16(), 400, "{name} {query}");
    }
}

#[test]
fn tags_and_quotas_are_those_of_all_rules() {
    let store = store();
    for (key, value) in [("team", "a"), ("team", "b"), ("env", "")] {
        let mut body: Value = serde_json::from_str(TWO_POLICIES).unwrap();
        body["tags"] = json!([{"key": key, "value": value}]);
        create(&store, &body.to_string());
    }
    assert_eq!(
        ask(&store, "ListCesTargetProjectTags/v2", "", "", ""),
        json!({"tags": [{"key": "env", "values": [""]}, {"key": "team", "values": ["a", "b"]}]})
    );
    let quotas = ask(&store, "ShowQuotas/v1", "", "", "");
    let rules = &quotas["quotas"]["resources"][0];
    assert_eq!((&rules["type"], &rules["used"]), (&json!("alarm"), &json!(3)));
}

#[test]
fn v1_makes_a_rule_with_its_defaults() {
    let store = store();
    let body = |more: &str| {
        format!(
            r#"{{"alarm_name": "v1", "metric": {{"namespace": "MINE.APP", "metric_name": "load",
                "dimensions": [{{"name": "host", "value": "h1"}}]}},
                "condition": {{"comparison_operator": ">", "count": 5, "filter": "average", "period": 1, "value": 9}}
                {more}}}"#
        )
    };
    let fault = try_ask(&store, "CreateAlarm/v1", "", "", &body("")).unwrap_err();
    assert_eq!(&*fault.code, BAD_BODY, "messages are on, and nobody is told");
    let told =
        body(r#", "alarm_actions": [{"type": "notification", "notificationList": ["urn:smn:r:p:t"]}]"#);
    let id = ask(&store, "CreateAlarm/v1", "", "", &told)["alarm_id"].as_str().unwrap().to_owned();
    let shown = ask(&store, "ShowAlarm/v1", "", &id, "");
    let rule = &shown["metric_alarms"][0];
    assert_eq!((&rule["alarm_type"], &rule["alarm_level"]), (&json!("MULTI_INSTANCE"), &json!(2)));
    assert_eq!((&rule["alarm_enabled"], &rule["alarm_action_enabled"]), (&json!(true), &json!(true)));
    for (place, value) in [("count", "6"), ("period", "2")] {
        let wrong = told.replace(
            &format!(r#""{place}": {}"#, if place == "count" { "5" } else { "1" }),
            &format!(r#""{place}": {value}"#),
        );
        assert_eq!(
            &*try_ask(&store, "CreateAlarm/v1", "", "", &wrong).unwrap_err().code,
            BAD_BODY,
            "{place}"
        );
    }
}

/// Puts what a rule watches on a host into a state, as judging it would.
fn stand(store: &TestStore, alarm_id: &str, host: &str, state: &'static str) {
    let (key, host) = (alarm_id.to_owned(), format!("instance_id:{host}"));
    store
        .db
        .write_blocking(move |tx| {
            tx.execute("DELETE FROM alarms_units WHERE dimensions = $1", muster_db::params![host])?;
            tx.execute(
                "INSERT INTO alarms_units (policy_id, dimensions, rule_id, account_id, project_id, state, since)
                 SELECT p.id, $2, r.id, r.account_id, r.project_id, $3, 0
                 FROM alarms_rules r JOIN alarms_policies p ON p.rule_id = r.id WHERE r.rule_key = $1",
                muster_db::params![key, host, state],
            )
        })
        .unwrap();
}

#[test]
fn groups_stand_as_their_members_do() {
    let store = store();
    let host = |id: &str| {
        format!(r#"{{"namespace": "SYS.ECS", "dimensions": [{{"name": "instance_id", "value": "{id}"}}]}}"#)
    };
    let group = |body: String| {
        ask(&store, "CreateResourceGroup/v2", "", "", &body)["group_id"].as_str().unwrap().to_owned()
    };
    let watched = group(format!(r#"{{"group_name": "m1", "resources": [{}, {}]}}"#, host("h1"), host("h2")));
    let also = group(format!(r#"{{"group_name": "m2", "resources": [{}]}}"#, host("h1")));
    let by_project = group(r#"{"group_name": "e1", "type": "EPS", "association_ep_ids": ["0"]}"#.to_owned());
    let apart = group(format!(r#"{{"group_name": "m3", "resources": [{}]}}"#, host("h3")));
    let empty = group(r#"{"group_name": "m4"}"#.to_owned());
    let status = |id: &str| {
        let shown = ask(&store, "ShowResourceGroup/v2", "", id, "");
        let old = ask(&store, "ShowResourceGroup/v1", "", id, "");
        let word = shown["status"].as_str().unwrap().to_owned();
        assert_eq!(old["status"].as_str().unwrap().replace("unhealth", "unhealthy"), word);
        (word, shown["resource_statistics"]["unhealthy"].as_u64().unwrap())
    };
    let is = |word: &str, unhealthy: u64| (word.to_owned(), unhealthy);
    assert_eq!(status(&watched), is("no_alarm_rule", 0));
    let rule = json!({
        "name": "r1", "namespace": "SYS.ECS", "resource_group_id": watched, "type": "RESOURCE_GROUP",
        "resources": [[{"name": "instance_id"}]], "enabled": true, "notification_enabled": false,
        "policies": [{"metric_name": "cpu_util", "period": 1, "filter": "average",
                      "comparison_operator": ">=", "value": 80, "count": 3}],
    });
    let rule = create(&store, &rule.to_string());
    for (id, expected) in [
        (&watched, is("health", 0)),
        (&also, is("health", 0)),
        (&by_project, is("health", 0)),
        (&apart, is("no_alarm_rule", 0)),
        (&empty, is("no_alarm_rule", 0)),
    ] {
        assert_eq!(status(id), expected);
    }
    stand(&store, &rule, "h1", "major");
    for (id, expected) in [
        (&watched, is("unhealthy", 1)),
        (&also, is("unhealthy", 1)),
        (&by_project, is("unhealthy", 1)),
        (&apart, is("no_alarm_rule", 0)),
    ] {
        assert_eq!(status(id), expected);
    }
    let members = |id: &str, query: &str| {
        let listed = ask(&store, "ListResourceGroupsServicesResources/v2", query, id, "");
        let all = listed["resources"].as_array().unwrap().clone();
        assert_eq!(listed["count"].as_u64().unwrap(), all.len() as u64);
        let word = |one: &Value| {
            let host = one["dimensions"][0]["value"].as_str().unwrap().to_owned();
            (host, one["status"].as_str().unwrap().to_owned())
        };
        all.iter().map(word).collect::<Vec<_>>()
    };
    let pair = |host: &str, word: &str| (host.to_owned(), word.to_owned());
    assert_eq!(members(&watched, "status=unhealthy"), [pair("h1", "unhealthy")]);
    assert_eq!(members(&watched, "status=health"), [pair("h2", "health")]);
    assert_eq!(members(&by_project, "status=unhealthy"), [pair("h1", "unhealthy")]);
    assert_eq!(members(&by_project, "status=no_alarm_rule"), [pair("h3", "no_alarm_rule")]);
    let listed = ask(&store, "ListResourceGroups/v2", "status=unhealthy", "", "");
    assert_eq!(listed["count"], 3);
    stand(&store, &rule, "h1", "ok");
    assert_eq!(status(&watched), is("health", 0));
    stand(&store, &rule, "h2", "critical");
    assert_eq!((status(&watched), status(&also)), (is("unhealthy", 1), is("health", 0)));
    ask(&store, "UpdateAlarmAction/v1", "", &rule, r#"{"alarm_enabled": false}"#);
    assert_eq!((status(&watched), status(&by_project)), (is("no_alarm_rule", 0), is("no_alarm_rule", 0)));
}
