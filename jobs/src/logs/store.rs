//! The SQL of run logs.

use std::borrow::Cow;

use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_db::{Conditions, ToValue, Tx, Value, params};

use super::Note;
use super::model::{Batch, LogLine, LogQuery, Order, Stream};
use crate::bulk;
use crate::instances::Owner;

/// A run that has sent lines.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) worker: String,
    pub(super) run: i64,
    /// How many of its lines were dealt with.
    pub(super) taken: i64,
    /// How many of them were kept.
    pub(super) lines: i64,
    pub(super) bytes: i64,
    pub(super) is_cut: bool,
}

impl Source {
    pub(super) fn new(batch: &Batch) -> Self {
        let worker = batch.worker.clone();
        Self { worker, run: batch.run, taken: 0, lines: 0, bytes: 0, is_cut: false }
    }
}

/// A line to keep.
pub(super) struct Row<'r> {
    pub(super) attempt: i64,
    pub(super) stream: Stream,
    pub(super) worker: &'r str,
    pub(super) at: Timestamp,
    pub(super) text: Cow<'r, str>,
}

/// Which try of the instance is the present one, if it is one of the group's.
pub(super) fn attempt(tx: &mut Tx<'_>, app_group: i64, instance: i64) -> Result<Option<i64>> {
    tx.query_optional(
        "SELECT attempt FROM jobs_instances WHERE id = $1 AND app_group_id = $2",
        params![instance, app_group],
        |row| row.get(0),
    )
}

pub(super) fn belongs_to(tx: &mut Tx<'_>, instance: i64, account: &str) -> Result<bool> {
    let found: Option<i64> = tx.query_optional(
        "SELECT 1 FROM jobs_instances i JOIN jobs_app_groups g ON g.id = i.app_group_id \
         WHERE i.id = $1 AND g.account_id = $2",
        params![instance, account],
        |_| Ok(1),
    )?;
    Ok(found.is_some())
}

pub(super) fn sources(tx: &mut Tx<'_>, instance: i64) -> Result<Vec<Source>> {
    tx.query(
        "SELECT worker, run, taken, lines, bytes, is_cut FROM jobs_log_sources WHERE instance_id = $1",
        params![instance],
        |row| {
            Ok(Source {
                worker: row.get(0)?,
                run: row.get(1)?,
                taken: row.get(2)?,
                lines: row.get(3)?,
                bytes: row.get(4)?,
                is_cut: row.get(5)?,
            })
        },
    )
}

pub(super) fn keep(tx: &mut Tx<'_>, instance: i64, source: &Source) -> Result<()> {
    tx.execute(
        "INSERT INTO jobs_log_sources (instance_id, worker, run, taken, lines, bytes, is_cut) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (instance_id, worker, run) DO UPDATE SET \
         taken = excluded.taken, lines = excluded.lines, bytes = excluded.bytes, is_cut = excluded.is_cut",
        params![instance, source.worker, source.run, source.taken, source.lines, source.bytes, source.is_cut],
    )?;
    Ok(())
}

pub(super) fn append(tx: &mut Tx<'_>, instance: i64, rows: &[Row<'_>]) -> Result<()> {
    let last: i64 = tx.query_one(
        "SELECT COALESCE(MAX(seq), 0) FROM jobs_log_lines WHERE instance_id = $1",
        params![instance],
        |row| row.get(0),
    )?;
    let rows = (last + 1..).zip(rows).map(|(seq, row)| {
        [
            Value::Integer(instance),
            Value::Integer(seq),
            Value::Integer(row.attempt),
            row.stream.to_value(),
            row.worker.to_value(),
            row.at.to_value(),
            Value::Text(Cow::Borrowed(&*row.text)),
        ]
    });
    let head = "INSERT INTO jobs_log_lines (instance_id, seq, attempt, stream, worker, at, line)";
    bulk::insert(tx, head, "", rows, |_| Ok(()))
}

