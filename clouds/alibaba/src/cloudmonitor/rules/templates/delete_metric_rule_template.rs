//! `DeleteMetricRuleTemplate`: deletes a template. Rules that it made stay.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::super::input::owner;
use super::template_id;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMetricRuleTemplate(i64);

impl Operation<CloudMonitor> for DeleteMetricRuleTemplate {
    const NAME: &'static str = "DeleteMetricRuleTemplate";
    const PERMISSION: &'static str = "cms:DeleteMetricRuleTemplate";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(template_id(parameters)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.templates.delete(cx.tx, owner(cx.caller), self.0, false)?;
        cx.touch("alarm template", self.0);
        Ok(answer::numbered_success_with(json!({"Resource": {"TemplateId": self.0.to_string()}})))
    }
}
