//! `GetWorkflowInstance`: a run of a workflow with what its nodes do.

use jiff::tz::TimeZone;
use muster_identity::Caller;
use muster_jobs::workflows::{Graph, NodeRun};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Map, Value, json};

use super::record;
use super::target::{WorkflowTarget, number};
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::instance::record::status;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The node that stands before all those before which there is none.
const ROOT: i64 = 0;

/// The input.
pub(in crate::schedulerx) struct GetWorkflowInstance {
    target: WorkflowTarget,
    id: i64,
}

impl Operation<SchedulerX> for GetWorkflowInstance {
    const NAME: &'static str = "GetWorkflowInstance";
    const PERMISSION: &'static str = "edas:GetWorkflowInstance";
    const ACCESS: Access = Access::Read;

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
        let run = workflows.run(cx.tx, cx.caller, namespace, group_id, *id, self.id);
        let run = run.map_err(|error| self.target.refusal(error))?;
        let zone = &cx.services.zone;
        let nodes: Vec<Value> = run.nodes.iter().map(|run| node(run, zone)).collect();
        Ok(answer::success_with(json!({
            "WfInstanceInfo": record::members(&run.instance, zone),
            "WfInstanceDag": {"Nodes": nodes, "Edges": edges(&run.instance.graph)},
        })))
    }
}

fn node(node: &NodeRun, zone: &TimeZone) -> Value {
    let NodeRun { name, instance } = node;
    let mut members = Map::from_iter([
        ("JobInstanceId".to_owned(), instance.id.into()),
        ("JobId".to_owned(), instance.job.into()),
        ("JobName".to_owned(), name.as_str().into()),
        ("Status".to_owned(), status(instance.state).into()),
        ("Attempt".to_owned(), instance.attempt.into()),
        ("Result".to_owned(), instance.result.as_str().into()),
        ("WorkAddr".to_owned(), instance.worker_address.as_str().into()),
    ]);
    let times = [Some(instance.scheduled_at), Some(instance.data_at), instance.started_at, instance.ended_at];
    record::insert_times(&mut members, times, zone);
    Value::Object(members)
}

/// The edges join job instances; every node without one before it hangs below the root.
fn edges(graph: &Graph) -> Vec<Value> {
    let first = graph.nodes.iter().filter(|node| graph.before(node.instance).next().is_none());
    let below_root = first.map(|node| json!({"Source": ROOT, "Target": node.instance}));
    let between = graph.edges.iter().map(|edge| json!({"Source": edge.from, "Target": edge.to}));
    below_root.chain(between).collect()
}
