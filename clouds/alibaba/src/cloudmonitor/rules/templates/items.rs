//! The rules that a template holds, as they were sent and as a group gets them.

use std::collections::BTreeMap;

use muster_alarms::templates::TemplateItem;
use serde_json::{Value, json};

use super::super::escalations;
use super::super::group_rules;
use super::super::input::RuleInput;
use super::super::kept::Kept;
use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// Rules of a template.
const MOST: usize = 200;

/// What a template's rule may say; all else is the group's affair.
const MEMBERS: [&str; 7] =
    ["Category", "MetricName", "Namespace", "RuleName", "Period", "Selector", "Webhook"];

/// Reads `AlertTemplates`.
pub(super) fn read(parameters: &Parameters) -> Result<Vec<TemplateItem>, Refusal> {
    let items = parameters.items("AlertTemplates")?;
    if items.len() > MOST {
        return Err(Refusal::illegal("AlertTemplates", "must be at most 200 rules"));
    }
    items.iter().map(read_item).collect()
}

fn read_item(item: &Parameters) -> Result<TemplateItem, Refusal> {
    let category = item.required("Category")?.to_owned();
    item.required("MetricName")?;
    let sent: BTreeMap<String, String> = item
        .iter()
        .filter(|(name, value)| {
            !value.is_empty() && (MEMBERS.contains(name) || name.starts_with("Escalations."))
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // Whatever a group would refuse is refused here.
    let rule = rule_of(&sent, "template", 0, &[])?;
    let policy = rule
        .spec
        .policies
        .first()
        .cloned()
        .ok_or_else(|| Refusal::illegal("AlertTemplates", "must have a condition"))?;
    Ok(TemplateItem {
        namespace: rule.spec.namespace.clone(),
        dimension_names: None,
        policy,
        rule: None,
        category,
        kept_for_wire: json!(sent),
    })
}

/// The rule that a group gets from an item: what the template says, and `more`, which the group says.
pub(super) fn rule(
    item: &TemplateItem,
    key: &str,
    group_id: i64,
    more: &[(&str, String)],
) -> Result<RuleInput, Refusal> {
    rule_of(&sent(item), key, group_id, more)
}

fn sent(item: &TemplateItem) -> BTreeMap<String, String> {
    serde_json::from_value(item.kept_for_wire.clone()).unwrap_or_default()
}

fn rule_of(
    sent: &BTreeMap<String, String>,
    key: &str,
    group_id: i64,
    more: &[(&str, String)],
) -> Result<RuleInput, Refusal> {
    // A selector is the dimensions that series have besides an instance's own.
    let name = |name: &str| if name == "Selector" { "Dimensions".to_owned() } else { name.to_owned() };
    let pairs = sent.iter().map(|(own, value)| (name(own), value.clone()));
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let key = [("RuleId".to_owned(), key.to_owned())];
    group_rules::read(&Parameters::from_pairs(pairs.chain(more).chain(key)), group_id)
}

/// An item as it is shown.
pub(super) fn written(item: &TemplateItem) -> Result<Value, Refusal> {
    let sent = sent(item);
    let rule = rule_of(&sent, "template", 0, &[])?;
    let text = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let kept: &Kept = &rule.kept;
    Ok(json!({
        "Category": item.category,
        "MetricName": text("MetricName"),
        "Namespace": item.namespace,
        "RuleName": text("RuleName"),
        "Selector": text("Selector"),
        "Webhook": text("Webhook"),
        "Escalations": escalations::written(&item.policy.condition, kept),
        "Labels": {"Labels": []},
        "NoDataPolicy": "KEEP_LAST_STATE",
        "SilenceTime": kept.silence,
    }))
}
