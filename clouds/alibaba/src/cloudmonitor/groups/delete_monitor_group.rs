//! `DeleteMonitorGroup`: deletes a group, with its rules and pauses, and says what it was.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMonitorGroup(i64);

impl Operation<CloudMonitor> for DeleteMonitorGroup {
    const NAME: &'static str = "DeleteMonitorGroup";
    const PERMISSION: &'static str = "cms:DeleteMonitorGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(input::group_id(parameters)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let gone = cx.services.resources.delete_application(cx.tx, input::scope(cx.caller), self.0)?;
        cx.touch("application", self.0);
        let contact_groups: Vec<Value> =
            gone.contact_groups.iter().map(|name| json!({"Name": name})).collect();
        Ok(answer::numbered_success_with(json!({
            "Group": {"GroupName": gone.group.name, "ContactGroups": {"ContactGroup": contact_groups}},
        })))
    }
}
