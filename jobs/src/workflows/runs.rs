//! Single runs of workflows: how they are made, read, stopped and set to success.

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

use super::dag::{Edge, Graph, Node};
use super::model::{NodeRun, Workflow, WorkflowInstance, WorkflowRun};
use super::service::{Service, WORKFLOW_INSTANCE, need_nodes, professional};
use super::{advance, store};
use crate::instances::{self, NewInstance, State, Trigger};
use crate::job;

/// Parameters of a run reach every node, some of which pass them in a command line.
const MOST_PARAMETER_BYTES: usize = 1_000;
/// Of a job that is gone, so that its node can say so.
const DEFAULT_PRIORITY: i64 = 5;

impl Service {
    /// Runs a workflow once now, enabled or not; the instance's number.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` "instance parameters" (more than 1,000 bytes) or [`super::DAG`] (no nodes); `Conflict`
    /// "concurrency limit", "second taken" when the workflow has an instance of this second already, or
    /// [`job::NEEDS_PROFESSIONAL`].
    pub fn execute(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
        parameters: &str,
    ) -> Result<i64> {
        professional(tx, caller, namespace, group_id)?;
        let workflow = self.present(tx, caller, namespace, group_id, id)?;
        if parameters.len() > MOST_PARAMETER_BYTES {
            let why = format!("it has more than {MOST_PARAMETER_BYTES} bytes");
            return Err(Error::invalid("instance parameters", why));
        }
        need_nodes(&workflow.dag)?;
        let most = workflow.max_concurrency;
        if store::count_open(tx, &[id])?.get(&id).is_some_and(|open| *open >= most) {
            let why = format!("workflow {id} has {most} unfinished instances, as many as it may");
            return Err(Error::conflict("concurrency limit", why));
        }
        let now = tx.now();
        let instance =
            make(tx, &workflow, Trigger::Api, now, parameters, caller.name())?.ok_or_else(|| {
                let why = format!("workflow {id} has been triggered in this second already");
                Error::conflict("second taken", why)
            })?;
        advance::advance(tx, &[instance])?;
        Ok(instance)
    }

    /// The instances of a workflow, the newest first: `limit` of them after the first `offset`.
    ///
    /// # Errors
    /// `NotFound` "app group" or [`super::WORKFLOW`].
    pub fn instances(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        workflow: i64,
        (limit, offset): (u32, u32),
    ) -> Result<Vec<WorkflowInstance>> {
        self.get(tx, caller, namespace, group_id, workflow)?;
        store::instances(tx, workflow, limit.into(), offset.into())
    }

    /// An instance of a workflow with its nodes.
    ///
    /// # Errors
    /// `NotFound` "app group", [`super::WORKFLOW`] or [`WORKFLOW_INSTANCE`].
    pub fn run(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        workflow: i64,
        id: i64,
    ) -> Result<WorkflowRun> {
        let instance = self.instance(tx, caller, namespace, group_id, workflow, id)?;
        let mut found = instances::nodes_of(tx, id)?;
        let nodes = instance.graph.nodes.iter().filter_map(|node| {
            Some(NodeRun { name: node.name.clone(), instance: found.remove(&node.instance)? })
        });
        let nodes = nodes.collect();
        Ok(WorkflowRun { instance, nodes })
    }

    /// Says of an instance that failed or was stopped that it is as good as done. Its nodes stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` "workflow instance is unfinished" or "workflow instance has succeeded".
    pub fn set_success(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        workflow: i64,
        id: i64,
    ) -> Result<()> {
        let instance = self.instance(tx, caller, namespace, group_id, workflow, id)?;
        if !instance.state.is_final() {
            let why = format!("workflow instance {id} has not ended yet");
            return Err(Error::conflict("workflow instance is unfinished", why));
        }
        if instance.state == State::Success {
            let why = format!("workflow instance {id} has succeeded already");
            return Err(Error::conflict("workflow instance has succeeded", why));
        }
        store::set_success(tx, id)
    }

