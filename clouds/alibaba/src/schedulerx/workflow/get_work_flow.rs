//! `GetWorkFlow`: a workflow with its nodes and edges, even after it was removed.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::target::WorkflowTarget;
use super::words;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GetWorkFlow(WorkflowTarget);

impl Operation<SchedulerX> for GetWorkFlow {
    const NAME: &'static str = "GetWorkFlow";
    const PERMISSION: &'static str = "edas:ReadSchedulerxWorkflowQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        WorkflowTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.0;
        let workflows = &cx.services.workflows;
        let workflow = workflows.get(cx.tx, cx.caller, namespace, group_id, *id);
        let workflow = workflow.map_err(|error| self.0.refusal(error))?;
        let jobs = workflows.jobs_of(cx.tx, &workflow)?;
        let node = |id: &i64| {
            let job = jobs.get(id);
            json!({
                "Id": id,
                "Label": job.map_or("", |job| job.definition.name.as_str()),
                "Status": i64::from(job.is_some_and(|job| job.enabled)),
            })
        };
        let nodes: Vec<Value> = workflow.dag.nodes.iter().map(node).collect();
        let edges: Vec<Value> =
            workflow.dag.edges.iter().map(|edge| json!({"Source": edge.from, "Target": edge.to})).collect();
        Ok(answer::success_with(json!({
            "WorkFlowInfo": {
                "WorkflowId": workflow.id,
                "Name": workflow.name,
                "Description": workflow.description,
                "Namespace": namespace,
                "GroupId": group_id,
                "Status": words::status(&workflow),
                "TimeType": words::time_type(&workflow),
                "TimeExpression": workflow.time.expression,
                "MaxConcurrency": workflow.max_concurrency.to_string(),
            },
            "WorkFlowNodeInfo": {"Nodes": nodes, "Edges": edges},
        })))
    }
}
