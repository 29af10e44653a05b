//! The engine that forgets: old instances of jobs and of workflows, and old rows of the ledger.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Engine, Error, Result};
use muster_db::{Db, Tx, params};

use crate::{alarms, logs, workflows};

const PERIOD: Duration = Duration::from_secs(120);
/// Jobs, or rows, in one transaction.
const BATCH: usize = 500;
/// Instances in one transaction: others write meanwhile, and must not wait for long.
const MOST_INSTANCES: usize = 2_000;

/// How much of the past is kept; 0 keeps everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Ended instances of a job or a workflow, the newest.
    pub instances: i64,
    /// Rows of the ledger, in milliseconds.
    pub ledger_ms: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { instances: 300, ledger_ms: 30 * 24 * 60 * 60 * 1000 }
    }
}

/// Forgets what need not be kept.
pub struct Prune {
    db: Db,
    retention: Retention,
}

impl Prune {
    /// An engine that keeps as much as `retention` says.
    pub fn new(db: Db, retention: Retention) -> Self {
        Self { db, retention }
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "jobs.prune"
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        if self.retention.instances > 0 {
            self.prune_instances(self.retention.instances)?;
            self.prune_workflow_instances(self.retention.instances)?;
        }
        if self.retention.ledger_ms > 0 {
            self.prune_ledger(self.retention.ledger_ms)?;
        }
        Ok(())
    }
}

impl Prune {
    fn prune_instances(&self, keep: i64) -> Result<()> {
        let mut last = i64::MIN;
        loop {
            let jobs = self.db.read_blocking(|tx| jobs_after(tx, last))?;
            let Some(end) = jobs.last().copied() else { return Ok(()) };
            last = end;
            let jobs: Arc<[i64]> = jobs.into();
            let mut done = 0;
            while done < jobs.len() {
                let rest = Arc::clone(&jobs);
                done += self.db.write_blocking(move |tx| prune_instances(tx, &rest[done..], keep))?;
            }
        }
    }

    fn prune_workflow_instances(&self, keep: i64) -> Result<()> {
        let mut last = i64::MIN;
        loop {
            let page = self.db.read_blocking(|tx| workflows::with_instances(tx, last, BATCH))?;
            let Some(end) = page.last().copied() else { return Ok(()) };
            last = end;
            self.db.write_blocking(move |tx| {
                page.iter().try_for_each(|workflow| workflows::prune(tx, *workflow, keep))
            })?;
        }
    }

    fn prune_ledger(&self, keep_ms: i64) -> Result<()> {
        while self.db.write_blocking(move |tx| prune_ledger(tx, keep_ms))? == BATCH {}
        let prune_alarms = move |tx: &mut Tx<'_>| {
            let before = tx.now().plus_ms(-keep_ms);
            alarms::prune(tx, before, BATCH)
        };
        while self.db.write_blocking(prune_alarms)? == BATCH {}
        Ok(())
    }
}

/// The next jobs that have instances, each found by one step in the index.
fn jobs_after(tx: &mut Tx<'_>, last: i64) -> Result<Vec<i64>> {
    let mut jobs = Vec::new();
    let mut last = last;
    while jobs.len() < BATCH {
        let next: Option<i64> =
            tx.query_one("SELECT MIN(job_id) FROM jobs_instances WHERE job_id > $1", params![last], |row| {
                row.get(0)
            })?;
        let Some(next) = next else { break };
        jobs.push(next);
        last = next;
    }
    Ok(jobs)
}

/// Prunes one job after the other until enough was done for one transaction; how many are pruned. What a job did for a
/// workflow goes with the workflow's run.
fn prune_instances(tx: &mut Tx<'_>, jobs: &[i64], keep: i64) -> Result<usize> {
    let most = i64::try_from(MOST_INSTANCES).map_err(Error::internal)?;
    let mut removed = 0;
    for (done, job) in jobs.iter().enumerate() {
        let oldest_to_go: Option<i64> = tx.query_optional(
            "SELECT scheduled_s FROM jobs_instances WHERE job_id = $1 AND workflow_instance IS NULL \
             ORDER BY scheduled_s DESC LIMIT 1 OFFSET $2",
            params![job, keep],
            |row| row.get(0),
        )?;
        if let Some(newest) = oldest_to_go {
            let piece: Option<i64> = tx.query_optional(
                "SELECT scheduled_s FROM jobs_instances WHERE job_id = $1 AND scheduled_s <= $2 AND state >= 10 \
                 AND workflow_instance IS NULL ORDER BY scheduled_s LIMIT 1 OFFSET $3",
                params![job, newest, most],
                |row| row.get(0),
            )?;
            let second = piece.unwrap_or(newest);
            logs::forget_until(tx, *job, second)?;
            tx.execute(
                "DELETE FROM jobs_attempts WHERE instance_id IN (SELECT id FROM jobs_instances \
                 WHERE job_id = $1 AND scheduled_s <= $2 AND state >= 10 \
                 AND workflow_instance IS NULL)",
                params![job, second],
            )?;
            removed += tx.execute(
                "DELETE FROM jobs_instances WHERE job_id = $1 AND scheduled_s <= $2 AND state >= 10 \
                 AND workflow_instance IS NULL",
                params![job, second],
            )?;
            if piece.is_some() {
                return Ok(done);
            }
        }
        if removed >= MOST_INSTANCES as u64 {
            return Ok(done + 1);
        }
    }
    Ok(jobs.len())
}

fn prune_ledger(tx: &mut Tx<'_>, keep_ms: i64) -> Result<usize> {
    let before = tx.now().plus_ms(-keep_ms);
    let rows = tx.query(
        &format!(
            "SELECT job_id, due_ms FROM jobs_firings WHERE due_ms < $1 ORDER BY due_ms, job_id LIMIT {BATCH}"
        ),
        params![before],
        |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)),
    )?;
    for (job, due) in &rows {
        tx.execute("DELETE FROM jobs_firings WHERE job_id = $1 AND due_ms = $2", params![job, due])?;
    }
    Ok(rows.len())
}
