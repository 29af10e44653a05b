//! `ExecuteWorkflow`: runs a workflow once now and tells the instance; the run goes on after the answer.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::target::WorkflowTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ExecuteWorkflow {
    target: WorkflowTarget,
    parameters: String,
}

impl Operation<SchedulerX> for ExecuteWorkflow {
    const NAME: &'static str = "ExecuteWorkflow";
    const PERMISSION: &'static str = "edas:ExecuteWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = WorkflowTarget::decode(parameters)?;
        let parameters = parameters.text("InstanceParameters").unwrap_or_default().to_owned();
        Ok(Self { target, parameters })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.target;
        let (workflows, parameters) = (&cx.services.workflows, &self.parameters);
        let instance = workflows.execute(cx.tx, cx.caller, namespace, group_id, *id, parameters);
        let instance = instance.map_err(|error| self.target.refusal(error))?;
        cx.touch("workflow instance", instance);
        Ok(answer::success_with(json!({"WfInstanceId": instance})))
    }
}
