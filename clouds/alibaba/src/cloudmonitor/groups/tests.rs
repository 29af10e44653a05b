//! Groups on a store: what goes in and out, as the wire carries it.

use std::sync::Arc;

use muster_core::Engine;
use muster_identity::testing::root_caller;
use muster_resources::{FoundGroups, ResourceRef, Tag};
use serde_json::{Value, json};

use super::input;
use crate::cloudmonitor::tests::World;

const ACCOUNT: &str = "1000000000000001";

fn group(world: &World, parameters: &str) -> i64 {
    let answer = world.call("CreateMonitorGroup", parameters).unwrap();
    assert_eq!((&answer["Code"], &answer["Success"]), (&json!(200), &json!(true)));
    answer["GroupId"].as_i64().unwrap()
}

fn groups(world: &World, parameters: &str) -> Vec<Value> {
    let answer = world.call("DescribeMonitorGroups", parameters).unwrap();
    let found = answer["Resources"]["Resource"].as_array().unwrap().clone();
    assert!(answer["Total"].as_u64().unwrap() >= found.len() as u64);
    found
}

fn names(world: &World, parameters: &str) -> Vec<String> {
    let mut names: Vec<String> =
        groups(world, parameters).iter().map(|one| one["GroupName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn instances(world: &World, parameters: &str) -> Vec<String> {
    let answer = world.call("DescribeMonitorGroupInstances", parameters).unwrap();
    let found = answer["Resources"]["Resource"].as_array().unwrap();
    found.iter().map(|one| one["InstanceId"].as_str().unwrap().to_owned()).collect()
}

/// Tags a resource as the APIs that feed the inventory do.
fn tag(world: &World, id: &'static str, key: &'static str, value: &'static str) {
    let resources = Arc::clone(&world.services.resources);
    let caller = root_caller(ACCOUNT);
    let tag = Tag { key: key.to_owned(), value: value.to_owned() };
    let tagged = world.store.db.write_blocking(move |tx| {
        let one = ResourceRef { kind: "custom", external_id: id };
        resources.tag(tx, input::scope(&caller), one, std::slice::from_ref(&tag))
    });
    tagged.unwrap();
}

fn instance(nth: u32, category: &str, id: &str, name: &str) -> String {
    let list = format!("Instances.{nth}");
    format!(
        "{list}.Category={category}&{list}.InstanceId={id}&{list}.InstanceName={name}&{list}.RegionId=cn-hangzhou"
    )
}

#[test]
fn a_group_has_the_members_that_terraform_reads() {
    let world = World::new();
    let id = group(&world, "GroupName=shop&ContactGroups=ops,nights,ops");
    assert_eq!(
        world.call("DescribeMonitorGroups", &format!("GroupId={id}")).unwrap(),
        json!({
            "Code": 200, "Message": "success", "Success": true, "PageNumber": 1, "PageSize": 30, "Total": 1,
            "Resources": {"Resource": [{
                "GroupId": id, "GroupName": "shop", "Type": "custom",
                "GmtCreate": 1_768_465_800_000_i64, "GmtModified": 1_768_465_800_000_i64,
                "ContactGroups": {"ContactGroup": [{"Name": "ops"}, {"Name": "nights"}]},
                "Tags": {"Tag": []},
                "DynamicTagRuleId": "", "GroupFounderTagKey": "", "GroupFounderTagValue": "",
                "ResourceGroupId": "", "BindUrl": "", "ServiceId": "",
                "TemplateIds": {"TemplateId": []}, "TemplateInfos": {"TemplateInfo": []},
            }]},
        })
    );
    world.store.clock.advance(1_000);
    world.call("ModifyMonitorGroup", &format!("GroupId={id}&GroupName=Market")).unwrap();
    let changed = &groups(&world, "Keyword=MARK")[0];
    assert_eq!(changed["GmtModified"], 1_768_465_801_000_i64);
    assert_eq!(changed["ContactGroups"]["ContactGroup"][1]["Name"], "nights", "what is absent stays");
    world.call("ModifyMonitorGroup", &format!("GroupId={id}&ContactGroups=")).unwrap();
    assert_eq!(groups(&world, "")[0]["ContactGroups"], json!({"ContactGroup": []}));
    world.call("ModifyMonitorGroup", &format!("GroupId={id}&ContactGroups=ops")).unwrap();
    assert_eq!(
        world.call("DeleteMonitorGroup", &format!("GroupId={id}")).unwrap()["Group"],
        json!({"GroupName": "Market", "ContactGroups": {"ContactGroup": [{"Name": "ops"}]}})
    );
    assert!(groups(&world, "").is_empty());
    for operation in ["DeleteMonitorGroup", "ModifyMonitorGroup", "DescribeMonitorGroupInstances"] {
        let refusal = world.refusal(operation, &format!("GroupId={id}"));
        assert_eq!(refusal, (404, "GroupsNotExists".to_owned()), "{operation}");
    }
}

#[test]
fn instances_are_put_in_replaced_counted_and_taken_out() {
    let world = World::new();
    let id = group(&world, "GroupName=shop");
    let three = [
        instance(1, "ecs", "i-1", "web-1"),
        instance(2, "ecs", "i-2", "web-2"),
        instance(3, "kvstore", "r-1", "cache"),
    ];
    world.call("CreateMonitorGroupInstances", &format!("GroupId={id}&{}", three.join("&"))).unwrap();
    tag(&world, "i-1", "env", "prod");
    let described = world
        .call("DescribeMonitorGroupInstances", &format!("GroupId={id}&Category=ecs&PageSize=1"))
        .unwrap();
    assert_eq!((&described["Total"], &described["PageSize"]), (&json!(2), &json!(1)));
    let first = &described["Resources"]["Resource"][0];
    assert!(first["Id"].as_i64().unwrap() > 0);
    assert_eq!(
        (&first["Category"], &first["InstanceId"], &first["InstanceName"], &first["RegionId"]),
        (&json!("ecs"), &json!("i-1"), &json!("web-1"), &json!("cn-hangzhou"))
    );
    assert_eq!(instances(&world, &format!("GroupId={id}&Keyword=web-2")), ["i-2"]);
    assert_eq!(instances(&world, &format!("GroupId={id}&InstanceIds=r-1,i-2,i-9")), ["r-1", "i-2"]);
    let attributes = world
        .call("DescribeMonitorGroupInstanceAttribute", &format!("GroupId={id}&InstanceIds=i-1&Total=true"))
        .unwrap();
    assert_eq!(
        (&attributes["Total"], &attributes["Resources"]["Resource"][0]),
        (
            &json!(1),
            &json!({
                "Category": "ecs", "InstanceId": "i-1", "InstanceName": "web-1",
                "Dimension": "{\"instanceId\":\"i-1\"}", "Tags": {"Tag": [{"Key": "env", "Value": "prod"}]},
                "Region": {"RegionId": "cn-hangzhou", "AvailabilityZone": ""}, "Desc": "", "NetworkType": "",
                "Vpc": {"VpcInstanceId": "", "VswitchInstanceId": ""},
            })
        )
    );
    assert_eq!(
        world.call("DescribeMonitorGroupCategories", &format!("GroupId={id}")).unwrap()["MonitorGroupCategories"],
        json!({"GroupId": id, "MonitorGroupCategory": {"CategoryItem": [
            {"Category": "ecs", "Count": 2}, {"Category": "kvstore", "Count": 1},
        ]}})
    );
    assert_eq!(names(&world, "InstanceId=r-1"), ["shop"]);
    assert!(names(&world, "InstanceId=r-2").is_empty());
    world
        .call("DeleteMonitorGroupInstances", &format!("GroupId={id}&Category=ecs&InstanceIdList=i-1,i-7"))
        .unwrap();
    let gone = world
        .refusal("DeleteMonitorGroupInstances", &format!("GroupId={id}&Category=rds&InstanceIdList=i-2"));
    assert_eq!(gone, (404, "ResourceNotFound".to_owned()));
    assert_eq!(instances(&world, &format!("GroupId={id}")), ["i-2", "r-1"]);
    let other = instance(1, "rds", "rm-1", "db");
    world.call("ModifyMonitorGroupInstances", &format!("GroupId={id}&{other}")).unwrap();
    assert_eq!(instances(&world, &format!("GroupId={id}")), ["rm-1"]);
}

#[test]
fn a_group_follows_the_names_of_hosts() {
    let world = World::new();
    let (id, other) = (group(&world, "GroupName=web"), group(&world, "GroupName=all"));
    let host = |id: &str, name: &str| {
        let host = instance(1, "ecs", id, name);
        world.call("CreateMonitorGroupInstances", &format!("GroupId={other}&{host}")).unwrap();
    };
    host("i-1", "web-1");
    host("i-2", "db-1");
    let put = "GroupRules.1.Category=ecs&GroupRules.1.FilterRelation=and&GroupRules.1.Filters.1.Name=hostName\
               &GroupRules.1.Filters.1.Function=startWith&GroupRules.1.Filters.1.Value=web\
               &GroupRules.1.Filters.2.Name=hostName&GroupRules.1.Filters.2.Function=notContains\
               &GroupRules.1.Filters.2.Value=old&IsAsync=true";
    world.call("PutMonitorGroupDynamicRule", &format!("GroupId={id}&{put}")).unwrap();
    assert_eq!(instances(&world, &format!("GroupId={id}")), ["i-1"]);
    host("i-3", "web-old");
    host("i-4", "web-4");
    assert_eq!(instances(&world, &format!("GroupId={id}")), ["i-1", "i-4"]);
    assert_eq!(names(&world, "InstanceId=i-4"), ["all", "web"]);
    assert_eq!(
        world.call("DescribeMonitorGroupDynamicRules", &format!("GroupId={id}")).unwrap()["Resource"],
        json!({"Resource": [{"Category": "ecs", "FilterRelation": "and", "Filters": {"Filter": [
            {"Name": "hostName", "Function": "startWith", "Value": "web"},
            {"Name": "hostName", "Function": "notContains", "Value": "old"},
        ]}}]})
    );
    world.call("DeleteMonitorGroupDynamicRule", &format!("GroupId={id}&Category=ecs")).unwrap();
    assert!(instances(&world, &format!("GroupId={id}")).is_empty());
    let again = world.refusal("DeleteMonitorGroupDynamicRule", &format!("GroupId={id}&Category=ecs"));
    assert_eq!(again, (404, "ResourceNotFound".to_owned()));
}

#[test]
fn tags_of_groups() {
    let world = World::new();
    let ids = [group(&world, "GroupName=one"), group(&world, "GroupName=two")];
    let both = format!("GroupIds.1={}&GroupIds.2={}", ids[0], ids[1]);
    let tags = "Tag.1.Key=env&Tag.1.Value=prod&Tag.2.Key=team&Tag.2.Value=a";
    world.call("AddTags", &format!("{both}&{tags}")).unwrap();
    world.call("AddTags", &format!("GroupIds.1={}&Tag.1.Key=env&Tag.1.Value=test", ids[0])).unwrap();
    tag(&world, "i-1", "zone", "b");
    assert_eq!(
        groups(&world, "Tag.1.Key=env&Tag.1.Value=prod")[0]["Tags"],
        json!({"Tag": [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "a"}]})
    );
    assert_eq!(names(&world, "Tag.1.Key=env&Tag.2.Key=team&Tag.2.Value=a"), ["one", "two"]);
    assert_eq!(
        world.call("DescribeTagKeyList", "").unwrap(),
        json!({
            "Code": "200", "Message": "success", "Success": true, "TagKeys": {"TagKey": ["env", "team", "zone"]},
        })
    );
    let second = world.call("DescribeTagKeyList", "PageSize=2&PageNumber=2").unwrap();
    assert_eq!(second["TagKeys"]["TagKey"], json!(["zone"]));
    let values = world.call("DescribeTagValueList", "TagKey=env").unwrap();
    assert_eq!(values["TagValues"]["TagValue"], json!(["prod", "test"]));
    let of_products = world.call("DescribeProductResourceTagKeyList", "").unwrap();
    assert_eq!(
        (&of_products["TagKeys"]["TagKey"], &of_products["NextToken"]),
        (&json!(["zone"]), &json!(""))
    );
    let removed = world.call("RemoveTags", &format!("{both}&Tag.1.Key=env&Tag.2.Key=none")).unwrap();
    assert_eq!(removed["Tag"], json!({"Tags": ["env"]}));
    assert!(names(&world, "Tag.1.Key=env").is_empty());
}

#[test]
fn a_dynamic_tag_group_runs_and_finishes() {
    let world = World::new();
    tag(&world, "i-1", "env", "prod");
    tag(&world, "i-2", "env", "test");
    let create = "TagKey=env&ContactGroupList.1=ops&MatchExpress.1.TagName=env&MatchExpress.1.TagValue=pr\
                  &MatchExpress.1.TagValueMatchFunction=startWith&TagRegionId=cn-hangzhou";
    let made = world.call("CreateDynamicTagGroup", create).unwrap();
    let id = made["Id"].as_str().unwrap();
    let rule = || {
        let answer = world.call("DescribeDynamicTagRuleList", &format!("DynamicTagRuleId={id}")).unwrap();
        assert_eq!(
            (&answer["Total"], &answer["PageNumber"], &answer["PageSize"]),
            (&json!(1), &json!("1"), &json!("30"))
        );
        answer["TagGroupList"]["TagGroup"][0].clone()
    };
    assert_eq!(rule()["Status"], "RUNNING");
    let engine = FoundGroups::new(world.store.db.clone(), Arc::clone(&world.services.resources));
    engine.run().unwrap();
    assert_eq!(
        rule(),
        json!({
            "DynamicTagRuleId": id, "TagKey": "env", "RegionId": "cn-hangzhou", "Status": "FINISH",
            "ContactGroupList": {"ContactGroupList": ["ops"]},
            "MatchExpress": {"MatchExpress": [
                {"TagKey": "env", "TagValue": "pr", "TagValueMatchFunction": "startWith"},
            ]},
            "MatchExpressFilterRelation": "and",
            "TagValueBlacklist": {"TagValueBlacklist": []}, "TemplateIdList": {"TemplateIdList": []},
        })
    );
    let made = groups(&world, &format!("DynamicTagRuleId={id}&Type=tag"));
    assert_eq!(made.len(), 1);
    assert_eq!(
        (&made[0]["GroupFounderTagKey"], &made[0]["GroupFounderTagValue"], &made[0]["ContactGroups"]),
        (&json!("env"), &json!("prod"), &json!({"ContactGroup": [{"Name": "ops"}]}))
    );
    let again = world.refusal("CreateDynamicTagGroup", "TagKey=env&ContactGroupList.1=ops");
    assert_eq!(again, (409, "ResourceConflict".to_owned()));
    world.call("DeleteDynamicTagGroup", &format!("DynamicTagRuleId={id}")).unwrap();
    assert!(groups(&world, "Types=tag,custom").is_empty());
    let gone = world.refusal("DeleteDynamicTagGroup", &format!("DynamicTagRuleId={id}"));
    assert_eq!(gone, (404, "ResourceNotFound".to_owned()));
}

#[test]
fn a_group_of_a_resource_group_is_made_once() {
    let world = World::new();
    let create = "ResourceGroupId=0&ResourceGroupName=default&ContactGroupList.1=ops&RegionId=cn-hangzhou";
    let id = world.call("CreateMonitorGroupByResourceGroupId", create).unwrap()["Id"].as_i64().unwrap();
    let found = groups(&world, "Type=resMgr");
    assert_eq!((&found[0]["GroupId"], &found[0]["ResourceGroupId"]), (&json!(id), &json!("0")));
    assert_eq!(
        world.refusal("CreateMonitorGroupByResourceGroupId", create),
        (409, "ResourceConflict".to_owned())
    );
}

#[test]
fn a_pause_is_kept_listed_and_ended() {
    let world = World::new();
    let (id, other) = (group(&world, "GroupName=shop"), group(&world, "GroupName=other"));
    let create = |id: i64| {
        let pause =
            format!("GroupId={id}&PolicyType=PauseNotify&StartTime=1768465800000&EndTime=1768469400000");
        world.call("CreateMonitorGroupNotifyPolicy", &pause).unwrap()
    };
    assert_eq!(create(id), json!({"Code": "200", "Message": "success", "Success": "true", "Result": 1}));
    create(other);
    let list = |parameters: &str| {
        let answer = world
            .call("DescribeMonitorGroupNotifyPolicyList", &format!("PolicyType=PauseNotify{parameters}"))
            .unwrap();
        assert_eq!(answer["Success"], "true");
        (answer["Total"].clone(), answer["NotifyPolicyList"]["NotifyPolicy"].clone())
    };
    let (total, policies) = list(&format!("&GroupId={id}"));
    let policy = &policies[0];
    assert_eq!(total, 1);
    assert!(policy["Id"].is_string());
    assert_eq!(
        (&policy["GroupId"], &policy["Type"], &policy["StartTime"], &policy["EndTime"]),
        (
            &json!(id.to_string()),
            &json!("PauseNotify"),
            &json!(1_768_465_800_000_i64),
            &json!(1_768_469_400_000_i64)
        )
    );
    let (total, page) = list("&PageSize=1");
    assert_eq!((total, page.as_array().unwrap().len()), (json!(2), 1));
    let delete = format!("GroupId={id}&PolicyType=PauseNotify");
    assert_eq!(world.call("DeleteMonitorGroupNotifyPolicy", &delete).unwrap()["Result"], 1);
    assert_eq!(
        world.refusal("DeleteMonitorGroupNotifyPolicy", &delete),
        (404, "ResourceNotFound".to_owned())
    );
    assert_eq!(list("").0, 1);
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let world = World::new();
    let id = group(&world, "GroupName=shop");
    let long = "x".repeat(129);
    let nameless = "Instances.1.InstanceName=n&Instances.1.RegionId=r&Instances.1.InstanceId=i";
    let crowd: Vec<String> = (1..=2001).map(|nth| instance(nth, "ecs", "i", "n")).collect();
    let too_many: Vec<String> = (1..=21).map(|nth| format!("i-{nth}")).collect();
    let rule = "GroupRules.1.FilterRelation=and&GroupRules.1.Filters.1.Function=contains\
                &GroupRules.1.Filters.1.Value=x";
    let table = [
        ("CreateMonitorGroup", String::new(), "MissingGroupName"),
        ("CreateMonitorGroup", format!("GroupName={long}"), "InvalidParameterValue"),
        ("CreateMonitorGroup", "GroupName=a&ContactGroups=a/b".to_owned(), "InvalidParameterValue"),
        ("ModifyMonitorGroup", "GroupId=x".to_owned(), "InvalidParameterValue"),
        ("DescribeMonitorGroups", "GroupId=1,x".to_owned(), "InvalidParameterValue"),
        ("DescribeMonitorGroups", "PageSize=0".to_owned(), "InvalidParameterValue"),
        ("CreateMonitorGroupInstances", format!("GroupId={id}"), "MissingInstances"),
        ("CreateMonitorGroupInstances", format!("GroupId={id}&{nameless}"), "MissingInstances.Category"),
        ("ModifyMonitorGroupInstances", format!("GroupId={id}&{}", crowd.join("&")), "InvalidParameterValue"),
        (
            "DeleteMonitorGroupInstances",
            format!("GroupId={id}&Category=ecs&InstanceIdList={}", too_many.join(",")),
            "InvalidParameterValue",
        ),
        (
            "PutMonitorGroupDynamicRule",
            format!("GroupId={id}&GroupRules.1.Category=oss&GroupRules.1.Filters.1.Name=hostName&{rule}"),
            "InvalidParameterValue",
        ),
        (
            "PutMonitorGroupDynamicRule",
            format!("GroupId={id}&GroupRules.1.Category=ecs&GroupRules.1.Filters.1.Name=ip&{rule}"),
            "InvalidParameterValue",
        ),
        ("AddTags", format!("GroupIds.1={id}&Tag.1.Key=acs:x&Tag.1.Value=y"), "InvalidParameterValue"),
        ("AddTags", format!("GroupIds.1={id}&Tag.1.Key=x"), "MissingTag.Value"),
        ("AddTags", "Tag.1.Key=x&Tag.1.Value=y".to_owned(), "MissingGroupIds"),
        ("CreateDynamicTagGroup", "TagKey=env".to_owned(), "MissingContactGroupList"),
        (
            "CreateDynamicTagGroup",
            "TagKey=env&ContactGroupList.1=ops&MatchExpress.1.TagValue=x\
             &MatchExpress.1.TagValueMatchFunction=like"
                .to_owned(),
            "InvalidParameterValue",
        ),
        (
            "CreateDynamicTagGroup",
            "TagKey=env&ContactGroupList.1=ops&MatchExpressFilterRelation=xor".to_owned(),
            "InvalidParameterValue",
        ),
        ("DescribeProductResourceTagKeyList", "NextToken=%".to_owned(), "InvalidParameterValue"),
        (
            "CreateMonitorGroupNotifyPolicy",
            format!("GroupId={id}&PolicyType=Shout&StartTime=1&EndTime=2"),
            "InvalidParameterValue",
        ),
        (
            "CreateMonitorGroupNotifyPolicy",
            format!("GroupId={id}&PolicyType=PauseNotify&StartTime=2&EndTime=2"),
            "InvalidParameterValue",
        ),
    ];
    for (operation, parameters, code) in table {
        assert_eq!(world.refusal(operation, &parameters), (400, code.to_owned()), "{operation} {parameters}");
    }
    let unknown = "TagKey=env&ContactGroupList.1=ops&TemplateIdList.1=7";
    assert_eq!(world.refusal("CreateDynamicTagGroup", unknown), (404, "ResourceNotFound".to_owned()));
    assert_eq!(names(&world, ""), ["shop"]);
    assert!(instances(&world, &format!("GroupId={id}")).is_empty());
}
