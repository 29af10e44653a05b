//! The alarms of jobs, page by page.

use muster_core::{Error, Result};
use muster_jobs::alarms::{self, Alarm, AlarmSearch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Admin;

/// Rows in one answer.
const PAGE: usize = 1_000;

/// Which alarms are wanted, the newest first.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct JobAlarmQuery {
    /// Of this job or workflow.
    pub job: Option<i64>,
    /// Older than the one with this number.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Something that people had to be told of, as programs read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobAlarmRow {
    /// Its number.
    pub id: i64,
    /// When it happened, in milliseconds since the epoch.
    pub at_ms: i64,
    /// `failed`, `too_long`, `no_worker`, `success` or `workflow_failed`.
    pub kind: String,
    /// The job, or the workflow.
    pub job_id: i64,
    /// Its name.
    pub job_name: String,
    /// The run.
    pub instance_id: i64,
    /// What the run resulted in.
    pub result: String,
    /// `pending`, `told`, `silenced` or `nobody`.
    pub outcome: String,
    /// How many messages were queued.
    pub told: i64,
    /// How many messages a notification policy silenced.
    pub silenced: i64,
    /// Who could not be told, and why.
    pub note: String,
}

impl From<Alarm> for JobAlarmRow {
    fn from(alarm: Alarm) -> Self {
        Self {
            id: alarm.id,
            at_ms: alarm.at.millis(),
            kind: alarm.kind.as_str().to_owned(),
            job_id: alarm.job,
            job_name: alarm.facts.job,
            instance_id: alarm.instance,
            result: alarm.facts.result,
            outcome: alarm.outcome.as_str().to_owned(),
            told: alarm.told,
            silenced: alarm.silenced,
            note: alarm.note,
        }
    }
}

pub(super) fn execute(admin: &Admin, query: &JobAlarmQuery) -> Result<Value> {
    let search = AlarmSearch {
        group: None,
        job: query.job,
        before: query.before,
        limit: query.limit.unwrap_or(PAGE).min(PAGE),
    };
    let alarms = admin.db.read_blocking(|tx| alarms::newest_of_all(tx, &search))?;
    let rows: Vec<JobAlarmRow> = alarms.into_iter().map(JobAlarmRow::from).collect();
    serde_json::to_value(rows).map_err(Error::internal)
}
