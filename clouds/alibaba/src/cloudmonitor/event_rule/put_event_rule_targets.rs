//! `PutEventRuleTargets`: puts targets into the lists of an event rule.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::targets;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input. Names of targets hold the account, so they are read when it is known.
pub(in crate::cloudmonitor) struct PutEventRuleTargets {
    rule: String,
    parameters: Parameters,
}

impl Operation<CloudMonitor> for PutEventRuleTargets {
    const NAME: &'static str = "PutEventRuleTargets";
    const PERMISSION: &'static str = "cms:PutEventRuleTargets";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let rule = parameters.required("RuleName")?.to_owned();
        targets::read(parameters, "")?;
        Ok(Self { rule, parameters: parameters.clone() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let account = &cx.caller.account_id;
        let targets = targets::read(&self.parameters, account)?;
        cx.services.events.put_targets(cx.tx, account, &self.rule, &targets)?;
        cx.touch("event rule", &self.rule);
        // One bad target refuses the call, so none fails by itself.
        Ok(answer::success_with(json!({
            "FailedParameterCount": "0",
            "FailedContactParameters": {"ContactParameter": []},
            "FailedFcParameters": {"FcParameter": []},
            "FailedMnsParameters": {"MnsParameter": []},
        })))
    }
}
