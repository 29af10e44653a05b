//! `ListWorkflowInstance`: the latest instances of a workflow, the newest first. There are no pages.

use muster_core::Error;
use muster_identity::Caller;
use muster_jobs::app_groups::Edition;
use muster_jobs::job::NEEDS_PROFESSIONAL;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::record;
use super::target::WorkflowTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const LATEST: u32 = 10;

/// The input.
pub(in crate::schedulerx) struct ListWorkflowInstance(WorkflowTarget);

impl Operation<SchedulerX> for ListWorkflowInstance {
    const NAME: &'static str = "ListWorkflowInstance";
    const PERMISSION: &'static str = "edas:ListWorkflowInstance";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        WorkflowTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.0;
        let group = cx.services.app_groups.get(cx.tx, cx.caller, namespace, group_id);
        if group.map_err(|error| self.0.refusal(error))?.edition != Edition::Professional {
            let why = "only groups of the professional edition may do this";
            return Err(Error::conflict(NEEDS_PROFESSIONAL, why).into());
        }
        let workflows = &cx.services.workflows;
        let found = workflows.instances(cx.tx, cx.caller, namespace, group_id, *id, (LATEST, 0));
        let found = found.map_err(|error| self.0.refusal(error))?;
        let row = |instance| {
            let mut row = record::members(instance, &cx.services.zone);
            row.insert("WfInstanceId".to_owned(), instance.id.into());
            row.insert("WorkflowId".to_owned(), instance.workflow.into());
            Value::Object(row)
        };
        let rows: Vec<Value> = found.iter().map(row).collect();
        Ok(answer::success_with(json!({"WfInstanceInfos": rows})))
    }
}
