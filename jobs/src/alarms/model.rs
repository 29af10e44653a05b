//! The records of alarms.

use muster_core::{PageRequest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::job::Monitor;
use crate::job::words::words;

words! {
    /// What happened.
    AlarmKind {
        /// So many runs in a row failed as the job says.
        Failed = "failed",
        /// A run takes longer than the job says.
        TooLong = "too_long",
        /// There was no worker for a run.
        NoWorker = "no_worker",
        /// A run succeeded.
        Success = "success",
        /// A run of a workflow failed; its numbers stand in the places of those of a job and its run.
        WorkflowFailed = "workflow_failed",
    }
}

words! {
    /// What became of an alarm.
    Outcome {
        /// Nobody has decided yet who is told.
        Pending = "pending",
        /// Messages were queued.
        Told = "told",
        /// A notification policy silenced all messages.
        Silenced = "silenced",
        /// There was nobody to tell; the note says why.
        Nobody = "nobody",
    }
}

/// What was known when it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The job's name, or the workflow's.
    pub job: String,
    /// When the run was due, in milliseconds.
    pub scheduled_ms: i64,
    /// When the run was first handed to a worker, in milliseconds.
    pub started_ms: Option<i64>,
    /// Which try it was, counted from 1.
    pub attempt: i64,
    /// How many tries the job allows.
    pub attempts: i64,
    /// The worker that had it.
    pub worker: String,
    /// What it resulted in, or why it did not, cut to a readable length.
    pub result: String,
    /// How many runs in a row have failed.
    pub failures: i64,
    /// What was watched, and who is told.
    pub monitor: Monitor,
}

/// Something that happened to a run, and who was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub kind: AlarmKind,
    /// When.
    pub at: Timestamp,
    /// The group's number.
    pub app_group: i64,
    /// The job, or the workflow.
    pub job: i64,
    /// The run of either.
    pub instance: i64,
    /// What was known when it happened.
    pub facts: Facts,
    /// What became of it.
    pub outcome: Outcome,
    /// How many messages were queued.
    pub told: i64,
    /// How many messages a notification policy silenced.
    pub silenced: i64,
    /// Who could not be told, and why; empty when all were.
    pub note: String,
}

/// Which alarms are looked through, the newest first; every given field must fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlarmSearch {
    /// Of this group, by its number.
    pub group: Option<i64>,
    /// Of this job or workflow.
    pub job: Option<i64>,
    /// Older than the one with this number: where the page before this one ended.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

/// Which alarms of a group are wanted; every given field must fit.
#[derive(Clone, Debug)]
pub struct AlarmFilter {
    /// Of this job.
    pub job: Option<i64>,
    /// Of this run.
    pub instance: Option<i64>,
    /// Which part of the list.
    pub page: PageRequest,
}
