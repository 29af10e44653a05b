//! `CreateMonitorGroupByResourceGroupId`: makes a group that holds what belongs to a resource group.
//!
//! The vendor's resource groups are what the inventory calls enterprise projects; one that does not exist yet is empty.

use muster_resources::NewApplication;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Fault;
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct CreateMonitorGroupByResourceGroupId(NewApplication);

impl Operation<CloudMonitor> for CreateMonitorGroupByResourceGroupId {
    const NAME: &'static str = "CreateMonitorGroupByResourceGroupId";
    const PERMISSION: &'static str = "cms:CreateMonitorGroupByResourceGroupId";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let list = parameters.texts("ContactGroupList")?;
        let contact_groups = input::contact_groups("ContactGroupList", list.iter().map(String::as_str))?;
        if contact_groups.is_empty() {
            return Err(Fault::missing("ContactGroupList").into());
        }
        parameters.required("RegionId")?;
        parameters.boolean("EnableInstallAgent")?;
        parameters.boolean("EnableSubscribeEvent")?;
        let id = parameters.required("ResourceGroupId")?;
        input::printable("ResourceGroupId", id)?;
        let name = input::group_name("ResourceGroupName", parameters.required("ResourceGroupName")?)?;
        Ok(Self(NewApplication { name, contact_groups, enterprise_project_id: Some(id.to_owned()) }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let scope = input::scope(cx.caller);
        let made = cx.services.resources.create_application(cx.tx, scope, self.0.clone())?;
        cx.touch("application", made.group.id);
        Ok(answer::success_with(json!({"Id": made.group.id})))
    }
}
