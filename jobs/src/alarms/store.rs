//! The SQL of alarms.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, Tx, Value, params};

use super::Happened;
use super::model::{Alarm, AlarmFilter, AlarmKind, AlarmSearch, Outcome};
use crate::bulk;

const COLUMNS: &str =
    "id, kind, at, app_group_id, job_id, instance_id, facts, outcome, told, silenced, note, account_id";
/// What one statement may name at once.
const CHUNK: usize = 200;

pub(super) fn insert(tx: &mut Tx<'_>, account: &str, happened: &Happened) -> Result<()> {
    let (id, now) = (tx.new_id()?, tx.now());
    let facts = serde_json::to_string(&happened.facts).map_err(Error::internal)?;
    tx.execute(
        &format!("INSERT INTO jobs_alarms ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', $9)"),
        params![
            id,
            happened.kind,
            now,
            happened.app_group,
            happened.job,
            happened.instance,
            facts,
            Outcome::Pending,
            account
        ],
    )?;
    Ok(())
}

/// Counts one more failure of a job; how many there were in a row.
pub(super) fn count_failure(tx: &mut Tx<'_>, job: i64) -> Result<i64> {
    tx.query_one(
        "INSERT INTO jobs_failures (job_id, in_a_row) VALUES ($1, 1) ON CONFLICT (job_id) DO UPDATE \
         SET in_a_row = jobs_failures.in_a_row + 1 RETURNING in_a_row",
        params![job],
        |row| row.get(0),
    )
}

pub(super) fn forget_failures(tx: &mut Tx<'_>, jobs: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(jobs, CHUNK, 1) {
        tx.execute(&format!("DELETE FROM jobs_failures WHERE job_id IN ({places})"), &chunk)?;
    }
    Ok(())
}

pub(super) fn forget_group(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs_failures WHERE job_id IN (SELECT id FROM jobs_jobs WHERE app_group_id = $1)",
        params![group],
    )?;
    Ok(())
}

pub(super) fn any_pending(tx: &mut Tx<'_>) -> Result<bool> {
    let sql = "SELECT 1 FROM jobs_alarms WHERE outcome = 'pending' LIMIT 1";
    Ok(tx.query_optional(sql, &[], |_| Ok(()))?.is_some())
}

/// The oldest alarms about which nobody has decided, each with its account.
pub(super) fn pending(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(String, Alarm)>> {
    tx.query(
        &format!("SELECT {COLUMNS} FROM jobs_alarms WHERE outcome = 'pending' ORDER BY id LIMIT {limit}"),
        &[],
        |row| Ok((row.get(11)?, alarm(row)?)),
    )
}

pub(super) fn settle(
    tx: &mut Tx<'_>,
    id: i64,
    outcome: Outcome,
    told: i64,
    silenced: i64,
    note: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE jobs_alarms SET outcome = $2, told = $3, silenced = $4, note = $5 WHERE id = $1",
        params![id, outcome, told, silenced, note],
    )?;
    Ok(())
}

pub(super) fn list(tx: &mut Tx<'_>, group: i64, filter: &AlarmFilter) -> Result<Page<Alarm>> {
    let mut wanted = "WHERE app_group_id = $1".to_owned();
    let mut values = vec![Value::Integer(group)];
    for (column, value) in [("job_id", filter.job), ("instance_id", filter.instance)] {
        if let Some(value) = value {
            values.push(Value::Integer(value));
            wanted.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    let count = format!("SELECT COUNT(*) FROM jobs_alarms {wanted}");
    let total: i64 = tx.query_one(&count, &values, |row| row.get(0))?;
    let mut sql = format!("SELECT {COLUMNS} FROM jobs_alarms {wanted} ORDER BY id DESC");
    if filter.page != PageRequest::ALL {
        sql.push_str(&format!(" LIMIT {} OFFSET {}", filter.page.sql_limit(), filter.page.sql_offset()));
    }
    Ok(Page { items: tx.query(&sql, &values, alarm)?, total: total.unsigned_abs() })
}

/// Each of these is found by an index that is sorted by number.
pub(super) fn newest(tx: &mut Tx<'_>, search: &AlarmSearch) -> Result<Vec<Alarm>> {
    let before = search.before.unwrap_or(i64::MAX);
    let mut wanted = Conditions::new("id < ?", [Value::Integer(before)]);
    wanted.and_equals("app_group_id", search.group.as_ref());
    wanted.and_equals("job_id", search.job.as_ref());
    let (sql, limit) = (wanted.sql(), search.limit);
    let sql = format!("SELECT {COLUMNS} FROM jobs_alarms {sql} ORDER BY id DESC LIMIT {limit}");
    tx.query(&sql, wanted.values(), alarm)
}

pub(super) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    let rows = tx.execute(
        &format!(
            "DELETE FROM jobs_alarms WHERE id IN (SELECT id FROM jobs_alarms WHERE at < $1 ORDER BY at LIMIT {limit})"
        ),
        params![before],
    )?;
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

/// How the latest ended runs of a job went, the newest first: whether each succeeded, and when it ended.
pub(super) fn lately(tx: &mut Tx<'_>, job: i64, limit: usize) -> Result<Vec<(bool, Option<Timestamp>)>> {
    tx.query(
        &format!(
            "SELECT state, ended_at FROM jobs_instances WHERE job_id = $1 AND state >= 10 \
             ORDER BY scheduled_s DESC LIMIT {limit}"
        ),
        params![job],
        |row| Ok((row.get::<i64>(0)? == 10, row.get(1)?)),
    )
}

fn alarm(row: &Row<'_>) -> Result<Alarm> {
    let (kind, outcome, facts): (String, String, String) = (row.get(1)?, row.get(7)?, row.get(6)?);
    let unknown = |column: &str| Error::internal(format!("unknown {column} of an alarm in the store"));
    Ok(Alarm {
        id: row.get(0)?,
        kind: AlarmKind::from_text(&kind).ok_or_else(|| unknown("kind"))?,
        at: row.get(2)?,
        app_group: row.get(3)?,
        job: row.get(4)?,
        instance: row.get(5)?,
        facts: serde_json::from_str(&facts).map_err(Error::internal)?,
        outcome: Outcome::from_text(&outcome).ok_or_else(|| unknown("outcome"))?,
        told: row.get(8)?,
        silenced: row.get(9)?,
        note: row.get(10)?,
    })
}
