//! The operations on a store: what goes in and out, as the wire carries it.

use muster_core::Engine;
use muster_events::engine::Tell;
use muster_notify::Bridges;
use serde_json::{Value, json};

use crate::cloudmonitor::EventDocuments;
use crate::cloudmonitor::tests::World;

const RULE: &str = "RuleName=reboots&Description=d&GroupId=7&SilenceTime=60&EventPattern.1.Product=ECS\
                    &EventPattern.1.EventTypeList.1=Exception&EventPattern.1.EventTypeList.2=StatusNotification\
                    &EventPattern.1.LevelList.1=CRITICAL&EventPattern.1.LevelList.2=WARN&EventPattern.1.NameList.1=*\
                    &EventPattern.1.CustomFilters=i-1&EventPattern.2.Product=*";

fn lists(name: &str, list: &[&str]) -> Value {
    json!({name: list})
}

#[test]
fn a_rule_is_shown_as_it_was_put() {
    let world = World::new();
    assert_eq!(world.call("PutEventRule", RULE).unwrap()["Data"], "1");
    let listed = world.call("DescribeEventRuleList", "NamePrefix=reb").unwrap();
    assert_eq!(listed["Total"], 1);
    let rule = &listed["EventRules"]["EventRule"][0];
    for (member, expected) in [
        ("Name", json!("reboots")),
        ("Description", json!("d")),
        ("EventType", json!("SYSTEM")),
        ("GroupId", json!("7")),
        ("State", json!("ENABLED")),
        ("SilenceTime", json!(60)),
    ] {
        assert_eq!(rule[member], expected, "{member}");
    }
    let first = &rule["EventPattern"];
    assert_eq!(first["Product"], "ECS");
    assert_eq!(first["EventTypeList"], lists("EventTypeList", &["Exception", "StatusNotification"]));
    assert_eq!(first["LevelList"], lists("LevelList", &["CRITICAL", "WARN"]));
    assert_eq!(first["NameList"], lists("NameList", &["*"]));
    let both = first["EventPattern"].as_array().unwrap();
    assert_eq!((both.len(), &both[0]["Product"], &both[1]["Product"]), (2, &json!("ECS"), &json!("*")));
    assert_eq!(both[0]["KeywordFilter"]["Keywords"], lists("Keywords", &["i-1"]));
    let one = world.call("DescribeEventRuleAttribute", "RuleName=reboots").unwrap();
    assert_eq!(one["Result"]["EventPattern"]["KeywordFilterObj"]["Keywords"], lists("keyword", &["i-1"]));
    assert_eq!(
        world.refusal("DescribeEventRuleAttribute", "RuleName=no"),
        (404, "ResourceNotFound".to_owned())
    );
    world.call("DisableEventRules", "RuleNames.1=reboots&RuleNames.2=no").unwrap();
    assert_eq!(world.call("DescribeEventRuleList", "IsEnable=true").unwrap()["Total"], 0);
    world.call("EnableEventRules", "RuleNames.1=reboots").unwrap();
    assert_eq!(world.call("DescribeEventRuleList", "IsEnable=true").unwrap()["Total"], 1);
    world.call("DeleteEventRules", "RuleNames.1=reboots").unwrap();
    assert_eq!(
        world.refusal("DeleteEventRules", "RuleNames.1=reboots"),
        (404, "ResourceNotFound".to_owned())
    );
}

#[test]
fn targets_have_their_own_lists_and_names() {
    let world = World::new();
    world.call("PutEventRule", RULE).unwrap();
    let targets = "RuleName=reboots&ContactParameters.1.Id=1&ContactParameters.1.ContactGroupName=ops\
                   &ContactParameters.1.Level=2&WebhookParameters.1.Id=2&WebhookParameters.1.Protocol=http\
                   &WebhookParameters.1.Method=GET&WebhookParameters.1.Url=http://h/x&MnsParameters.1.Id=3\
                   &MnsParameters.1.Region=cn-hangzhou&MnsParameters.1.Queue=q&FcParameters.1.Id=4\
                   &FcParameters.1.Region=r&FcParameters.1.ServiceName=s&FcParameters.1.FunctionName=f\
                   &SlsParameters.1.Id=5&SlsParameters.1.Region=r&SlsParameters.1.Project=p\
                   &SlsParameters.1.LogStore=l&OpenApiParameters.1.Id=6&OpenApiParameters.1.Action=A\
                   &OpenApiParameters.1.Arn=acs:openapi:x";
    assert_eq!(world.call("PutEventRuleTargets", targets).unwrap()["FailedParameterCount"], "0");
    let shown = world.call("DescribeEventRuleTargetList", "RuleName=reboots").unwrap();
    assert_eq!(shown.get("Success"), None);
    for (list, wrapper, expected) in [
        (
            "ContactParameters",
            "ContactParameter",
            json!([{"Id": "1", "ContactGroupName": "ops", "Level": "2"}]),
        ),
        (
            "WebhookParameters",
            "WebhookParameter",
            json!([{"Id": "2", "Protocol": "http", "Method": "GET", "Url": "http://h/x"}]),
        ),
    ] {
        assert_eq!(shown[list][wrapper], expected, "{list}");
    }
    for (list, wrapper, arn) in [
        ("MnsParameters", "MnsParameter", "acs:mns:cn-hangzhou:1000000000000001:/queues/q/message"),
        ("FcParameters", "FCParameter", "acs:fc:r:1000000000000001:services/s/functions/f"),
        ("SlsParameters", "SlsParameter", "acs:log:r:1000000000000001:project/p/logstore/l"),
        ("OpenApiParameters", "OpenApiParameters", "acs:openapi:x"),
    ] {
        assert_eq!(shown[list][wrapper][0]["Arn"], arn, "{list}");
    }
    world.call("DeleteEventRuleTargets", "RuleName=reboots&Ids.1=1&Ids.2=3").unwrap();
    let shown = world.call("DescribeEventRuleTargetList", "RuleName=reboots").unwrap();
    assert_eq!(shown["ContactParameters"]["ContactParameter"], json!([]));
    assert_eq!(shown["MnsParameters"]["MnsParameter"], json!([]));
    assert_eq!(shown["FcParameters"]["FCParameter"].as_array().unwrap().len(), 1);
}

