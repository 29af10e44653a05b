//! `ModifyMonitorGroupInstances`: replaces all instances that were put into a group.

use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::input;
use super::instances::{self, Instance};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct ModifyMonitorGroupInstances {
    id: i64,
    instances: Vec<Instance>,
}

impl Operation<CloudMonitor> for ModifyMonitorGroupInstances {
    const NAME: &'static str = "ModifyMonitorGroupInstances";
    const PERMISSION: &'static str = "cms:ModifyMonitorGroupInstances";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { id: input::group_id(parameters)?, instances: instances::read(parameters)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let members = instances::members(resources.catalogue(), &self.instances);
        resources.set_members_of_application(cx.tx, scope, self.id, &members)?;
        cx.touch("application", self.id);
        Ok(answer::numbered_success_with(Value::Null))
    }
}
