//! The SQL of overviews.

use std::collections::BTreeMap;

use muster_core::{Result, Timestamp};
use muster_db::{Tx, Value, params};

use super::{Counts, HOUR_S, Load, MINUTE_S};
use crate::bulk;

/// What one look may name at once.
const CHUNK: usize = 200;

/// What a row counts.
#[derive(Clone, Copy)]
pub(super) enum Span {
    /// Runs of one transaction.
    Single,
    Minute,
    Hour,
}

impl Span {
    fn number(self) -> i64 {
        match self {
            Self::Single => 0,
            Self::Minute => MINUTE_S,
            Self::Hour => HOUR_S,
        }
    }
}

/// The groups of the professional edition and how many jobs each has.
pub(super) fn groups(tx: &mut Tx<'_>, account: &str, namespace: Option<&str>) -> Result<Vec<(i64, i64)>> {
    tx.query(
        "SELECT id, job_count FROM jobs_app_groups WHERE account_id = $1 AND edition = 2 \
         AND namespace = COALESCE(CAST($2 AS TEXT), namespace)",
        params![account, namespace],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn count_disabled(tx: &mut Tx<'_>, groups: &[i64]) -> Result<i64> {
    count(tx, "jobs_jobs", "enabled = 0", groups)
}

pub(super) fn count_under_way(tx: &mut Tx<'_>, groups: &[i64]) -> Result<i64> {
    count(tx, "jobs_instances", "state < 10 AND state IN (3, 4)", groups)
}

fn count(tx: &mut Tx<'_>, table: &str, rows: &str, groups: &[i64]) -> Result<i64> {
    let mut all = 0;
    for (places, chunk) in bulk::lists(groups, CHUNK, 1) {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE app_group_id IN ({places}) AND {rows}");
        all += tx.query_one(&sql, &chunk, |row| row.get::<i64>(0))?;
    }
    Ok(all)
}

pub(super) fn insert(tx: &mut Tx<'_>, counts: &BTreeMap<i64, Counts>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let minute = tx.now().seconds() / MINUTE_S * MINUTE_S;
    let ids = tx.new_ids(counts.len())?;
    let rows = counts.iter().zip(ids).map(|((group, counts), id)| {
        [*group, Span::Single.number(), minute, id, counts.triggered, counts.succeeded, counts.failed]
            .map(Value::Integer)
    });
    let head =
        "INSERT INTO jobs_run_counts (app_group_id, span_s, start_s, id, triggered, succeeded, failed)";
    bulk::insert(tx, head, "", rows, |_| Ok(()))
}

/// Gives every minute or hour that begins from `from` on and before `end` to `take`.
pub(super) fn read(
    tx: &mut Tx<'_>,
    groups: &[i64],
    span: Span,
    from: i64,
    end: i64,
    mut take: impl FnMut(i64, Counts),
) -> Result<()> {
    for (places, chunk) in bulk::lists(groups, CHUNK, 4) {
        let values = [[span.number(), from, end].map(Value::Integer).to_vec(), chunk].concat();
        let sql = format!(
            "SELECT start_s, CAST(SUM(triggered) AS BIGINT), CAST(SUM(succeeded) AS BIGINT), \
             CAST(SUM(failed) AS BIGINT) FROM jobs_run_counts WHERE app_group_id IN ({places}) AND span_s = $1 \
             AND start_s >= $2 AND start_s < $3 GROUP BY start_s"
        );
        tx.for_each(&sql, &values, |row| {
            let counts = Counts { triggered: row.get(1)?, succeeded: row.get(2)?, failed: row.get(3)? };
            take(row.get(0)?, counts);
            Ok(())
        })?;
    }
    Ok(())
}

pub(super) fn loads(tx: &mut Tx<'_>) -> Result<Vec<Load>> {
    let mut loads = BTreeMap::new();
    tx.for_each(
        "SELECT id, account_id, namespace, group_id FROM jobs_app_groups WHERE job_count > 0",
        params![],
        |row| {
            let load = Load {
                account_id: row.get(1)?,
                app_group: row.get(0)?,
                namespace: row.get(2)?,
                group_id: row.get(3)?,
                waiting: 0,
                running: 0,
                minute: Counts::default(),
            };
            loads.insert(load.app_group, load);
            Ok(())
        },
    )?;
    tx.for_each(
        "SELECT app_group_id, COUNT(*), SUM(CASE WHEN state IN (3, 4) THEN 1 ELSE 0 END) FROM jobs_instances \
         WHERE state < 10 GROUP BY app_group_id",
        params![],
        |row| {
            if let Some(load) = loads.get_mut(&row.get(0)?) {
                load.running = row.get(2)?;
                load.waiting = row.get::<i64>(1)? - load.running;
            }
            Ok(())
        },
    )?;
    let minute = tx.now().seconds() / MINUTE_S * MINUTE_S - MINUTE_S;
    tx.for_each(
        "SELECT app_group_id, CAST(SUM(triggered) AS BIGINT), CAST(SUM(succeeded) AS BIGINT), \
         CAST(SUM(failed) AS BIGINT) FROM jobs_run_counts WHERE span_s IN (0, 60) AND start_s = $1 GROUP BY app_group_id",
        params![minute],
        |row| {
            if let Some(load) = loads.get_mut(&row.get(0)?) {
                load.minute = Counts { triggered: row.get(1)?, succeeded: row.get(2)?, failed: row.get(3)? };
            }
            Ok(())
        },
    )?;
    Ok(loads.into_values().collect())
}

/// The oldest minute before `before` that was not added up yet.
pub(super) fn oldest_single(tx: &mut Tx<'_>, before: i64) -> Result<Option<i64>> {
    tx.query_one(
        "SELECT MIN(start_s) FROM jobs_run_counts WHERE span_s = 0 AND start_s < $1",
        params![before],
        |row| row.get(0),
    )
}

/// Adds the rows of a minute up, into that minute and its hour.
pub(super) fn roll_up(tx: &mut Tx<'_>, minute: i64) -> Result<()> {
    for span in [Span::Minute, Span::Hour] {
        let span = span.number();
        tx.execute(
            "INSERT INTO jobs_run_counts (app_group_id, span_s, start_s, id, triggered, succeeded, failed) \
             SELECT app_group_id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0, CAST(SUM(triggered) AS BIGINT), \
             CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT) FROM jobs_run_counts \
             WHERE span_s = 0 AND start_s = $1 GROUP BY app_group_id \
             ON CONFLICT (app_group_id, span_s, start_s, id) DO UPDATE SET \
             triggered = jobs_run_counts.triggered + excluded.triggered, \
             succeeded = jobs_run_counts.succeeded + excluded.succeeded, \
             failed = jobs_run_counts.failed + excluded.failed",
            params![minute, span, minute / span * span],
        )?;
    }
    tx.execute("DELETE FROM jobs_run_counts WHERE span_s = 0 AND start_s = $1", params![minute])?;
    Ok(())
}

/// Forgets what is too old to be asked for.
pub(super) fn prune(tx: &mut Tx<'_>, before: Timestamp) -> Result<()> {
    for span in [Span::Minute, Span::Hour] {
        tx.execute(
            "DELETE FROM jobs_run_counts WHERE span_s = $1 AND start_s < $2",
            params![span.number(), before.seconds()],
        )?;
    }
    Ok(())
}

/// Forgets the counts of a group that goes.
pub(crate) fn forget_group(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_run_counts WHERE app_group_id = $1", params![group])?;
    Ok(())
}
