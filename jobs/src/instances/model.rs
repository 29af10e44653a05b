//! The records of instances.

use muster_core::{PageRequest, Timestamp};
use muster_db::{ToValue, Value};

use crate::job::words::words;

words! {
    /// What made an instance, or made it run again.
    Trigger {
        /// A due time.
        Schedule = "schedule",
        /// A backfill of past days.
        Backfill = "backfill",
        /// Somebody's call.
        Api = "api",
        /// Somebody's wish to run a finished instance again.
        Retry = "retry",
    }
}

/// Where an instance stands. The numbers are ours: what is below [`State::FIRST_FINAL`] is unfinished, and the
/// partial indexes say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has been asked to run it yet.
    Waiting,
    /// It waits because the group runs as many as it may.
    Queued,
    /// It belongs to a worker that has not answered yet.
    Submitted,
    /// A worker runs it.
    Running,
    /// It failed, and waits for its next try.
    Retrying,
    /// It waits for others to end: the rest of a backfill, the later nodes of a workflow.
    Held,
    /// Done.
    Success,
    /// Not done, and not tried again.
    Failed,
    /// Ended because somebody wanted it.
    Stopped,
    /// A node of a workflow that was passed over, since its job is disabled; what follows it goes on.
    Skipped,
    /// A node of a workflow that cannot run, since one before it did not succeed. It waits again when that one is
    /// run again or set to success.
    Blocked,
}

impl State {
    /// The first number of a final state.
    pub const FIRST_FINAL: i64 = 10;
    const ALL: [Self; 11] = [
        Self::Waiting,
        Self::Queued,
        Self::Submitted,
        Self::Running,
        Self::Retrying,
        Self::Held,
        Self::Success,
        Self::Failed,
        Self::Stopped,
        Self::Skipped,
        Self::Blocked,
    ];

    /// The number in the store.
    pub fn number(self) -> i64 {
        match self {
            Self::Waiting => 1,
            Self::Queued => 2,
            Self::Submitted => 3,
            Self::Running => 4,
            Self::Retrying => 5,
            Self::Held => 6,
            Self::Success => 10,
            Self::Failed => 11,
            Self::Stopped => 12,
            Self::Skipped => 13,
            Self::Blocked => 14,
        }
    }

    /// The state with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Whether it belongs to a worker.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Submitted | Self::Running)
    }

    /// Whether it waits for a worker and may be handed to one.
    pub fn waits(self) -> bool {
        self.number() < Self::Submitted.number()
    }

    /// Whether it has ended.
    pub fn is_final(self) -> bool {
        self.number() >= Self::FIRST_FINAL
    }

    /// Whether what comes after it in a workflow may go on.
    pub fn lets_go_on(self) -> bool {
        matches!(self, Self::Success | Self::Skipped)
    }
}

impl ToValue for State {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.number())
    }
}

/// One run of a job, with all its tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its number.
    pub id: i64,
    /// The job.
    pub job: i64,
    /// The group's number.
    pub app_group: i64,
    /// The workflow instance of which it is a node.
    pub workflow_instance: Option<i64>,
    /// Where it stands.
    pub state: State,
    /// What made it, or made it run again.
    pub trigger: Trigger,
    /// When it was due. A job has one instance at most for each second.
    pub scheduled_at: Timestamp,
    /// Which time its data is of.
    pub data_at: Timestamp,
    /// When it was first handed to a worker.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Which try this is, counted from 0.
    pub attempt: i64,
    /// Parameters of this run.
    pub parameters: String,
    /// Who asked for it; empty when a due time did.
    pub executor: String,
    /// The worker that has it, or had it last; empty before.
    pub worker: String,
    /// That worker's `host:port`.
    pub worker_address: String,
    /// What it resulted in, or why it did not.
    pub result: String,
    /// How far it is, as JSON; empty for none.
    pub progress: String,
}

/// Which instances of a group are wanted, the newest first; every given field must fit.
#[derive(Clone, Debug)]
pub struct InstanceFilter {
    /// Of this job.
    pub job: Option<i64>,
    /// In one of these states; in any when empty.
    pub states: Vec<State>,
    /// Due at this instant or later.
    pub from: Option<Timestamp>,
    /// Due at this instant or earlier.
    pub to: Option<Timestamp>,
    /// Which part of the list.
    pub page: PageRequest,
}

impl Default for InstanceFilter {
    fn default() -> Self {
        Self { job: None, states: Vec::new(), from: None, to: None, page: PageRequest::ALL }
    }
}
