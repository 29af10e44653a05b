//! `UpdateWorkflow`: changes what is sent; zone and limit stay as they were made.

use muster_identity::Caller;
use muster_jobs::workflows::WorkflowPatch;
use muster_wire::{Access, Cx, Operation};

use super::target::WorkflowTarget;
use super::words;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct UpdateWorkflow {
    target: WorkflowTarget,
    patch: WorkflowPatch,
}

impl Operation<SchedulerX> for UpdateWorkflow {
    const NAME: &'static str = "UpdateWorkflow";
    const PERMISSION: &'static str = "edas:UpdateWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = WorkflowTarget::decode(parameters)?;
        let text = |name: &str| parameters.text(name).map(str::to_owned);
        let patch = WorkflowPatch {
            name: text("Name"),
            description: text("Description"),
            time_kind: parameters.integer("TimeType")?.map(words::time_kind).transpose()?,
            time_expression: text("TimeExpression"),
        };
        Ok(Self { target, patch })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.target;
        let (workflows, patch) = (&cx.services.workflows, self.patch.clone());
        let done = workflows.update(cx.tx, cx.caller, namespace, group_id, *id, patch);
        done.map_err(|error| self.target.refusal(error))?;
        cx.touch("workflow", id);
        Ok(answer::success())
    }
}
