//! Templates as the wire carries them, and the rules that they make on groups.

use serde_json::{Value, json};

use crate::cloudmonitor::tests::World;

const RULE: &str = "AlertTemplates.1.Category=ecs&AlertTemplates.1.Namespace=acs_ecs_dashboard\
    &AlertTemplates.1.MetricName=cpu_total&AlertTemplates.1.RuleName=busy&AlertTemplates.1.Period=60\
    &AlertTemplates.1.Selector={\"device\":\"/dev/vda1\"}&AlertTemplates.1.Webhook=http://example.com/hook\
    &AlertTemplates.1.Escalations.Critical.Statistics=Average\
    &AlertTemplates.1.Escalations.Critical.ComparisonOperator=GreaterThanThreshold\
    &AlertTemplates.1.Escalations.Critical.Threshold=90.0&AlertTemplates.1.Escalations.Critical.Times=3";

fn create(world: &World, name: &str) -> i64 {
    let made = world.call("CreateMetricRuleTemplate", &format!("Name={name}&Description=d&{RULE}")).unwrap();
    assert_eq!((&made["Code"], &made["Success"]), (&json!(200), &json!(true)));
    made["Id"].as_i64().unwrap()
}

fn group(world: &World) -> i64 {
    let made = world.call("CreateMonitorGroup", "GroupName=shop&ContactGroups=ops").unwrap();
    made["GroupId"].as_i64().unwrap()
}

fn rules(world: &World, group: i64) -> Vec<Value> {
    let listed = world.call("DescribeMetricRuleList", &format!("GroupId={group}&PageSize=100")).unwrap();
    listed["Alarms"]["Alarm"].as_array().unwrap().clone()
}