#[test]
fn a_drill_is_listed_counted_and_told_of() {
    let world = World::new();
    let put = RULE.replace("&GroupId=7", "").replace("&EventPattern.2.Product=*", "");
    world.call("PutEventRule", &put).unwrap();
    let url = "http://h/x";
    let hook = format!("RuleName=reboots&WebhookParameters.1.Id=1&WebhookParameters.1.Url={url}");
    world.call("PutEventRuleTargets", &hook).unwrap();
    let drill = "Product=ECS&EventName=Instance:Reboot:Executing&EventContent={\"resourceId\":\"i-1\",\
                 \"regionId\":\"cn-hangzhou\",\"level\":\"CRITICAL\"}";
    assert_eq!(world.call("SendDryRunSystemEvent", drill).unwrap()["Success"], "true");
    let listed =
        world.call("DescribeSystemEventAttribute", "Product=ECS&Level=CRITICAL&Status=Executing").unwrap();
    let event = &listed["SystemEvents"]["SystemEvent"][0];
    assert_eq!((&event["ResourceId"], &event["Level"]), (&json!("i-1"), &json!("CRITICAL")));
    assert_eq!(event["Time"], 1_768_465_800_000_i64);
    let counted = world.call("DescribeSystemEventCount", "").unwrap();
    assert_eq!(counted["SystemEventCounts"]["SystemEventCount"][0]["Num"], 1);
    let meta = world.call("DescribeSystemEventMetaList", "").unwrap();
    assert_eq!((&meta["Code"], &meta["Data"]["Resource"][0]["NameDesc.En"]), (&json!(200), &event["Name"]));
    let zone = jiff::tz::TimeZone::UTC;
    let words = std::sync::Arc::new(EventDocuments);
    Tell::new(world.store.db.clone(), words, Bridges::default(), zone, "http://h").run().unwrap();
    let message = world.store.db.read_blocking(|tx| {
        tx.query_one(
            "SELECT content FROM notify_messages WHERE target = $1",
            muster_db::params![url],
            |row| row.get::<String>(0),
        )
    });
    let content: Value = serde_json::from_str(&message.unwrap()).unwrap();
    let body: Value = serde_json::from_str(content["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "eventTime": "20260115T163000.000+0800", "id": event["Id"], "level": "CRITICAL",
            "name": "Instance:Reboot:Executing", "product": "ECS", "regionId": "cn-hangzhou", "resourceId": "i-1",
            "instanceName": "", "userId": "1000000000000001", "ver": "1.0", "traceId": event["Id"],
            "status": "Executing",
            "content": {"resourceId": "i-1", "regionId": "cn-hangzhou", "level": "CRITICAL"}, "drill": true,
        })
    );
}

