//! `ModifyMetricRuleTemplate`: changes a template that is still as the caller has seen it. Rules that it made stay.

use muster_alarms::templates::TemplatePatch;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::super::input::{self, owner};
use super::{items, template_id};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input.
pub(in crate::cloudmonitor) struct ModifyMetricRuleTemplate {
    id: i64,
    patch: TemplatePatch,
}

impl Operation<CloudMonitor> for ModifyMetricRuleTemplate {
    const NAME: &'static str = "ModifyMetricRuleTemplate";
    const PERMISSION: &'static str = "cms:ModifyMetricRuleTemplate";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let version = parameters.integer("RestVersion")?.ok_or_else(|| Fault::missing("RestVersion"))?;
        let name = parameters.word("Name").map(|_| input::name(parameters, "Name")).transpose()?;
        let items = parameters.has("AlertTemplates").then(|| items::read(parameters)).transpose()?;
        let description = parameters.text("Description").map(str::to_owned);
        let patch = TemplatePatch { name, description, items, version: Some(version) };
        Ok(Self { id: template_id(parameters)?, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.templates.update(cx.tx, owner(cx.caller), self.id, self.patch.clone())?;
        cx.touch("alarm template", self.id);
        Ok(answer::numbered_success_with(json!({})))
    }
}