#[test]
fn a_template_is_shown_as_it_was_sent() {
    let world = World::new();
    let id = create(&world, "web");
    let shown = world.call("DescribeMetricRuleTemplateAttribute", &format!("TemplateId={id}")).unwrap();
    assert_eq!(
        shown["Resource"],
        json!({
            "TemplateId": id.to_string(), "Name": "web", "Description": "d", "RestVersion": "1",
            "AlertTemplates": {"AlertTemplate": [{
                "Category": "ecs", "Namespace": "acs_ecs_dashboard", "MetricName": "cpu_total", "RuleName": "busy",
                "Selector": "{\"device\":\"/dev/vda1\"}", "Webhook": "http://example.com/hook",
                "Escalations": {"Critical": {"ComparisonOperator": "GreaterThanThreshold", "Statistics": "Average",
                                             "Threshold": "90.0", "Times": 3}},
                "Labels": {"Labels": []}, "NoDataPolicy": "KEEP_LAST_STATE", "SilenceTime": 86_400,
            }]},
        })
    );
    assert_eq!(
        world.call("DescribeMetricRuleTemplateAttribute", "Name=web").unwrap()["Resource"],
        shown["Resource"]
    );
    world.store.clock.advance(1_000);
    let changed = format!("TemplateId={id}&RestVersion=1&Name=web2");
    assert_eq!(world.call("ModifyMetricRuleTemplate", &changed).unwrap()["Code"], 200);
    assert_eq!(world.refusal("ModifyMetricRuleTemplate", &changed), (409, "ResourceConflict".to_owned()));
    create(&world, "db");
    let listed = world.call("DescribeMetricRuleTemplateList", "OrderBy=gmtMotified&Order=false").unwrap();
    let names: Vec<_> = listed["Templates"]["Template"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Name"].as_str().unwrap())
        .collect();
    assert_eq!((names, &listed["Total"]), (vec!["db", "web2"], &json!(2)));
    let gone = world.call("DeleteMetricRuleTemplate", &format!("TemplateId={id}")).unwrap();
    assert_eq!(gone["Resource"], json!({"TemplateId": id.to_string()}));
    for operation in ["DeleteMetricRuleTemplate", "DescribeMetricRuleTemplateAttribute"] {
        let found = world.refusal(operation, &format!("TemplateId={id}"));
        assert_eq!(found, (404, "ResourceNotFound".to_owned()), "{operation}");
    }
}

#[test]
fn a_group_gets_a_rule_for_each_of_the_templates() {
    let world = World::new();
    let (id, group) = (create(&world, "web"), group(&world));
    // The group has no instance of the category yet.
    let apply = format!("GroupId={group}&TemplateIds={id}");
    let done = world.call("ApplyMetricRuleTemplate", &apply).unwrap();
    assert_eq!(done["Resource"], json!({"GroupId": group, "AlertResults": []}));
    let apply = format!(
        "{apply}&ApplyMode=ALARM_TEMPLATE_FIRST&SilenceTime=3600&EnableStartTime=8&EnableEndTime=18\
         &Webhook=http://example.com/other"
    );
    let done = world.call("ApplyMetricRuleTemplate", &apply).unwrap();
    let result = &done["Resource"]["AlertResults"][0];
    assert_eq!(
        (&result["Success"], &result["Code"], &result["RuleName"]),
        (&json!(true), &json!("200"), &json!("busy"))
    );
    let made = rules(&world, group);
    let rule = &made[0];
    assert_eq!(made.len(), 1);
    assert_eq!(
        (
            &rule["RuleId"],
            &rule["SilenceTime"],
            &rule["EffectiveInterval"],
            &rule["ContactGroups"],
            &rule["Webhook"]
        ),
        (
            &result["RuleId"],
            &json!(3600),
            &json!("08:00-18:59"),
            &json!("ops"),
            &json!("http://example.com/other")
        )
    );
    // Applied again, it takes the place of what it made; or adds to it.
    world.call("ApplyMetricRuleTemplate", &apply).unwrap();
    let again = rules(&world, group);
    assert_eq!(again.len(), 1);
    assert_ne!(again[0]["RuleId"], rule["RuleId"]);
    world.call("ApplyMetricRuleTemplate", &format!("{apply}&AppendMode=append")).unwrap();
    assert_eq!(rules(&world, group).len(), 2);
    let listed = world.call("DescribeMetricRuleTemplateList", "History=true").unwrap();
    let history = &listed["Templates"]["Template"][0]["ApplyHistories"]["ApplyHistory"];
    assert_eq!((&history[0]["GroupId"], &history[0]["GroupName"]), (&json!(group), &json!("shop")));
    // The rules stay when the template goes.
    world.call("DeleteMetricRuleTemplate", &format!("TemplateId={id}")).unwrap();
    assert_eq!(rules(&world, group).len(), 2);
}

#[test]
fn refusals() {
    let world = World::new();
    let (id, group) = (create(&world, "web"), group(&world));
    let without = |name: &str| RULE.replace(&format!("AlertTemplates.1.{name}="), "X=");
    for (operation, parameters, status) in [
        ("CreateMetricRuleTemplate", RULE.to_owned(), 400),
        ("CreateMetricRuleTemplate", format!("Name=web&{RULE}"), 409),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", without("Category")), 400),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", without("Namespace")), 400),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", without("MetricName")), 400),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", without("RuleName")), 400),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", without("Escalations.Critical.Times")), 400),
        ("CreateMetricRuleTemplate", format!("Name=t&{}", RULE.replace("http:", "ftp:")), 400),
        ("ModifyMetricRuleTemplate", format!("TemplateId={id}&Name=t"), 400),
        ("ModifyMetricRuleTemplate", "TemplateId=1&RestVersion=1".to_owned(), 404),
        ("ApplyMetricRuleTemplate", format!("GroupId={group}&TemplateIds=1"), 404),
        ("ApplyMetricRuleTemplate", format!("GroupId=1&TemplateIds={id}"), 404),
        ("ApplyMetricRuleTemplate", format!("GroupId={group}&TemplateIds=x"), 400),
        ("ApplyMetricRuleTemplate", format!("GroupId={group}&TemplateIds={id}&ApplyMode=x"), 400),
        ("ApplyMetricRuleTemplate", format!("GroupId={group}&TemplateIds={id}&EnableStartTime=24"), 400),
        ("DescribeMetricRuleTemplateList", "OrderBy=x".to_owned(), 400),
    ] {
        assert_eq!(world.refusal(operation, &parameters).0, status, "{operation} {parameters}");
    }
    assert_eq!(world.call("DescribeMetricRuleTemplateList", "").unwrap()["Total"], 1);
}
