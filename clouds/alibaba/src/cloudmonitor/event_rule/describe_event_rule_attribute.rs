//! `DescribeEventRuleAttribute`: one event rule.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::describe_event_rule_list::state;
use super::patterns;
use crate::cloudmonitor::event::words;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeEventRuleAttribute(String);

impl Operation<CloudMonitor> for DescribeEventRuleAttribute {
    const NAME: &'static str = "DescribeEventRuleAttribute";
    const PERMISSION: &'static str = "cms:DescribeEventRuleAttribute";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(parameters.required("RuleName")?.to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let rule = cx.services.events.get_rule(cx.tx, &cx.caller.account_id, &self.0)?;
        let spec = &rule.spec;
        let pattern =
            spec.patterns.first().map(|first| patterns::write(first, ("KeywordFilterObj", "keyword")));
        Ok(answer::success_with(json!({"Result": {
            "Name": rule.name,
            "Description": spec.description,
            "EventType": words::kind(spec.kind),
            "GroupId": spec.group_id.map_or_else(String::new, |group| group.to_string()),
            "State": state(&rule),
            "EventPattern": pattern,
        }})))
    }
}
