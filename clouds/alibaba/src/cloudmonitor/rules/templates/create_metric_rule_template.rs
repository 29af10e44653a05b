//! `CreateMetricRuleTemplate`: makes a template.

use muster_alarms::templates::{Kind, NewTemplate};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::super::input::{self, owner};
use super::items;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct CreateMetricRuleTemplate(NewTemplate);

impl Operation<CloudMonitor> for CreateMetricRuleTemplate {
    const NAME: &'static str = "CreateMetricRuleTemplate";
    const PERMISSION: &'static str = "cms:CreateMetricRuleTemplate";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(NewTemplate {
            name: input::name(parameters, "Name")?,
            description: parameters.text("Description").unwrap_or_default().to_owned(),
            kind: Kind::Metrics,
            items: items::read(parameters)?,
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let template = cx.services.templates.create(cx.tx, owner(cx.caller), self.0.clone())?;
        cx.touch("alarm template", template.id);
        Ok(answer::numbered_success_with(json!({"Id": template.id})))
    }
}
