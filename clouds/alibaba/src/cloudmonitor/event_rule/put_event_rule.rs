//! `PutEventRule`: makes an event rule, or replaces all of it but its targets.

use muster_events::Kind;
use muster_events::rules::RuleSpec;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::patterns;
use crate::cloudmonitor::event::{group_id, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input.
pub(in crate::cloudmonitor) struct PutEventRule {
    name: String,
    spec: RuleSpec,
}

impl Operation<CloudMonitor> for PutEventRule {
    const NAME: &'static str = "PutEventRule";
    const PERMISSION: &'static str = "cms:PutEventRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let name = parameters.required("RuleName")?.to_owned();
        let kind = parameters.word("EventType").map(|word| {
            words::read_kind(word).ok_or_else(|| Refusal::illegal("EventType", "must be SYSTEM or CUSTOM"))
        });
        let enabled = match parameters.word("State") {
            None | Some("ENABLED") => true,
            Some("DISABLED") => false,
            Some(_) => return Err(Refusal::illegal("State", "must be ENABLED or DISABLED")),
        };
        let items = parameters.items("EventPattern")?;
        if items.is_empty() {
            return Err(Fault::missing("EventPattern").into());
        }
        let spec = RuleSpec {
            description: parameters.text("Description").unwrap_or_default().to_owned(),
            kind: kind.transpose()?.unwrap_or(Kind::System),
            enabled,
            group_id: group_id(parameters)?,
            silence_ms: parameters.integer("SilenceTime")?.unwrap_or(0).saturating_mul(1_000),
            patterns: items.iter().map(patterns::read).collect::<Result<_, _>>()?,
        };
        Ok(Self { name, spec })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.events.put_rule(cx.tx, &cx.caller.account_id, &self.name, &self.spec)?;
        cx.touch("event rule", &self.name);
        Ok(answer::success_with(json!({"Data": "1"})))
    }
}
