//! `DeleteDynamicTagGroup`: ends that groups are made for a tag, and deletes those that were.

use muster_wire::{Access, Cx, Operation};

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteDynamicTagGroup(String);

impl Operation<CloudMonitor> for DeleteDynamicTagGroup {
    const NAME: &'static str = "DeleteDynamicTagGroup";
    const PERMISSION: &'static str = "cms:DeleteDynamicTagGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(parameters.required("DynamicTagRuleId")?.to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.resources.delete_founder(cx.tx, input::scope(cx.caller), &self.0)?;
        cx.touch("founder of groups", &self.0);
        Ok(answer::success())
    }
}
