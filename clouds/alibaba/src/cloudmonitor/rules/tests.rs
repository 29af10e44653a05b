//! Rules on a store: what goes in and out, as the wire carries it.

use muster_alarms::{Recipient, Target};
use muster_identity::testing::root_caller;
use serde_json::{Value, json};

use super::owner;
use crate::cloudmonitor::tests::World;

const CONDITION: &str = "Escalations.Critical.Statistics=Average\
    &Escalations.Critical.ComparisonOperator=GreaterThanThreshold\
    &Escalations.Critical.Threshold=90&Escalations.Critical.Times=3";

fn rule(id: &str) -> String {
    format!(
        "RuleId={id}&RuleName=night&Namespace=acs_ecs_dashboard&MetricName=cpu_total&ContactGroups=ops,db&{CONDITION}"
    )
}

fn put(world: &World, parameters: &str) {
    let answer = world.call("PutResourceMetricRule", parameters).unwrap();
    assert_eq!(answer, json!({"Code": "200", "Message": "success", "Success": true}));
}

fn listed(world: &World, parameters: &str) -> Vec<Value> {
    let answer = world.call("DescribeMetricRuleList", parameters).unwrap();
    assert_eq!(answer["Code"], 200);
    let rules = answer["Alarms"]["Alarm"].as_array().unwrap().clone();
    assert_eq!(answer["Total"], rules.len().to_string());
    rules
}

fn ids(rules: &[Value]) -> Vec<&str> {
    rules.iter().map(|rule| rule["RuleId"].as_str().unwrap()).collect()
}

fn kept(world: &World, key: &'static str) -> muster_alarms::Rule {
    let alarms = world.services.alarms.clone();
    let caller = root_caller("1000000000000001");
    world.store.db.read_blocking(move |tx| alarms.get(tx, owner(&caller), key)).unwrap()
}

