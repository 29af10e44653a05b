//! `CreateMonitorGroup`: makes an empty group.

use muster_resources::NewApplication;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct CreateMonitorGroup(NewApplication);

impl Operation<CloudMonitor> for CreateMonitorGroup {
    const NAME: &'static str = "CreateMonitorGroup";
    const PERMISSION: &'static str = "cms:CreateMonitorGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let name = input::group_name("GroupName", parameters.required("GroupName")?)?;
        let contact_groups = input::contact_groups(
            "ContactGroups",
            parameters.text("ContactGroups").unwrap_or_default().split(','),
        )?;
        Ok(Self(NewApplication { name, contact_groups, enterprise_project_id: None }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let scope = input::scope(cx.caller);
        let made = cx.services.resources.create_application(cx.tx, scope, self.0.clone())?;
        cx.touch("application", made.group.id);
        Ok(answer::numbered_success_with(json!({"GroupId": made.group.id})))
    }
}
