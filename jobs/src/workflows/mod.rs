//! Workflows: jobs of a group that run together, each when those before it have succeeded.
//!
//! A due time, or somebody's call, makes a workflow instance and one ordinary job instance for each node, held until
//! those before it let it go on ([`dag`]). What follows from the end of a node happens in the transaction of that end
//! (`advance`), so no crash comes between; the engine [`Advance`] only looks after what waits for something else.

mod advance;
mod browse;
pub mod dag;
mod engine;
mod model;
#[cfg(test)]
mod property;
mod runs;
mod schema;
mod service;
mod store;
#[cfg(test)]
mod tests;

use muster_core::Result;
use muster_db::Tx;

pub use dag::{DAG, Dag, Edge, Graph, Node};
pub use engine::Advance;
pub use model::{
    NewWorkflow, NodeRun, Workflow, WorkflowFilter, WorkflowInstance, WorkflowPatch, WorkflowRun,
};
pub use service::{Service, WORKFLOW, WORKFLOW_INSTANCE};

pub(crate) use advance::{advance, may_run_again, resume, started, upstream};
pub(crate) use runs::make_due as make;
pub(crate) use schema::SCHEMA;
pub(crate) use store::{count_open, delete_all_of, due, next_due, prune, set_next_due, with_instances};

/// The name of the engine that looks after workflow instances.
pub const ADVANCE: &str = "jobs.advance";

/// Which of these jobs are nodes of some workflow.
pub(crate) fn nodes_among(tx: &mut Tx<'_>, jobs: &[i64]) -> Result<Vec<i64>> {
    store::nodes_among(tx, jobs, false)
}

/// Which of these jobs are nodes of an enabled workflow: its times count instead of theirs.
pub(crate) fn timed_among(tx: &mut Tx<'_>, jobs: &[i64]) -> Result<Vec<i64>> {
    store::nodes_among(tx, jobs, true)
}
