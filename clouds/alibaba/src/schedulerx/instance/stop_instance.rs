//! `StopInstance`: ends an unfinished instance; it is not tried again.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use super::target::InstanceTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct StopInstance(InstanceTarget);

impl Operation<SchedulerX> for StopInstance {
    const NAME: &'static str = "StopInstance";
    const PERMISSION: &'static str = "edas:StopInstance";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        InstanceTarget::decode(parameters, "InstanceId").map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let InstanceTarget { group: Target { namespace, group_id }, job, id } = &self.0;
        let done = cx.services.instances.stop(cx.tx, cx.caller, namespace, group_id, *job, *id);
        done.map_err(|error| self.0.refusal(cx, error))?;
        cx.touch("job instance", id);
        Ok(answer::success())
    }
}
