//! Blacklists as the wire carries them, and what they cover.

use std::sync::Arc;

use muster_alarms::Origin;
use muster_alarms::masks::Question;
use muster_core::Timestamp;
use serde_json::{Value, json};

use crate::cloudmonitor::tests::World;

const NEW: &str = "Name=night&Category=ecs&Namespace=acs_ecs_dashboard&Instances.1={\"instanceId\":\"i-1\"}";
const NOW: i64 = 1_768_465_800_000;

fn create(world: &World, parameters: &str) -> String {
    let answer = world.call("CreateMetricRuleBlackList", parameters).unwrap();
    answer["Id"].as_str().unwrap().to_owned()
}

fn only(world: &World, parameters: &str) -> Value {
    let answer = world.call("DescribeMetricRuleBlackList", parameters).unwrap();
    assert_eq!(answer["Total"], 1, "{parameters}");
    answer["DescribeMetricRuleBlackList"][0].clone()
}

/// Whether nobody is told of this unit of a rule on a group at a time.
fn is_muted(world: &World, dimensions: &[(&str, &str)], metric: &str, group: i64, at: i64) -> bool {
    let masks = Arc::clone(&world.services.masks);
    let snapshot = world.store.db.read_blocking(move |tx| masks.snapshot(tx, "1000000000000001")).unwrap();
    let dimensions: Vec<(String, String)> =
        dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let unit = Question {
        origin: Origin::CloudMonitor,
        project_id: "some project",
        rule_id: 1,
        policy_id: 2,
        namespace: "acs_ecs_dashboard",
        name: metric,
        is_event: false,
        dimensions: &dimensions,
        groups: &[group],
    };
    snapshot.covering(&unit, Timestamp::from_millis(at)).is_some()
}

const DISK: [(&str, &str); 2] = [("device", "/dev/vda1"), ("instanceId", "i-1")];

#[test]
fn a_blacklist_is_shown_as_it_was_sent_and_covers_what_it_names() {
    let world = World::new();
    let id = create(
        &world,
        &format!(
            "{NEW}&Metrics.1.MetricName=disk_utilization&Metrics.1.Resource={{\"device\":\"/dev/vda1\"}}\
             &ScopeType=GROUP&ScopeValue=[\"7\",8]&EffectiveTime=16:00-16:59 UTC+0700\
             &EnableStartTime={NOW}&EnableEndTime={}",
            NOW + 7_200_000
        ),
    );
    assert_eq!(
        only(&world, &format!("Ids.1={id}")),
        json!({
            "Id": id, "Name": "night", "Category": "ecs", "Namespace": "acs_ecs_dashboard",
            "Instances": ["{\"instanceId\":\"i-1\"}"],
            "Metrics": [{"MetricName": "disk_utilization", "Resource": "{\"device\":\"/dev/vda1\"}"}],
            "ScopeType": "GROUP", "ScopeValue": ["7", "8"], "EffectiveTime": "16:00-16:59 UTC+0700",
            "IsEnable": true, "CreateTime": NOW.to_string(), "UpdateTime": NOW.to_string(),
            "EnableStartTime": NOW, "EnableEndTime": NOW + 7_200_000,
        })
    );
    // It is 08:30 in UTC: the window begins at 09:00 and lasts until the end of its last minute.
    let nine = NOW + 1_800_000;
    for (dimensions, metric, group, at, muted) in [
        (&DISK[..], "disk_utilization", 7, nine, true),
        (&DISK, "disk_utilization", 7, nine - 1, false),
        (&DISK, "disk_utilization", 7, nine + 3_599_999, true),
        (&DISK, "disk_utilization", 7, nine + 3_600_000, false),
        (&DISK, "disk_utilization", 9, nine, false),
        (&DISK, "cpu_total", 7, nine, false),
        (&DISK[1..], "disk_utilization", 7, nine, false),
        (&[("instanceId", "i-2"), ("device", "/dev/vda1")], "disk_utilization", 7, nine, false),
    ] {
        assert_eq!(
            is_muted(&world, dimensions, metric, group, at),
            muted,
            "{dimensions:?} {metric} {group} {at}"
        );
    }
}

#[test]
fn what_a_change_does_not_send_stays() {
    let world = World::new();
    let id = create(&world, &format!("{NEW}&EffectiveTime=00:00-23:59&Metrics.1.MetricName=cpu_total"));
    world.store.clock.advance(1_000);
    let changed =
        world.call("ModifyMetricRuleBlackList", &format!("Id={id}&Category=ecs&EffectiveTime=")).unwrap();
    assert_eq!(changed["Count"], "1");
    let shown = only(&world, "");
    assert_eq!((&shown["EffectiveTime"], &shown["Name"]), (&json!(""), &json!("night")));
    assert_eq!(shown["Metrics"], json!([{"MetricName": "cpu_total", "Resource": ""}]));
    assert_eq!(shown["UpdateTime"], (NOW + 1_000).to_string());
    assert!(shown.get("EnableStartTime").is_none() && shown.get("EnableEndTime").is_none());
    let changed =
        format!("Id={id}&Name=n&Instances.1={{\"instanceId\":\"i-2\"}}&Metrics.1.MetricName=memory");
    world.call("ModifyMetricRuleBlackList", &changed).unwrap();
    assert!(is_muted(&world, &[("instanceId", "i-2")], "memory", 0, NOW));
    assert!(!is_muted(&world, &DISK, "memory", 0, NOW));
    let moved = world.call("ModifyMetricRuleBlackList", &format!("Id={id}&ScopeType=GROUP"));
    assert_eq!(moved.unwrap_err().code, "InvalidParameterValue");
    assert_eq!(only(&world, "")["ScopeType"], "USER");
}

