//! `DeleteMonitorGroupDynamicRule`: ends that a group follows the names of a category.

use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::input;
use super::words::product_of;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMonitorGroupDynamicRule {
    id: i64,
    category: String,
}

impl Operation<CloudMonitor> for DeleteMonitorGroupDynamicRule {
    const NAME: &'static str = "DeleteMonitorGroupDynamicRule";
    const PERMISSION: &'static str = "cms:DeleteMonitorGroupDynamicRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { id: input::group_id(parameters)?, category: parameters.required("Category")?.to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let product = product_of(resources.catalogue(), &self.category);
        resources.unfollow_names(cx.tx, scope, self.id, &product)?;
        cx.touch("application", self.id);
        Ok(answer::numbered_success_with(Value::Null))
    }
}