pub(super) fn note(tx: &mut Tx<'_>, notes: &[Note]) -> Result<()> {
    let now = tx.now();
    let rows = notes.iter().map(|note| {
        [note.instance.to_value(), note.attempt.to_value(), now.to_value(), note.text.to_value()]
    });
    let statement = "INSERT INTO jobs_log_lines (instance_id, seq, attempt, stream, worker, at, line) \
         SELECT v.id, COALESCE((SELECT MAX(l.seq) FROM jobs_log_lines l WHERE l.instance_id = v.id), 0) + 1, \
         v.attempt, 3, '', v.at, v.line FROM v";
    bulk::update(tx, statement, &["id", "attempt", "at", "line:text"], rows)
}

pub(super) fn read(tx: &mut Tx<'_>, instance: i64, query: &LogQuery) -> Result<Vec<LogLine>> {
    let mut conditions = Conditions::new("instance_id = ?", [Value::Integer(instance)]);
    if let Some(after) = query.after {
        conditions.and("seq > ?", [Value::Integer(after)]);
    }
    if let Some(from) = query.from {
        conditions.and("at >= ?", [Value::Integer(from.millis())]);
    }
    if let Some(to) = query.to {
        conditions.and("at <= ?", [Value::Integer(to.millis())]);
    }
    conditions.and_contains("line", query.keyword.as_deref());
    let order = match query.order {
        Order::NewestFirst => "seq DESC",
        Order::OldestFirst => "seq",
    };
    let (clause, values) = conditions.paged(order, PageRequest { offset: query.offset, limit: query.limit });
    let sql = format!("SELECT seq, attempt, stream, worker, at, line FROM jobs_log_lines {clause}");
    tx.query(&sql, &values, |row| {
        let stream = Stream::from_number(row.get(2)?);
        Ok(LogLine {
            seq: row.get(0)?,
            attempt: row.get(1)?,
            stream: stream.ok_or_else(|| Error::internal("unknown stream of a line in the store"))?,
            worker: row.get(3)?,
            at: row.get(4)?,
            text: row.get(5)?,
        })
    })
}

const TABLES: [&str; 2] = ["jobs_log_lines", "jobs_log_sources"];

pub(super) fn forget_until(tx: &mut Tx<'_>, job: i64, last_second: i64) -> Result<()> {
    for table in TABLES {
        let sql = format!(
            "DELETE FROM {table} WHERE instance_id IN \
             (SELECT id FROM jobs_instances WHERE job_id = $1 AND scheduled_s <= $2 AND state >= 10 \
             AND workflow_instance IS NULL)"
        );
        tx.execute(&sql, params![job, last_second])?;
    }
    Ok(())
}

pub(super) fn forget_all_of(tx: &mut Tx<'_>, owner: Owner) -> Result<()> {
    let (past, id) = owner.past();
    for table in TABLES {
        let sql =
            format!("DELETE FROM {table} WHERE instance_id IN (SELECT id FROM jobs_instances WHERE {past})");
        tx.execute(&sql, params![id])?;
    }
    Ok(())
}

/// The next instance after this one that has a log: its number, and the instants of its first and its last line.
pub(super) fn next_log(tx: &mut Tx<'_>, after: i64) -> Result<Option<(i64, Timestamp, Timestamp)>> {
    let next: Option<i64> = tx.query_one(
        "SELECT MIN(instance_id) FROM jobs_log_lines WHERE instance_id > $1",
        params![after],
        |row| row.get(0),
    )?;
    let Some(instance) = next else { return Ok(None) };
    let mut end = |order: &str| {
        let sql =
            format!("SELECT at FROM jobs_log_lines WHERE instance_id = $1 ORDER BY seq {order} LIMIT 1");
        tx.query_one(&sql, params![instance], |row| row.get(0))
    };
    Ok(Some((instance, end("ASC")?, end("DESC")?)))
}

pub(super) fn forget(tx: &mut Tx<'_>, instances: &[i64]) -> Result<()> {
    for (places, values) in bulk::lists(instances, 200, 1) {
        for table in TABLES {
            tx.execute(&format!("DELETE FROM {table} WHERE instance_id IN ({places})"), &values)?;
        }
    }
    Ok(())
}
