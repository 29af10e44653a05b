//! A rule as lists show it.

use muster_alarms::{Condition, Rule, RuleSpec, State, Subject, Target, Watch};
use muster_metrics::Period;
use serde_json::{Value, json};

use super::input::no_data_word;
use super::kept::{Kept, Kind};
use super::{escalations, intervals, resources, words};

/// The subject of mails where a rule names none.
const SUBJECT: &str = "${serviceType}-${metricName}-${levelDescription}Notification(${dimensions})";

/// The metric or event of a rule's first policy.
pub(in crate::cloudmonitor) fn subject_name(spec: &RuleSpec) -> &str {
    match spec.policies.first().map(|policy| &policy.subject) {
        Some(Subject::Metric { metric, .. }) => metric,
        Some(Subject::Event { name, .. }) => name,
        None => "",
    }
}

/// The length of a rule's windows, in seconds.
pub(super) fn period_seconds(spec: &RuleSpec) -> u32 {
    match spec.policies.first().map(|policy| policy.watch) {
        Some(Watch::Windows(period)) => Period::seconds(period),
        Some(Watch::Each) | None => 0,
    }
}

/// The application group that a rule names.
pub(in crate::cloudmonitor) fn group_id(spec: &RuleSpec, kept: &Kept) -> Option<i64> {
    spec.target.group_id().or(kept.group_id)
}

/// The abbreviation of a product: `ecs` of `acs_ecs_dashboard`.
pub(in crate::cloudmonitor) fn product(namespace: &str) -> &str {
    let keyword = namespace.strip_prefix("acs_").unwrap_or(namespace);
    keyword.split('_').next().unwrap_or(keyword)
}

/// The value of the dimension that names an instance; of a custom metric the pushed pairs.
pub(in crate::cloudmonitor) fn instance(dimensions: &[(String, String)]) -> &str {
    let named = |wanted: &str| dimensions.iter().find(|(name, _)| name == wanted);
    named("instanceId")
        .or_else(|| named("dimension"))
        .or_else(|| dimensions.iter().find(|(name, _)| name != "groupId"))
        .or_else(|| dimensions.first())
        .map_or("", |(_, value)| value)
}

/// `Dimensions` of a rule on a group. Clients read an array even where it is empty.
fn dimensions(spec: &RuleSpec, kept: &Kept) -> String {
    match &spec.target {
        Target::Group { besides, .. } if !besides.is_empty() => {
            resources::text(std::slice::from_ref(besides))
        }
        _ if kept.dimensions.starts_with('[') => kept.dimensions.clone(),
        _ => "[]".to_owned(),
    }
}

/// A rule, how it stands, and the name of its application group.
pub(super) fn written(rule: &Rule, state: State, group_name: &str) -> Value {
    let spec = &rule.spec;
    let kept = Kept::of(spec);
    let policy = spec.policies.first();
    let escalations =
        policy.map_or_else(|| json!({}), |policy| escalations::written(&policy.condition, &kept));
    let labels: Vec<Value> =
        spec.labels.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let effective = match intervals::text(&spec.telling.hours) {
        none if none.is_empty() => "00:00-23:59".to_owned(),
        text => text,
    };
    let category =
        if kept.category.is_empty() { product(&spec.namespace).to_owned() } else { kept.category.clone() };
    json!({
        "RuleId": rule.key,
        "RuleName": spec.name,
        "Namespace": spec.namespace,
        "MetricName": subject_name(spec),
        "Period": period_seconds(spec).to_string(),
        "SourceType": if kept.kind == Kind::CustomEvent { "EVENT" } else { "METRIC" },
        "EnableState": rule.enabled,
        "AlertState": words::state_word(state),
        "GroupId": group_id(spec, &kept).map_or_else(String::new, |id| id.to_string()),
        "GroupName": group_name,
        "ContactGroups": kept.contact_groups,
        "Webhook": spec.telling.webhook.as_deref().unwrap_or_default(),
        "MailSubject": spec.telling.subject.as_deref().unwrap_or(SUBJECT),
        "NoEffectiveInterval": intervals::text(&spec.telling.quiet_hours),
        "EffectiveInterval": effective,
        "SilenceTime": kept.silence,
        "NoDataPolicy": no_data_word(spec.no_data),
        "SendOK": kept.send_ok,
        "Resources": kept.resources,
        "Dimensions": dimensions(spec, &kept),
        "ProductCategory": category,
        "GmtCreate": rule.created_at.millis(),
        "GmtUpdate": rule.updated_at.millis().to_string(),
        "Escalations": escalations,
        "CompositeExpression": composite(policy.map(|policy| &policy.condition), &kept),
        "Prometheus": json!({}),
        "Labels": {"Labels": labels},
    })
}

/// `CompositeExpression`, as it was put.
fn composite(condition: Option<&Condition>, kept: &Kept) -> Value {
    let (Some(Condition::Expression { level, times, .. }), Some(composite)) = (condition, &kept.composite)
    else {
        return json!({});
    };
    let list: Vec<Value> = composite
        .clauses
        .iter()
        .map(|clause| {
            json!({
                "MetricName": clause.metric_name,
                "Statistics": clause.statistics,
                "ComparisonOperator": clause.comparison_operator,
                "Threshold": clause.threshold,
                "Period": clause.period,
            })
        })
        .collect();
    json!({
        "ExpressionList": {"ExpressionList": list},
        "ExpressionListJoin": composite.join,
        "ExpressionRaw": composite.raw,
        "Level": words::level_word(*level),
        "Times": times,
    })
}
