//! `DescribeEventRuleList`: event rules with their patterns.

use muster_core::PageRequest;
use muster_events::rules::{Rule, RuleFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::patterns;
use crate::cloudmonitor::event::{group_id, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeEventRuleList {
    filter: RuleFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeEventRuleList {
    const NAME: &'static str = "DescribeEventRuleList";
    const PERMISSION: &'static str = "cms:DescribeEventRuleList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let filter = RuleFilter {
            name_prefix: parameters.word("NamePrefix").map(str::to_owned),
            group_id: group_id(parameters)?,
            enabled: parameters.boolean("IsEnable")?,
        };
        Ok(Self { filter, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let found = cx.services.events.list_rules(cx.tx, &cx.caller.account_id, &self.filter, self.page)?;
        let rules: Vec<Value> = found.items.iter().map(item).collect();
        Ok(answer::success_with(json!({"Total": found.total, "EventRules": {"EventRule": rules}})))
    }
}

fn item(rule: &Rule) -> Value {
    let spec = &rule.spec;
    let patterns: Vec<Value> =
        spec.patterns.iter().map(|pattern| patterns::write(pattern, ("KeywordFilter", "Keywords"))).collect();
    // Terraform reads the members of one pattern here, the SDK's model a list below the same name: both find theirs.
    let mut shown = patterns.first().cloned().unwrap_or_default();
    shown["EventPattern"] = Value::Array(patterns);
    json!({
        "Name": rule.name,
        "Description": spec.description,
        "EventType": words::kind(spec.kind),
        "GroupId": spec.group_id.map_or_else(String::new, |group| group.to_string()),
        "State": state(rule),
        "SilenceTime": spec.silence_ms / 1_000,
        "EventPattern": shown,
    })
}

pub(super) fn state(rule: &Rule) -> &'static str {
    if rule.spec.enabled { "ENABLED" } else { "DISABLED" }
}
