//! `EnableEventRules`, `DisableEventRules`, `DeleteEventRules`, `DeleteEventRuleTargets`: operations on lists of names.

use muster_wire::{Access, Cx, Operation};

use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

const MOST_NAMES: usize = 100;

fn names(parameters: &Parameters, name: &str) -> Result<Vec<String>, Refusal> {
    let names: Vec<String> = parameters.texts(name)?.into_iter().filter(|text| !text.is_empty()).collect();
    match names.len() {
        0 => Err(Fault::missing(name).into()),
        1..=MOST_NAMES => Ok(names),
        _ => Err(Refusal::illegal(name, &format!("must have at most {MOST_NAMES} items"))),
    }
}

/// Which rules are enabled.
pub(in crate::cloudmonitor) struct EnableEventRules(Vec<String>);

impl Operation<CloudMonitor> for EnableEventRules {
    const NAME: &'static str = "EnableEventRules";
    const PERMISSION: &'static str = "cms:EnableEventRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        names(parameters, "RuleNames").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.events.switch_rules(cx.tx, &cx.caller.account_id, &self.0, true)?;
        Ok(answer::success())
    }
}

/// Which rules are disabled.
pub(in crate::cloudmonitor) struct DisableEventRules(Vec<String>);

impl Operation<CloudMonitor> for DisableEventRules {
    const NAME: &'static str = "DisableEventRules";
    const PERMISSION: &'static str = "cms:DisableEventRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        names(parameters, "RuleNames").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.events.switch_rules(cx.tx, &cx.caller.account_id, &self.0, false)?;
        Ok(answer::success())
    }
}

/// Which rules go.
pub(in crate::cloudmonitor) struct DeleteEventRules(Vec<String>);

impl Operation<CloudMonitor> for DeleteEventRules {
    const NAME: &'static str = "DeleteEventRules";
    const PERMISSION: &'static str = "cms:DeleteEventRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        names(parameters, "RuleNames").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.events.delete_rules(cx.tx, &cx.caller.account_id, &self.0)?;
        Ok(answer::success())
    }
}

/// Which targets of a rule go.
pub(in crate::cloudmonitor) struct DeleteEventRuleTargets {
    rule: String,
    ids: Vec<String>,
}

impl Operation<CloudMonitor> for DeleteEventRuleTargets {
    const NAME: &'static str = "DeleteEventRuleTargets";
    const PERMISSION: &'static str = "cms:DeleteEventRuleTargets";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let rule = parameters.required("RuleName")?.to_owned();
        Ok(Self { rule, ids: names(parameters, "Ids")? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.events.delete_targets(cx.tx, &cx.caller.account_id, &self.rule, &self.ids)?;
        cx.touch("event rule", &self.rule);
        Ok(answer::success())
    }
}
