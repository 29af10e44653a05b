//! `ModifyMetricRuleBlackList`: changes a blacklist. What is not sent stays: Terraform sends what changed and the category.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::body::Body;
use super::{KIND, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct ModifyMetricRuleBlackList {
    id: String,
    body: Body,
}

impl Operation<CloudMonitor> for ModifyMetricRuleBlackList {
    const NAME: &'static str = "ModifyMetricRuleBlackList";
    const PERMISSION: &'static str = "cms:ModifyMetricRuleBlackList";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { id: parameters.required("Id")?.to_owned(), body: Body::read(parameters)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let masks = &cx.services.masks;
        let mut spec = masks.get(cx.tx, scope(cx.caller), KIND, &self.id)?.spec;
        self.body.apply(&mut spec)?;
        masks.update(cx.tx, scope(cx.caller), KIND, &self.id, |kept| *kept = spec)?;
        cx.touch("blacklist", &self.id);
        // A text here, and a number in its sisters.
        Ok(answer::success_with(json!({"Count": "1"})))
    }
}
