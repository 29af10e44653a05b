//! `PutResourceMetricRule`: makes or replaces a rule on resources.

use muster_wire::{Access, Cx, Operation};

use super::input::{self, RuleInput};
use super::kept::Kept;
use super::resources;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Without a period the shortest that a custom metric has.
const PERIOD: u64 = 60;

/// The input.
pub(in crate::cloudmonitor) struct PutResourceMetricRule(RuleInput);

impl Operation<CloudMonitor> for PutResourceMetricRule {
    const NAME: &'static str = "PutResourceMetricRule";
    const PERMISSION: &'static str = "cms:PutResourceMetricRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        for name in ["RuleId", "RuleName", "Namespace", "MetricName"] {
            parameters.required(name)?;
        }
        RuleInput::require_contact_groups(parameters)?;
        read(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        self.0.put(cx)?;
        Ok(answer::success())
    }
}

/// Reads a rule, by itself or as one of many.
pub(super) fn read(parameters: &Parameters) -> Result<RuleInput, Refusal> {
    parameters.required("RuleName")?;
    parameters.required("Namespace")?;
    let namespace = input::name(parameters, "Namespace")?;
    input::refuse_prometheus(parameters, &namespace)?;
    let text = parameters.text("Resources").unwrap_or_default();
    let sets = resources::sets("Resources", text)?;
    if parameters.has("CompositeExpression") {
        return Err(Refusal::unsupported("Rules with composite expressions are not supported."));
    }
    let period = input::period(parameters, PERIOD)?;
    let (condition, levels) = input::levels(parameters)?;
    let policy = input::policy(input::metric(parameters)?, period, condition);
    let mut rule = input::read(parameters, namespace, policy)?;
    rule.spec.target = resources::target(&rule.spec.namespace, sets);
    rule.kept = Kept {
        resources: if text.trim().is_empty() { "[]".to_owned() } else { text.to_owned() },
        levels: levels.levels,
        send_ok: parameters.boolean("SendOK")?.unwrap_or(true),
        ..rule.kept
    };
    Ok(rule)
}
