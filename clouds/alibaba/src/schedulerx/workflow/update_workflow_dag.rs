//! `UpdateWorkflowDag`: replaces nodes and edges.

use muster_identity::Caller;
use muster_jobs::workflows::{Dag, Edge};
use muster_wire::{Access, Cx, Operation};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::target::WorkflowTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const DAG_JSON: &str = "DagJson";

/// The input.
pub(in crate::schedulerx) struct UpdateWorkflowDag {
    target: WorkflowTarget,
    dag: Dag,
}

#[derive(Deserialize)]
struct Drawing {
    nodes: Vec<Point>,
    #[serde(default)]
    edges: Vec<Arrow>,
}

/// What a console adds for its picture is passed over.
#[derive(Deserialize)]
struct Point {
    #[serde(deserialize_with = "number")]
    id: i64,
}

#[derive(Deserialize)]
struct Arrow {
    #[serde(deserialize_with = "number")]
    source: i64,
    #[serde(deserialize_with = "number")]
    target: i64,
}

/// A whole number, or a text of one: JavaScript clients write either.
fn number<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(input)?;
    let number = match &value {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    };
    number.ok_or_else(|| de::Error::custom("the number of a job is expected"))
}

impl Operation<SchedulerX> for UpdateWorkflowDag {
    const NAME: &'static str = "UpdateWorkflowDag";
    const PERMISSION: &'static str = "edas:ManageSchedulerxWorkflowDagModify";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = WorkflowTarget::decode(parameters)?;
        let drawing: Drawing = serde_json::from_str(parameters.required(DAG_JSON)?)
            .map_err(|why| Refusal::bad_json(DAG_JSON, &why.to_string()))?;
        let nodes = drawing.nodes.iter().map(|point| point.id).collect();
        let edge = |arrow: &Arrow| Edge { from: arrow.source, to: arrow.target };
        let dag = Dag::new(nodes, drawing.edges.iter().map(edge).collect())?;
        Ok(Self { target, dag })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let WorkflowTarget { group: Target { namespace, group_id }, id } = &self.target;
        let (workflows, dag) = (&cx.services.workflows, self.dag.clone());
        let done = workflows.set_dag(cx.tx, cx.caller, namespace, group_id, *id, dag);
        done.map_err(|error| self.target.refusal(error))?;
        cx.touch("workflow", id);
        Ok(answer::success())
    }
}