#[test]
fn a_rule_is_shown_as_it_was_put() {
    let world = World::new();
    put(&world, &rule("r-1"));
    assert_eq!(
        listed(&world, "RuleIds=r-1"),
        [json!({
            "RuleId": "r-1", "RuleName": "night", "Namespace": "acs_ecs_dashboard", "MetricName": "cpu_total",
            "Period": "60", "SourceType": "METRIC", "EnableState": true, "AlertState": "INSUFFICIENT_DATA",
            "GroupId": "", "GroupName": "", "ContactGroups": "ops,db", "Webhook": "",
            "MailSubject": "${serviceType}-${metricName}-${levelDescription}Notification(${dimensions})",
            "NoEffectiveInterval": "", "EffectiveInterval": "00:00-23:59", "SilenceTime": 86_400,
            "NoDataPolicy": "KEEP_LAST_STATE", "SendOK": true, "Resources": "[]", "Dimensions": "[]",
            "ProductCategory": "ecs", "GmtCreate": 1_768_465_800_000_i64, "GmtUpdate": "1768465800000",
            "Escalations": {"Critical": {"ComparisonOperator": "GreaterThanThreshold", "Statistics": "Average",
                                         "Threshold": "90", "Times": 3}},
            "CompositeExpression": {}, "Prometheus": {}, "Labels": {"Labels": []},
        })]
    );
    let all = "&Resources=[{\"instanceId\":\"i-1\"}]&EffectiveInterval=09:00-12:00,13:00-18:00&SilenceTime=300\
               &NoEffectiveInterval=12:00-12:30&NoDataPolicy=OK&SendOK=false&Webhook=http://127.0.0.1:9/hook\
               &EmailSubject=${ruleName}&Labels.1.Key=team&Labels.1.Value=db&Period=120&Interval=60";
    put(&world, &format!("{}{all}", rule("r-1").replace("=90", "=80.50")));
    let shown = &listed(&world, "")[0];
    for (member, expected) in [
        ("Resources", json!(r#"[{"instanceId":"i-1"}]"#)),
        ("EffectiveInterval", json!("09:00-12:00,13:00-18:00")),
        ("NoEffectiveInterval", json!("12:00-12:30")),
        ("SilenceTime", json!(300)),
        ("NoDataPolicy", json!("OK")),
        ("SendOK", json!(false)),
        ("Webhook", json!("http://127.0.0.1:9/hook")),
        ("MailSubject", json!("${ruleName}")),
        ("Labels", json!({"Labels": [{"Key": "team", "Value": "db"}]})),
        ("Period", json!("120")),
    ] {
        assert_eq!(shown[member], expected, "{member}");
    }
    assert_eq!(shown["Escalations"]["Critical"]["Threshold"], "80.50");
    let kept = kept(&world, "r-1");
    let telling = &kept.spec.telling;
    assert!(telling.recovery_is_silent && telling.recovery.is_empty());
    assert_eq!(telling.alarm, ["ops", "db"].map(|name| Recipient::ContactGroup(name.into())));
    assert_eq!(kept.spec.policies[0].repeat_ms, Some(300_000));
    assert_eq!(kept.spec.target, Target::Containing(vec![vec![("instanceId".into(), "i-1".into())]]));
    // Whatever is not sent any more is gone.
    put(&world, &rule("r-1"));
    assert_eq!(listed(&world, "")[0]["Labels"], json!({"Labels": []}));
}

#[test]
fn switching_counting_and_deleting() {
    let world = World::new();
    for id in ["a", "b", "c"] {
        put(&world, &rule(id));
    }
    world.call("DisableMetricRules", "RuleId.1=a&RuleId.2=none").unwrap();
    assert_eq!(ids(&listed(&world, "EnableState=false")), ["a"]);
    // A put leaves the switch as it is.
    put(&world, &rule("a"));
    assert_eq!(ids(&listed(&world, "EnableState=true")), ["c", "b"]);
    let counts = world.call("DescribeMetricRuleCount", "").unwrap();
    assert_eq!(
        counts["MetricRuleCount"],
        json!({"Alarm": 0, "Disable": 1, "Nodata": 2, "Ok": 0, "Total": 3})
    );
    world.call("EnableMetricRules", "RuleId.1=a").unwrap();
    world.call("EnableMetricRules", "RuleId.1=a").unwrap();
    assert_eq!(listed(&world, "EnableState=true&RuleName=ight&AlertState=INSUFFICIENT_DATA").len(), 3);
    assert_eq!(listed(&world, "AlertState=ALARM").len(), 0);
    world.call("DeleteMetricRules", "Id.1=a&Id.2=b").unwrap();
    assert_eq!(ids(&listed(&world, "RuleIds=a,b,c")), ["c"]);
    for operation in ["DeleteMetricRules", "EnableMetricRules", "DisableMetricRules"] {
        let parameter = if operation == "DeleteMetricRules" { "Id.1=a" } else { "RuleId.1=a" };
        assert_eq!(world.refusal(operation, parameter), (404, "ResourceNotFound".to_owned()));
    }
}

#[test]
fn a_batch_keeps_what_is_good() {
    let world = World::new();
    let item = |n: u32, text: &str| {
        let pairs = text.split('&').map(|pair| format!("Rules.{n}.{pair}"));
        pairs.collect::<Vec<_>>().join("&")
    };
    let batch = format!("{}&{}", item(1, &rule("good")), item(2, &rule("bad").replace("Times=3", "Times=0")));
    let answer = world.call("PutResourceMetricRules", &batch).unwrap();
    let failed = answer["FailedListResult"]["Target"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["RuleId"]), (1, &json!("bad")));
    assert_eq!(failed[0]["Result"]["Code"], "InvalidParameterValue");
    assert_eq!(ids(&listed(&world, "")), ["good"]);
    let many: Vec<String> = (1..=51).map(|n| item(n, &rule("x"))).collect();
    let refused = world.refusal("PutResourceMetricRules", &many.join("&"));
    assert_eq!(refused, (400, "InvalidParameterValue".to_owned()));
}

#[test]
fn targets_stay_when_a_rule_is_put_again() {
    let world = World::new();
    put(&world, &rule("r-1"));
    let target = "RuleId=r-1&Targets.1.Id=t1&Targets.1.Arn=acs:mns:cn-hangzhou:1:/queues/q/message\
                  &Targets.1.Level=Critical&Targets.2.Id=t2&Targets.2.Arn=acs:fc:cn-hangzhou:1:services/s/functions/f\
                  &Targets.2.JsonParams={}";
    let answer = world.call("PutMetricRuleTargets", target).unwrap();
    assert_eq!(answer["FailData"], json!({"Targets": {"Target": []}}));
    put(&world, &rule("r-1"));
    let shown = world.call("DescribeMetricRuleTargets", "RuleId=r-1").unwrap();
    assert_eq!(
        shown["Targets"]["Target"],
        json!([
            {"Id": "t1", "Arn": "acs:mns:cn-hangzhou:1:/queues/q/message", "Level": "Critical", "JsonParams": ""},
            {"Id": "t2", "Arn": "acs:fc:cn-hangzhou:1:services/s/functions/f", "Level": "", "JsonParams": "{}"},
        ])
    );
    let bridges = |rule: &muster_alarms::Rule| {
        let recipients = rule.spec.telling.alarm.iter();
        recipients.filter(|recipient| matches!(recipient, Recipient::Bridge { .. })).count()
    };
    assert_eq!(bridges(&kept(&world, "r-1")), 2);
    let gone = world.call("DeleteMetricRuleTargets", "RuleId=r-1&TargetIds.1=t1&TargetIds.2=no").unwrap();
    assert_eq!(gone["FailIds"]["TargetIds"]["TargetId"], json!(["no"]));
    assert_eq!(bridges(&kept(&world, "r-1")), 1);
    for operation in ["DescribeMetricRuleTargets", "DeleteMetricRuleTargets", "PutMetricRuleTargets"] {
        let refused = world.refusal(operation, "RuleId=no&TargetIds.1=a&Targets.1.Id=a&Targets.1.Arn=acs:a");
        assert_eq!(refused, (404, "ResourceNotFound".to_owned()), "{operation}");
    }
}

#[test]
fn resources_come_and_go() {
    let world = World::new();
    put(&world, &format!("{}&Resources=[{{\"instanceId\":\"i-1\"}}]", rule("r-1")));
    let resources = |world: &World| listed(world, "")[0]["Resources"].clone();
    world.call("CreateMetricRuleResources", "RuleId=r-1&Resources=[{\"instanceId\":\"i-2\"}]").unwrap();
    assert_eq!(resources(&world), r#"[{"instanceId":"i-1"},{"instanceId":"i-2"}]"#);
    let overwrite = "RuleId=r-1&Overwrite=true&Resources=[{\"instanceId\":\"i-3\"}]";
    world.call("CreateMetricRuleResources", overwrite).unwrap();
    assert_eq!(resources(&world), r#"[{"instanceId":"i-3"}]"#);
    world.call("DeleteMetricRuleResources", "RuleId=r-1&Resources=[{\"instanceId\":\"i-3\"}]").unwrap();
    assert_eq!(resources(&world), "[]");
    assert_eq!(kept(&world, "r-1").spec.target, Target::Exactly(Vec::new()), "nothing, not everything");
    put(&world, &rule("all"));
    world.call("DeleteMetricRuleResources", "RuleId=all&Resources=[{\"instanceId\":\"i-3\"}]").unwrap();
    assert_eq!(kept(&world, "all").spec.target, Target::All { dimension_names: None });
}

#[test]
fn custom_rules() {
    let world = World::new();
    let metric = "RuleId=m&RuleName=load&MetricName=load&Resources=[{\"groupId\":7,\"dimension\":\"b=1\"}]&Level=WARN\
                  &GroupId=7&Statistics=Average&ComparisonOperator=>=&Threshold=5&EvaluationCount=2&ContactGroups=ops";
    assert_eq!(world.call("PutCustomMetricRule", metric).unwrap()["Message"], "");
    let event = "RuleId=e&RuleName=down&EventName=down&GroupId=7&Level=INFO&Threshold=3&ContactGroups=ops";
    world.call("PutCustomEventRule", event).unwrap();
    let rules = listed(&world, "");
    assert_eq!(ids(&rules), ["e", "m"]);
    let (event, metric) = (&rules[0], &rules[1]);
    assert_eq!(
        (&metric["Namespace"], &metric["GroupId"]),
        (&json!("acs_customMetric_1000000000000001"), &json!("7"))
    );
    assert_eq!(
        metric["Escalations"],
        json!({"Warn": {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Statistics": "Average",
                        "Threshold": "5", "Times": 2}})
    );
    assert_eq!((&event["MetricName"], &event["Period"]), (&json!("down"), &json!("300")));
    let pushed = vec![("dimension".to_owned(), "b=1".to_owned()), ("groupId".to_owned(), "7".to_owned())];
    assert_eq!(kept(&world, "m").spec.target, Target::Containing(vec![pushed]));
}

#[test]
fn rules_on_a_group() {
    let world = World::new();
    let group = world.call("CreateMonitorGroup", "GroupName=shop&ContactGroups=shop-ops,db").unwrap();
    let group = group["GroupId"].as_i64().unwrap();
    let rule = format!(
        "GroupId={group}&RuleId=g-1&RuleName=disk&Category=ecs&Namespace=acs_ecs_dashboard&MetricName=disk\
         &ExtraDimensionJson={{\"device\":\"C:\"}}&Options={{\"NotSendOK\":true}}&{CONDITION}"
    );
    let answer = world.call("PutGroupMetricRule", &rule).unwrap();
    assert_eq!((&answer["Code"], &answer["Result"]), (&json!("200"), &json!({"RuleId": "g-1"})));
    let shown = listed(&world, &format!("GroupId={group}")).remove(0);
    for (member, expected) in [
        ("GroupId", json!(group.to_string())),
        ("GroupName", json!("shop")),
        ("Period", json!("300")),
        ("SendOK", json!(false)),
        ("ContactGroups", json!("shop-ops,db")),
        ("Dimensions", json!(r#"[{"device":"C:"}]"#)),
        ("ProductCategory", json!("ecs")),
    ] {
        assert_eq!(shown[member], expected, "{member}");
    }
    let device = vec![("device".to_owned(), "C:".to_owned())];
    let target = Target::Group { group_id: group, dimension_names: None, besides: device };
    assert_eq!(kept(&world, "g-1").spec.target, target);

    let item = |n: u32, text: &str| {
        let pairs = text.split('&').map(|pair| format!("GroupMetricRules.{n}.{pair}"));
        pairs.collect::<Vec<_>>().join("&")
    };
    let good = rule.replace("g-1", "g-2");
    let bad = rule.replace("g-1", "g-3").replace("Times=3", "Times=0");
    let many = format!("GroupId={group}&{}&{}", item(1, &good), item(2, &bad));
    let answer = world.call("CreateGroupMetricRules", &many).unwrap();
    assert_eq!(answer["Code"], 200);
    let results = answer["Resources"]["AlertResult"].as_array().unwrap();
    let codes: Vec<_> = results.iter().map(|one| (&one["RuleId"], &one["Code"], &one["Success"])).collect();
    assert_eq!(
        codes,
        [(&json!("g-2"), &json!(200), &json!(true)), (&json!("g-3"), &json!(400), &json!(false))]
    );
    for operation in ["PutGroupMetricRule", "CreateGroupMetricRules"] {
        let of_none = many.replace(&group.to_string(), "77") + "&" + &rule.replace(&group.to_string(), "77");
        assert_eq!(world.refusal(operation, &of_none), (404, "GroupsNotExists".to_owned()), "{operation}");
    }
}

#[test]
fn refusals() {
    let world = World::new();
    let base = rule("r-1");
    let changed = |from: &str, to: &str| base.replace(from, to);
    let table: &[(&str, String, u16, &str)] = &[
        ("PutResourceMetricRule", changed("RuleId=r-1", "RuleId="), 400, "MissingRuleId"),
        ("PutResourceMetricRule", changed("RuleName=night", "x=1"), 400, "MissingRuleName"),
        ("PutResourceMetricRule", changed("Namespace=acs_ecs_dashboard", "x=1"), 400, "MissingNamespace"),
        ("PutResourceMetricRule", changed("MetricName=cpu_total", "x=1"), 400, "MissingMetricName"),
        ("PutResourceMetricRule", changed("ContactGroups=ops,db", "x=1"), 400, "MissingContactGroups"),
        ("PutResourceMetricRule", changed(CONDITION, "x=1"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", changed("Times=3", "Times="), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Resources=x"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Period=90"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Period=-60"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&SilenceTime=-1"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Interval=0"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&EffectiveInterval=9-18"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&NoDataPolicy=x"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Webhook=ftp://h/"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&SendOK=maybe"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Labels.1.Value=v"), 400, "InvalidParameterValue"),
        ("PutResourceMetricRule", format!("{base}&Prometheus={{}}"), 400, "UnsupportedOperation"),
        (
            "PutResourceMetricRule",
            changed("acs_ecs_dashboard", "acs_prometheus"),
            400,
            "UnsupportedOperation",
        ),
        ("PutResourceMetricRule", changed("r-1", &"x".repeat(129)), 400, "InvalidParameterValue"),
        ("PutResourceMetricRules", String::new(), 400, "MissingRules"),
        ("PutCustomMetricRule", "RuleId=a&ContactGroups=".into(), 400, "MissingMetricName"),
        ("PutCustomEventRule", "RuleId=a&RuleName=a&ContactGroups=".into(), 400, "MissingEventName"),
        ("EnableMetricRules", String::new(), 400, "MissingRuleId"),
        ("DeleteMetricRules", String::new(), 400, "MissingId"),
        ("DescribeMetricRuleList", "Page=0".into(), 400, "InvalidParameterValue"),
        ("DescribeMetricRuleList", "AlertState=x".into(), 400, "InvalidParameterValue"),
        ("DescribeMetricRuleList", "Dimensions=x".into(), 400, "InvalidParameterValue"),
        ("CreateMetricRuleResources", "RuleId=a".into(), 400, "MissingResources"),
        ("CreateMetricRuleResources", "RuleId=a&Resources=[{\"a\":\"b\"}]".into(), 404, "ResourceNotFound"),
        ("PutMetricRuleTargets", "RuleId=a".into(), 400, "MissingTargets"),
        (
            "PutMetricRuleTargets",
            "RuleId=a&Targets.1.Id=1&Targets.1.Arn=x".into(),
            400,
            "InvalidParameterValue",
        ),
        ("DescribeAlertLogCount", String::new(), 400, "MissingGroupBy"),
        ("DescribeAlertLogCount", "GroupBy=x".into(), 400, "InvalidParameterValue"),
        ("DescribeAlertLogList", "StartTime=1".into(), 400, "InvalidParameterValue"),
        ("DescribeAlertHistoryList", "State=x".into(), 400, "InvalidParameterValue"),
    ];
    for (operation, parameters, status, code) in table {
        let refused = world.refusal(operation, parameters);
        assert_eq!(refused, (*status, (*code).to_owned()), "{operation} {parameters}");
    }
    assert!(listed(&world, "").is_empty());
}

#[test]
fn nothing_has_happened_yet() {
    let world = World::new();
    put(&world, &rule("r-1"));
    let alerting = world.call("DescribeAlertingMetricRuleResources", "RuleId=r-1").unwrap();
    assert_eq!((&alerting["Code"], &alerting["Total"]), (&json!(200), &json!(0)));
    assert_eq!(alerting["Resources"], json!({"Resource": []}));
    assert_eq!(world.call("DescribeAlertLogList", "").unwrap()["AlertLogList"], json!([]));
    let history = world.call("DescribeAlertHistoryList", "").unwrap();
    assert_eq!(
        (&history["Total"], &history["AlarmHistoryList"]),
        (&json!("0"), &json!({"AlarmHistory": []}))
    );
    let bars = world.call("DescribeAlertLogHistogram", "").unwrap();
    let bars = bars["AlertLogHistogramList"].as_array().unwrap().clone();
    assert_eq!((bars.len(), &bars[0]["Count"]), (16, &json!(0)));
    assert_eq!(world.call("DescribeAlertLogCount", "GroupBy=level").unwrap()["AlertLogCount"], json!([]));
}
