//! The SQL of the ledger.

use muster_core::{Result, Timestamp};
use muster_db::{Row, ToValue, Tx, Value, params};

use super::model::{Firing, FiringFilter, Outcome, Owner, reason};
use crate::bulk;

/// A due time for which an instance was made.
pub(super) struct NewFiring {
    pub(super) owner: Owner,
    pub(super) app_group: i64,
    pub(super) due: Timestamp,
    pub(super) instance: i64,
}

pub(super) fn insert(tx: &mut Tx<'_>, firings: &[NewFiring]) -> Result<()> {
    let rows = firings.iter().map(|firing| {
        [
            Value::Integer(firing.owner.id()),
            firing.due.to_value(),
            firing.due.to_value(),
            Value::Integer(1),
            Value::Integer(Outcome::Pending.number()),
            Value::Integer(firing.instance),
            Value::Integer(firing.app_group),
            Value::Integer(firing.owner.kind()),
        ]
    });
    let head =
        "INSERT INTO jobs_firings (job_id, due_ms, to_ms, count, outcome, instance_id, app_group_id, owner)";
    bulk::insert(tx, head, "ON CONFLICT (job_id, due_ms) DO NOTHING", rows, |_| Ok(()))
}

/// Due times of a job or a workflow, one after another, that a rule kept from running.
#[derive(Clone, Copy)]
pub(super) struct Skip {
    pub(super) owner: Owner,
    pub(super) app_group: i64,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) count: i64,
    pub(super) reason: &'static str,
}

impl Skip {
    pub(super) fn one(owner: Owner, app_group: i64, at: Timestamp, reason: &'static str) -> Self {
        Self { owner, app_group, from: at, to: at, count: 1, reason }
    }
}

/// Notes skipped due times: in the row before them if that one was skipped for the same reason, else in a new one.
pub(super) fn skip(tx: &mut Tx<'_>, skip: Skip) -> Result<()> {
    let id = skip.owner.id();
    let last = tx.query_optional(
        "SELECT due_ms, outcome, reason FROM jobs_firings WHERE job_id = $1 AND due_ms < $2 \
         ORDER BY due_ms DESC LIMIT 1",
        params![id, skip.from],
        |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Option<String>>(2)?)),
    )?;
    if let Some((due, outcome, why)) = last
        && outcome == Outcome::Skipped.number()
        && why.as_deref() == Some(skip.reason)
    {
        tx.execute(
            "UPDATE jobs_firings SET count = count + $3, to_ms = $4 WHERE job_id = $1 AND due_ms = $2",
            params![id, due, skip.count, skip.to],
        )?;
        return Ok(());
    }
    tx.execute(
        "INSERT INTO jobs_firings (job_id, due_ms, to_ms, count, outcome, reason, app_group_id, owner) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (job_id, due_ms) DO NOTHING",
        params![
            id,
            skip.from,
            skip.to,
            skip.count,
            Outcome::Skipped.number(),
            skip.reason,
            skip.app_group,
            skip.owner.kind()
        ],
    )?;
    Ok(())
}

/// A run that was handed over to a worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandedOver {
    /// Its job.
    pub(crate) owner: i64,
    pub(crate) due: Timestamp,
    /// From the due time until the frame was written.
    pub(crate) late_ms: i64,
    /// From the due time until it was claimed.
    pub(crate) claimed_ms: i64,
}

/// Notes how late runs were handed over. An end that came before this has noted the claim instead.
pub(crate) fn handed_over(tx: &mut Tx<'_>, runs: &[HandedOver]) -> Result<()> {
    let rows = runs.iter().map(|run| {
        [run.owner.to_value(), run.due.to_value(), run.late_ms.to_value(), run.claimed_ms.to_value()]
    });
    let sql = format!(
        "UPDATE jobs_firings SET outcome = {ran}, late_ms = v.late_ms FROM v WHERE jobs_firings.job_id = v.job_id \
         AND jobs_firings.due_ms = v.due_ms AND (jobs_firings.outcome = {} \
         OR jobs_firings.outcome = {ran} AND jobs_firings.late_ms = v.claimed_ms)",
        Outcome::Pending.number(),
        ran = Outcome::Ran.number(),
    );
    bulk::update(tx, &sql, &["job_id", "due_ms", "late_ms", "claimed_ms"], rows)
}

