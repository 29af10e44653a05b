//! `PutResourceMetricRules`: makes or replaces many rules; those that cannot be are named, the others are kept.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input::RuleInput;
use super::put_resource_metric_rule::read;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

const MOST: usize = 50;

/// The input: each rule by its id as it was sent.
pub(in crate::cloudmonitor) struct PutResourceMetricRules(Vec<(String, Result<RuleInput, Refusal>)>);

impl Operation<CloudMonitor> for PutResourceMetricRules {
    const NAME: &'static str = "PutResourceMetricRules";
    const PERMISSION: &'static str = "cms:PutResourceMetricRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let items = parameters.items("Rules")?;
        if items.is_empty() {
            return Err(Fault::missing("Rules").into());
        }
        if items.len() > MOST {
            return Err(Refusal::illegal("Rules", "must be 1 to 50 rules"));
        }
        let rule = |item: &Parameters| {
            let key = item.text("RuleId").unwrap_or_default().to_owned();
            (key, RuleInput::require_contact_groups(item).and_then(|()| read(item)))
        };
        Ok(Self(items.iter().map(rule).collect()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut failed = Vec::new();
        for (key, rule) in &self.0 {
            if let Err(refusal) = rule.as_ref().map_err(Clone::clone).and_then(|rule| rule.put(cx)) {
                failed.push(failure(key, refusal)?);
            }
        }
        Ok(answer::success_with(json!({"FailedListResult": {"Target": failed}})))
    }
}

/// A rule that could not be put. What is wrong with the server rather than with the rule refuses the whole call.
fn failure(key: &str, refusal: Refusal) -> Result<Value, Refusal> {
    let fault = refusal.into_fault();
    if fault.status.is_server_error() {
        return Err(Refusal::from(fault));
    }
    Ok(json!({
        "RuleId": key,
        "Result": {"Code": fault.code, "Message": fault.message, "Success": false},
    }))
}
