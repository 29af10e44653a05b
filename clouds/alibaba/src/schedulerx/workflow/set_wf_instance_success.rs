//! `SetWfInstanceSuccess`: counts a run of a workflow that failed as done; its nodes stay as they are.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use super::target::{WorkflowTarget, number};
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct SetWfInstanceSuccess {
    target: WorkflowTarget,
    id: i64,
}

impl Operation<SchedulerX> for SetWfInstanceSuccess {
    const NAME: &'static str = "SetWfInstanceSuccess";
    const PERMISSION: &'static str = "edas:SetWfInstanceSuccess";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = WorkflowTarget::decode(parameters)?;
        Ok(Self { target, id: number(parameters, "WfInstanceId")? })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.target;
        let workflows = &cx.services.workflows;
        let done = workflows.set_success(cx.tx, cx.caller, namespace, group_id, *id, self.id);
        done.map_err(|error| self.target.refusal(error))?;
        cx.touch("workflow instance", self.id);
        Ok(answer::success())
    }
}