    /// Stops an unfinished instance: its nodes that run or could, so that those after them do not.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` "workflow instance has ended".
    pub fn stop(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        workflow: i64,
        id: i64,
    ) -> Result<()> {
        let instance = self.instance(tx, caller, namespace, group_id, workflow, id)?;
        if instance.state.is_final() {
            let why = format!("workflow instance {id} has ended already");
            return Err(Error::conflict("workflow instance has ended", why));
        }
        stop(tx, id, caller.name())
    }

    fn instance(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        workflow: i64,
        id: i64,
    ) -> Result<WorkflowInstance> {
        self.get(tx, caller, namespace, group_id, workflow)?;
        store::find_instance(tx, id)?
            .filter(|instance| instance.workflow == workflow)
            .ok_or_else(|| Error::not_found(WORKFLOW_INSTANCE, id.to_string()))
    }
}

/// Makes the instance of a due time, unless the workflow has one of that second already. Nothing has begun yet.
pub(crate) fn make_due(tx: &mut Tx<'_>, workflow: i64, due: Timestamp) -> Result<Option<i64>> {
    match store::find(tx, workflow)? {
        Some(workflow) => make(tx, &workflow, Trigger::Schedule, due, "", ""),
        None => Ok(None),
    }
}

fn make(
    tx: &mut Tx<'_>,
    workflow: &Workflow,
    trigger: Trigger,
    at: Timestamp,
    parameters: &str,
    executor: &str,
) -> Result<Option<i64>> {
    if store::is_taken(tx, workflow.id, at.seconds())? {
        return Ok(None);
    }
    let id = tx.new_id()?;
    let jobs = job::find_all(tx, &workflow.dag.nodes)?;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let new = |node: &i64| NewInstance {
        job: *node,
        app_group: workflow.app_group,
        workflow_instance: Some(id),
        trigger,
        scheduled_at: at,
        data_at: at,
        priority: jobs.get(node).map_or(DEFAULT_PRIORITY, |job| job.definition.priority),
        has_sequel: true,
        is_held: true,
        parameters: text(parameters),
        executor: text(executor),
        designated: None,
    };
    let new: Vec<NewInstance> = workflow.dag.nodes.iter().map(new).collect();
    let made = instances::make_each(tx, &new)?;
    let nodes: Vec<Node> = workflow
        .dag
        .nodes
        .iter()
        .zip(made)
        .map(|(job, instance)| {
            let name = jobs.get(job).map(|job| job.definition.name.clone()).unwrap_or_default();
            Node { job: *job, name, instance }
        })
        .collect();
    let instance_of = |job: i64| nodes.iter().find(|node| node.job == job).map(|node| node.instance);
    let edge = |edge: &Edge| Some(Edge { from: instance_of(edge.from)?, to: instance_of(edge.to)? });
    let edges = workflow.dag.edges.iter().filter_map(edge).collect();
    store::insert_instance(
        tx,
        &WorkflowInstance {
            id,
            workflow: workflow.id,
            state: State::Waiting,
            trigger,
            scheduled_at: at,
            started_at: None,
            ended_at: None,
            parameters: parameters.to_owned(),
            executor: executor.to_owned(),
            graph: Graph { nodes, edges },
        },
    )?;
    Ok(Some(id))
}

/// Stops what runs or could; what comes after it is blocked, which ends the run.
pub(super) fn stop(tx: &mut Tx<'_>, id: i64, user: &str) -> Result<()> {
    let Some(run) = store::find_instance(tx, id)? else { return Ok(()) };
    let states = instances::states_of_nodes(tx, id)?;
    let could = |instance: &i64, state: State| match state {
        State::Held => run.graph.may_run(*instance, &states),
        state => !state.is_final(),
    };
    let ids: Vec<i64> = states.iter().filter(|(id, state)| could(id, **state)).map(|(id, _)| *id).collect();
    instances::stop_nodes(tx, &ids, user)?;
    advance::advance(tx, &[id])
}