#[test]
fn blacklists_are_switched_and_deleted_by_ids() {
    let world = World::new();
    let ids = [create(&world, NEW), create(&world, NEW)];
    let [first, second] = &ids;
    let off = world.call("EnableMetricRuleBlackList", &format!("Id={first},none&IsEnable=false")).unwrap();
    assert_eq!(off["Count"], 1);
    assert_eq!(only(&world, "IsEnable=false")["Id"], *first);
    assert!(is_muted(&world, &DISK, "cpu_total", 0, NOW));
    world.call("EnableMetricRuleBlackList", &format!("Id=[\"{second}\"]&IsEnable=False")).unwrap();
    assert!(!is_muted(&world, &DISK, "cpu_total", 0, NOW));
    let gone = world.call("DeleteMetricRuleBlackList", &format!("Id={first},{second}")).unwrap();
    assert_eq!(gone["Count"], 2);
    for operation in ["DeleteMetricRuleBlackList", "EnableMetricRuleBlackList", "ModifyMetricRuleBlackList"] {
        let parameters = format!("Id={first}&IsEnable=true&Category=ecs");
        assert_eq!(
            world.refusal(operation, &parameters),
            (404, "ResourceNotFound".to_owned()),
            "{operation}"
        );
    }
}

#[test]
fn lists_are_filtered_sorted_and_cut() {
    let world = World::new();
    let first = create(&world, NEW);
    let other = NEW.replace("night", "Weekend").replace("ecs&", "rds&").replace("i-1", "i-2");
    let second = create(&world, &format!("{other}&ScopeType=GROUP&ScopeValue=7"));
    let found = |parameters: &str| {
        let answer = world.call("DescribeMetricRuleBlackList", parameters).unwrap();
        let list = answer["DescribeMetricRuleBlackList"].as_array().unwrap().clone();
        list.iter().map(|one| one["Id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (first, second) = (first.as_str(), second.as_str());
    for (parameters, expected) in [
        ("", vec![second, first]),
        ("Order=ASC", vec![first, second]),
        ("Name=week", vec![second]),
        ("Category=ecs", vec![first]),
        ("Namespace=acs_ecs_dashboard&ScopeType=GROUP", vec![second]),
        ("InstanceIds.1=i-1", vec![first]),
        ("IsEnable=false", vec![]),
        ("PageSize=1&PageNumber=2", vec![first]),
        ("PageSize=1&PageNumber=3", vec![]),
    ] {
        assert_eq!(found(parameters), expected, "{parameters}");
    }
}

#[test]
fn refusals() {
    let world = World::new();
    let eleven: String = (1..=11).map(|n| format!("&Metrics.{n}.MetricName=m{n}")).collect();
    for (parameters, code) in [
        (NEW.replace("Name=night&", ""), "MissingName"),
        (NEW.replace("Category=ecs&", ""), "MissingCategory"),
        (NEW.replace("Namespace=", "X="), "MissingNamespace"),
        (NEW.replace("Instances.1=", "X="), "MissingInstances"),
        (NEW.replace("{\"instanceId\":\"i-1\"}", "i-1"), "InvalidParameterValue"),
        (NEW.replace("{\"instanceId\":\"i-1\"}", "{}"), "InvalidParameterValue"),
        (NEW.replace("\"i-1\"", "[1]"), "InvalidParameterValue"),
        (format!("{NEW}{eleven}"), "InvalidParameterValue"),
        (format!("{NEW}&Metrics.1.Resource={{}}"), "MissingMetrics.MetricName"),
        (format!("{NEW}&ScopeType=GROUP"), "InvalidParameterValue"),
        (format!("{NEW}&ScopeType=group"), "InvalidParameterValue"),
        (format!("{NEW}&ScopeType=GROUP&ScopeValue=[\"x\"]"), "InvalidParameterValue"),
        (format!("{NEW}&EffectiveTime=3-4"), "InvalidParameterValue"),
        (format!("{NEW}&EffectiveTime=24:00-25:00"), "InvalidParameterValue"),
        (format!("{NEW}&EffectiveTime=03:00-04:00 Mars"), "InvalidParameterValue"),
        (format!("{NEW}&EnableStartTime=x"), "InvalidParameterValue"),
        (format!("{NEW}&EnableStartTime=2000000000000&EnableEndTime=1999999999999"), "InvalidParameterValue"),
    ] {
        assert_eq!(
            world.refusal("CreateMetricRuleBlackList", &parameters),
            (400, code.to_owned()),
            "{parameters}"
        );
    }
    let many: String = (0..51).map(|n| format!("b{n},")).collect();
    for (operation, parameters) in [
        ("DeleteMetricRuleBlackList", format!("Id={many}")),
        ("DeleteMetricRuleBlackList", "Id=,".to_owned()),
        ("EnableMetricRuleBlackList", "Id=[1&IsEnable=true".to_owned()),
        ("DescribeMetricRuleBlackList", "Order=up".to_owned()),
    ] {
        assert_eq!(world.refusal(operation, &parameters).0, 400, "{operation} {parameters}");
    }
    assert_eq!(world.refusal("EnableMetricRuleBlackList", "Id=x"), (400, "MissingIsEnable".to_owned()));
    assert_eq!(world.call("DescribeMetricRuleBlackList", "").unwrap()["Total"], 0);
}
