//! The ledger of due times, page by page.

use muster_core::{Error, Result, Timestamp};
use muster_jobs::firings::{self, Firing, FiringFilter, Owner};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Admin;

/// Rows in one answer.
const PAGE: u32 = 5_000;

/// Which rows are wanted. Times are milliseconds since the epoch.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct LedgerQuery {
    /// Of this job.
    pub job: Option<i64>,
    /// Of this workflow.
    #[serde(default)]
    pub workflow: Option<i64>,
    /// Due at this time or later.
    pub since: Option<i64>,
    /// Due at this time or earlier.
    pub until: Option<i64>,
    /// Beyond this due time and number of a job or workflow: where the page before this one ended.
    pub after: Option<(i64, i64)>,
}

/// One due time, or several in a row that share their fate, as programs read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<i64>,
    /// The workflow, if it is one's due time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<i64>,
    /// When it was due; the first of several.
    pub due_ms: i64,
    /// `pending`, `ran`, `skipped` or `lost`.
    pub outcome: String,
    /// Why it was skipped or lost.
    pub reason: Option<String>,
    /// The instance that was made: of the job, or of the workflow.
    pub instance_id: Option<i64>,
    /// Milliseconds from the due time until the run was handed over.
    pub late_ms: Option<i64>,
    /// How many due times the row stands for.
    pub count: i64,
    /// The last of them.
    pub to_ms: i64,
}

impl LedgerRow {
    /// The number of the job or the workflow.
    pub fn owner_id(&self) -> i64 {
        self.job_id.or(self.workflow_id).unwrap_or_default()
    }
}

impl From<Firing> for LedgerRow {
    fn from(firing: Firing) -> Self {
        let (job_id, workflow_id) = match firing.owner {
            Owner::Job(id) => (Some(id), None),
            Owner::Workflow(id) => (None, Some(id)),
        };
        Self {
            job_id,
            workflow_id,
            due_ms: firing.due.millis(),
            outcome: firing.outcome.as_str().to_owned(),
            reason: firing.reason,
            instance_id: firing.instance,
            late_ms: firing.late_ms,
            count: firing.count,
            to_ms: firing.to.millis(),
        }
    }
}

pub(super) fn execute(admin: &Admin, query: &LedgerQuery) -> Result<Value> {
    let filter = FiringFilter {
        owner: query.job.map(Owner::Job).or(query.workflow.map(Owner::Workflow)),
        since: query.since.map(Timestamp::from_millis),
        until: query.until.map(Timestamp::from_millis),
        after: query.after.map(|(due, job)| (Timestamp::from_millis(due), job)),
        limit: Some(PAGE),
    };
    let firings = admin.db.read_blocking(|tx| firings::list(tx, &filter))?;
    let rows: Vec<LedgerRow> = firings.into_iter().map(LedgerRow::from).collect();
    serde_json::to_value(rows).map_err(Error::internal)
}