#[test]
fn custom_events_are_listed_counted_and_found() {
    let world = World::new();
    let put = "EventInfo.1.EventName=deploy&EventInfo.1.Content=version 7 is out&EventInfo.1.GroupId=7\
               &EventInfo.2.EventName=deploy&EventInfo.2.Content=version 7 is out&EventInfo.2.GroupId=0\
               &EventInfo.3.EventName=login&EventInfo.3.Content=eve&EventInfo.3.Time=20260115T153000.000+0800";
    let answer = world.call("PutCustomEvent", put).unwrap();
    assert_eq!(answer, json!({"Code": "200", "Message": "success"}));
    let list = |query: &str| {
        let answer = world.call("DescribeCustomEventAttribute", query).unwrap();
        answer["CustomEvents"]["CustomEvent"].as_array().unwrap().clone()
    };
    let all = list("");
    assert_eq!(all.len(), 3);
    assert_eq!((&all[2]["Time"], &all[2]["Name"]), (&json!("1768462200000"), &json!("login")));
    assert_eq!(list("GroupId=7")[0]["GroupId"], "7");
    assert_eq!(list("SearchKeywords=version and out or nothing").len(), 2);
    assert_eq!(list(&format!("EventId={}", all[2]["Id"].as_str().unwrap()))[0], all[2]);
    assert_eq!(list("EventId=nothing").len(), 0);
    assert_eq!(list("StartTime=1768465800000&EndTime=1768465900000").len(), 2);
    assert_eq!(list("PageNumber=2&PageSize=2").len(), 1);
    let counted = world.call("DescribeCustomEventCount", "").unwrap();
    assert_eq!(
        counted["CustomEventCounts"]["CustomEventCount"],
        json!([
            {"Name": "deploy", "Num": 2, "Time": 1_768_465_800_000_i64},
            {"Name": "login", "Num": 1, "Time": 1_768_462_200_000_i64},
        ])
    );
    let span = "StartTime=1768462200000&EndTime=1768465800000";
    let buckets = world.call("DescribeCustomEventHistogram", span).unwrap();
    let buckets = buckets["EventHistograms"]["EventHistogram"].as_array().unwrap().clone();
    assert_eq!((&buckets[0]["Count"], &buckets[60]["Count"]), (&json!(1), &json!(2)));
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new();
    let many: String =
        (1..=101).map(|n| format!("EventInfo.{n}.EventName=a&EventInfo.{n}.Content=b&")).collect();
    for (name, parameters, code) in [
        ("PutCustomEvent", "", "MissingEventInfo"),
        ("PutCustomEvent", "EventInfo.1.EventName=a", "MissingContent"),
        ("PutCustomEvent", "EventInfo.1.Content=a", "MissingEventName"),
        (
            "PutCustomEvent",
            "EventInfo.1.EventName=a&EventInfo.1.Content=b&EventInfo.1.GroupId=x",
            "InvalidParameterValue",
        ),
        (
            "PutCustomEvent",
            "EventInfo.1.EventName=a&EventInfo.1.Content=b&EventInfo.1.Time=soon",
            "InvalidParameterValue",
        ),
        (
            "PutCustomEvent",
            "EventInfo.1.EventName=a&EventInfo.1.Content=b&EventInfo.1.Time=1700000000000",
            "InvalidParameterValue",
        ),
        ("PutCustomEvent", &many, "InvalidParameterValue"),
        ("SendDryRunSystemEvent", "Product=ECS", "MissingEventName"),
        ("SendDryRunSystemEvent", "Product=ECS&EventName=a&EventContent=[]", "InvalidParameterValue"),
        ("PutEventRule", "RuleName=a", "MissingEventPattern"),
        ("PutEventRule", "RuleName=a&EventPattern.1.LevelList.1=INFO", "MissingProduct"),
        (
            "PutEventRule",
            "RuleName=a&EventPattern.1.Product=*&EventPattern.1.LevelList.1=BAD",
            "InvalidParameterValue",
        ),
        (
            "PutEventRule",
            "RuleName=a&EventPattern.1.Product=*&EventPattern.1.SQLFilter=(",
            "InvalidParameterValue",
        ),
        ("PutEventRule", "RuleName=a&EventPattern.1.Product=*&SilenceTime=-1", "InvalidParameterValue"),
        ("PutEventRule", "RuleName=a&EventPattern.1.Product=*&EventType=OTHER", "InvalidParameterValue"),
        ("PutEventRule", "RuleName=a&EventPattern.1.Product=*&State=ON", "InvalidParameterValue"),
        (
            "PutEventRuleTargets",
            "RuleName=a&WebhookParameters.1.Id=1&WebhookParameters.1.Url=ftp://h",
            "InvalidParameterValue",
        ),
        (
            "PutEventRuleTargets",
            "RuleName=a&ContactParameters.1.Id=1&ContactParameters.1.ContactGroupName=g&ContactParameters.1.Level=5",
            "InvalidParameterValue",
        ),
        (
            "DescribeCustomEventAttribute",
            "StartTime=1768465900000&EndTime=1768465800000",
            "InvalidParameterValue",
        ),
        ("DescribeSystemEventAttribute", "Level=BAD", "InvalidParameterValue"),
    ] {
        assert_eq!(world.refusal(name, parameters), (400, code.to_owned()), "{name} {parameters:.80}");
    }
    assert_eq!(
        world.refusal(
            "PutEventRuleTargets",
            "RuleName=a&ContactParameters.1.Id=1&ContactParameters.1.ContactGroupName=g"
        ),
        (404, "ResourceNotFound".to_owned())
    );
    assert_eq!(world.call("DescribeEventRuleList", "").unwrap()["Total"], 0);
}
