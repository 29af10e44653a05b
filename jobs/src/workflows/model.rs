//! The records of workflows and of their runs.

use muster_core::{PageRequest, Timestamp};

use super::dag::{Dag, Graph};
use crate::instances::{Instance, State, Trigger};
use crate::job::Time;

/// Jobs of a group that run together, each when those before it have succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its number.
    pub id: i64,
    /// The group's number.
    pub app_group: i64,
    /// A name; others may have the same.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it is due: [`TimeKind::Cron`](crate::job::TimeKind), a fixed rate, or only when somebody asks.
    pub time: Time,
    /// How many of its instances may be unfinished at once.
    pub max_concurrency: i64,
    /// Its jobs, and which goes before which.
    pub dag: Dag,
    /// Whether its due times count, instead of those of its jobs.
    pub enabled: bool,
    /// Whether somebody removed it. It can still be looked at.
    pub removed: bool,
    /// When it is due next.
    pub next_due: Option<Timestamp>,
    /// Who made it.
    pub creator: String,
    /// Who changed it last.
    pub updater: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A workflow that shall be. It has no nodes yet, and is disabled.
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    /// A name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it is due.
    pub time: Time,
    /// How many of its instances may be unfinished at once.
    pub max_concurrency: i64,
}

/// Changes; what is absent stays, an empty text clears.
#[derive(Clone, Debug, Default)]
pub struct WorkflowPatch {
    /// A name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// When it is due: the kind and its expression.
    pub time_kind: Option<crate::job::TimeKind>,
    /// A cron expression, or seconds.
    pub time_expression: Option<String>,
}

/// Which workflows of a group are wanted, the newest first; removed ones never are. Every given field must fit.
#[derive(Clone, Debug)]
pub struct WorkflowFilter {
    /// The name contains this.
    pub name_contains: Option<String>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
    /// Which part of the list.
    pub page: PageRequest,
}

impl Default for WorkflowFilter {
    fn default() -> Self {
        Self { name_contains: None, enabled: None, page: PageRequest::ALL }
    }
}

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowInstance {
    /// Its number.
    pub id: i64,
    /// The workflow.
    pub workflow: i64,
    /// Where it stands: [`State::Waiting`] until the first node was handed to a worker, [`State::Running`], and at
    /// last [`State::Success`], [`State::Failed`] or [`State::Stopped`].
    pub state: State,
    /// What made it.
    pub trigger: Trigger,
    /// When it was due, which is also the time of its nodes' data. A workflow has one instance at most for each
    /// second.
    pub scheduled_at: Timestamp,
    /// When its first node was handed to a worker.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Parameters of this run, which every node gets.
    pub parameters: String,
    /// Who asked for it; empty when a due time did.
    pub executor: String,
    /// Its nodes, as the workflow was when this run began.
    pub graph: Graph,
}

/// A run of a workflow with what its nodes do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    /// The run.
    pub instance: WorkflowInstance,
    /// The nodes of its graph, in its order.
    pub nodes: Vec<NodeRun>,
}

/// A node of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRun {
    /// The job's name when the run began.
    pub name: String,
    /// What it does.
    pub instance: Instance,
}
