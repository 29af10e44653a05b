//! `ModifyMonitorGroup`: changes the name or the contact groups; what is absent stays.

use muster_resources::ApplicationPatch;
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct ModifyMonitorGroup {
    id: i64,
    patch: ApplicationPatch,
}

impl Operation<CloudMonitor> for ModifyMonitorGroup {
    const NAME: &'static str = "ModifyMonitorGroup";
    const PERMISSION: &'static str = "cms:ModifyMonitorGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let name =
            parameters.word("GroupName").map(|name| input::group_name("GroupName", name)).transpose()?;
        let contact_groups = parameters
            .text("ContactGroups")
            .map(|names| input::contact_groups("ContactGroups", names.split(',')))
            .transpose()?;
        Ok(Self { id: input::group_id(parameters)?, patch: ApplicationPatch { name, contact_groups } })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let scope = input::scope(cx.caller);
        cx.services.resources.update_application(cx.tx, scope, self.id, self.patch.clone())?;
        cx.touch("application", self.id);
        Ok(answer::numbered_success_with(Value::Null))
    }
}