/// Notes due times that have had their run: `(job or workflow, due, late_ms)`.
pub(crate) fn ran(tx: &mut Tx<'_>, firings: &[(i64, Timestamp, i64)]) -> Result<()> {
    let rows = firings.iter().map(|(job, due, late)| [job.to_value(), due.to_value(), late.to_value()]);
    let sql = format!(
        "UPDATE jobs_firings SET outcome = {}, late_ms = v.late_ms FROM v WHERE jobs_firings.job_id = v.job_id \
         AND jobs_firings.due_ms = v.due_ms AND jobs_firings.outcome = {}",
        Outcome::Ran.number(),
        Outcome::Pending.number()
    );
    bulk::update(tx, &sql, &["job_id", "due_ms", "late_ms"], rows)
}

/// Notes that nobody knows how the run of a due time ended.
pub(crate) fn lose(tx: &mut Tx<'_>, job: i64, due: Timestamp, why: &str) -> Result<()> {
    tx.execute(
        "UPDATE jobs_firings SET outcome = $3, reason = $4 WHERE job_id = $1 AND due_ms = $2",
        params![job, due, Outcome::Lost.number(), why],
    )?;
    Ok(())
}

/// Notes due times whose instances were stopped before they were handed over: `(job or workflow, due)`.
pub(crate) fn skip_pending(tx: &mut Tx<'_>, firings: &[(i64, Timestamp)]) -> Result<()> {
    let rows = firings.iter().map(|(job, due)| [job.to_value(), due.to_value()]);
    let sql = format!(
        "UPDATE jobs_firings SET outcome = {}, reason = '{}' FROM v WHERE jobs_firings.job_id = v.job_id \
         AND jobs_firings.due_ms = v.due_ms AND jobs_firings.outcome = {}",
        Outcome::Skipped.number(),
        reason::STOPPED,
        Outcome::Pending.number()
    );
    bulk::update(tx, &sql, &["job_id", "due_ms"], rows)
}

pub(super) fn list(tx: &mut Tx<'_>, filter: &FiringFilter) -> Result<Vec<Firing>> {
    let mut sql = format!("SELECT {COLUMNS} FROM jobs_firings WHERE due_ms >= $1 AND due_ms <= $2");
    let since = filter.since.map_or(i64::MIN, Timestamp::millis);
    let until = filter.until.map_or(i64::MAX, Timestamp::millis);
    let mut values = vec![Value::Integer(since), Value::Integer(until)];
    if let Some(owner) = filter.owner {
        values.extend([Value::Integer(owner.id()), Value::Integer(owner.kind())]);
        sql.push_str(&format!(" AND job_id = ${} AND owner = ${}", values.len() - 1, values.len()));
    }
    if let Some((due, job)) = filter.after {
        values.extend([Value::Integer(due.millis()), Value::Integer(job)]);
        sql.push_str(&format!(" AND (due_ms, job_id) > (${}, ${})", values.len() - 1, values.len()));
    }
    sql.push_str(" ORDER BY due_ms, job_id");
    if let Some(limit) = filter.limit {
        sql.push_str(&format!(" LIMIT {limit}"));
    }
    tx.query(&sql, &values, firing)
}

pub(super) const COLUMNS: &str = "job_id, due_ms, to_ms, count, outcome, reason, instance_id, late_ms, owner";

pub(super) fn firing(row: &Row<'_>) -> Result<Firing> {
    Ok(Firing {
        owner: Owner::from_kind(row.get(8)?, row.get(0)?)?,
        due: row.get(1)?,
        to: row.get(2)?,
        count: row.get(3)?,
        outcome: Outcome::from_number(row.get(4)?)?,
        reason: row.get(5)?,
        instance: row.get(6)?,
        late_ms: row.get(7)?,
    })
}
