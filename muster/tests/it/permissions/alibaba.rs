//! The operations of Alibaba's products.

use muster_alibaba::rpc::Product;
use muster_alibaba::{bss, cloudmonitor, location, schedulerx, sts};

use crate::door::{Door, Faults, Who};

/// What the operations need, all in one: they pass over what they do not know.
const INPUT: &[(&str, &str)] = &[
    // SchedulerX
    ("RegionId", "cn-hangzhou"),
    ("Namespace", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("Name", "night shift"),
    ("Uid", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("GroupId", "1000000000007"),
    ("AppName", "shop"),
    ("PolicyName", "nights"),
    (
        "ChannelTimeRange",
        r#"{"sendChannel":"mail","timeRanges":{"all":[{"startTime":"09:00","endTime":"18:00","daysOfWeek":[1]}]}}"#,
    ),
    ("UserId", "1"),
    ("UserName", "eve"),
    ("GrantOption", "false"),
    ("JobId", "1000000000001"),
    ("DesignateType", "1"),
    ("Worker", "10.0.0.1"),
    ("Transferable", "true"),
    ("JobInstanceId", "1000000000002"),
    ("WorkflowId", "1000000000003"),
    ("WfInstanceId", "1000000000004"),
    ("DagJson", r#"{"nodes":[{"id":1}]}"#),
    ("InstanceId", "1000000000002"),
    ("JobIdList.1", "1"),
    ("JobType", "java"),
    ("ExecuteMode", "standalone"),
    ("TimeType", "100"),
    ("ClassName", "shop.Night"),
    ("ScriptContent", "date"),
    ("StartDate", "1"),
    ("EndDate", "1"),
    ("DataTime", "00:00:00"),
    ("OriginalNamespace", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("OriginalGroupId", "shop"),
    ("TargetNamespace", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("TargetGroupId", "market"),
    ("CalendarName", "shop"),
    ("Year", "2026"),
    ("MonthDaysContent", r#"[{"month":1,"days":[1]}]"#),
    ("Operate", "query"),
    ("MetricType", "0"),
    ("StartTime", "1768465800"),
    ("EndTime", "1768469400"),
    // CloudMonitor
    ("ContactName", "eve"),
    ("ContactGroupName", "ops"),
    ("Describe", "on call"),
    ("ContactNames.1", "eve"),
    ("Channels.Mail", "eve@example.com"),
    ("EventInfo.1.EventName", "night"),
    ("EventInfo.1.Content", "dark"),
    ("Product", "ECS"),
    ("EventPattern.1.Product", "*"),
    ("RuleNames.1", "night"),
    ("Ids.1", "1"),
    ("MetricList.1.GroupId", "0"),
    ("MetricList.1.MetricName", "load"),
    ("MetricList.1.Dimensions", r#"{"host":"a"}"#),
    ("MetricList.1.Type", "0"),
    ("MetricList.1.Values", r#"{"value":1}"#),
    ("MetricList.1.Name", "load"),
    ("MetricList.1.Value", "1"),
    ("PromSQL", "load"),
    ("Start", "1768465800"),
    ("End", "1768469400"),
    ("MetricName", "load"),
    ("Metric", "load"),
    ("Orderby", "Average"),
    ("Period", "60"),
    ("Length", "10"),
    ("Cursor", CURSOR),
    ("Id", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("IsEnable", "true"),
    ("TemplateId", "1000000000001"),
    ("TemplateIds", "1000000000001"),
    ("RestVersion", "1"),
    ("Category", "ecs"),
    ("Instances.1", r#"{"instanceId":"i-1"}"#),
    ("GroupName", "shop"),
    ("Instances.1.Category", "ecs"),
    ("Instances.1.InstanceId", "i-1"),
    ("Instances.1.InstanceName", "web-1"),
    ("Instances.1.RegionId", "cn-hangzhou"),
    ("InstanceIdList", "i-1"),
    ("ContactGroupList.1", "ops"),
    ("ResourceGroupId", "rg-shop"),
    ("ResourceGroupName", "shop"),
    ("PolicyType", "PauseNotify"),
    ("GroupIds.1", "1000000000007"),
    ("Tag.1.Key", "env"),
    ("Tag.1.Value", "prod"),
    ("TagKey", "env"),
    ("DynamicTagRuleId", "4a06d5ea-f576-4326-842c-fb14ea043d8d"),
    ("GroupRules.1.Category", "ecs"),
    ("GroupRules.1.FilterRelation", "and"),
    ("GroupRules.1.Filters.1.Name", "hostName"),
    ("GroupRules.1.Filters.1.Function", "contains"),
    ("GroupRules.1.Filters.1.Value", "web"),
    ("RuleId", "night"),
    ("RuleId.1", "night"),
    ("Id.1", "night"),
    ("RuleName", "night"),
    ("Resources", r#"[{"host":"a"}]"#),
    ("ContactGroups", "ops"),
    ("Escalations.Critical.Statistics", "Average"),
    ("Escalations.Critical.ComparisonOperator", "GreaterThanThreshold"),
    ("Escalations.Critical.Threshold", "90"),
    ("Escalations.Critical.Times", "3"),
    ("Rules.1.RuleId", "night"),
    ("Rules.1.RuleName", "night"),
    ("Rules.1.Namespace", "acs_ecs_dashboard"),
    ("Rules.1.MetricName", "cpu_total"),
    ("Rules.1.Resources", "[]"),
    ("Rules.1.ContactGroups", "ops"),
    ("Rules.1.Escalations.Info.Statistics", "Average"),
    ("Rules.1.Escalations.Info.ComparisonOperator", "GreaterThanThreshold"),
    ("Rules.1.Escalations.Info.Threshold", "90"),
    ("Rules.1.Escalations.Info.Times", "3"),
    ("GroupMetricRules.1.RuleId", "night"),
    ("GroupMetricRules.1.RuleName", "night"),
    ("GroupMetricRules.1.Namespace", "acs_ecs_dashboard"),
    ("GroupMetricRules.1.MetricName", "cpu_total"),
    ("GroupMetricRules.1.Category", "ecs"),
    ("Targets.1.Id", "1"),
    ("Targets.1.Arn", "acs:mns:cn-hangzhou:1:/queues/night/message"),
    ("TargetIds.1", "1"),
    ("Level", "WARN"),
    ("Statistics", "Average"),
    ("ComparisonOperator", ">"),
    ("Threshold", "1"),
    ("EvaluationCount", "3"),
    ("EventName", "night"),
    ("GroupBy", "product"),
    // STS, Location
    ("RoleSessionName", "nights"),
    ("ServiceCode", "cms"),
];

/// A cursor over the metric `load` of the namespace above, as the server gives them.
const CURSOR: &str = concat!(
    "eyJuYW1lc3BhY2UiOiI0YTA2ZDVlYS1mNTc2LTQzMjYtODQyYy1mYjE0ZWEwNDNkOGQiLCJtZXRyaWMi",
    "OiJsb2FkIiwicGVyaW9kIjo2MCwibWF0Y2hlcnMiOnt9LCJzdGFydCI6MTc2ODQ2NTgwMDAwMCwiZW5k",
    "IjpudWxsLCJhZnRlciI6bnVsbH0",
);

/// `open_to_all` names the operations that everybody with a key may use unless a policy denies them.
fn judge<P: Product>(door: &Door, open_to_all: &[&str]) {
    let mut input: Vec<_> =
        INPUT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    // A role of another account is refused to everybody whom it does not trust.
    input.push(("RoleArn".to_owned(), format!("acs:ram::{}:role/ops", door.account_id)));
    let mut faults = Faults::default();
    for entry in P::operations() {
        let call = |who| {
            door.call(who, |signer, now, nonce| signer.alibaba(P::VERSION, entry.name, &input, now, nonce))
        };
        let unproved = call(Who::Nobody);
        let refused = unproved.status == 400 && unproved.body.contains("is mandatory for this action");
        faults.unless(refused, entry.name, "answers without credentials", &unproved);
        let denied = call(Who::Denied);
        faults.unless(denied.status == 403, entry.name, "answers whom it is denied", &denied);
        let powerless = call(Who::Powerless);
        let refused = (powerless.status == 403) != open_to_all.contains(&entry.name);
        faults.unless(refused, entry.name, "judges wrongly whom no policy names", &powerless);
        let allowed = call(Who::Root);
        let ill_formed =
            ["Missing", "Invalid"].iter().any(|word| allowed.body.contains(&format!(r#""Code":"{word}"#)));
        faults.unless(allowed.status != 403 && !ill_formed, entry.name, "lacks input", &allowed);
    }
}

#[test]
fn schedulerx() {
    judge::<schedulerx::SchedulerX>(&Door::open(), &[]);
}

#[test]
fn cloudmonitor() {
    judge::<cloudmonitor::CloudMonitor>(&Door::open(), &[]);
}

#[test]
fn what_clients_ask_first() {
    let door = Door::open();
    judge::<sts::Sts>(&door, &["GetCallerIdentity"]);
    judge::<location::Location>(&door, &["DescribeEndpoints", "DescribeServices", "DescribeRegions"]);
    judge::<bss::Bss>(&door, &["QueryAvailableInstances"]);
}
