//! What workers append to logs, and what callers read.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::APPENDED;
use super::model::{Batch, Limits, LogLine, LogQuery, Stream};
use super::store::{self, Row, Source};
use crate::instances::INSTANCE;

/// A worker's clock may stand still, but no line is older than this, in milliseconds.
const OLDEST_MS: i64 = 24 * 60 * 60 * 1000;

/// Runs of an instance, counted for each worker, that may leave anything.
const MOST_SOURCES: usize = 1_000;

/// The rules of run logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Service {
    /// How much is kept.
    pub limits: Limits,
}

impl Service {
    /// Takes lines that a worker of the group sends. How many of the run's lines are dealt with now, those of earlier
    /// batches included: the worker need not send them again. Lines of what is not an instance of the group are
    /// dealt with by passing over them.
    ///
    /// # Errors
    /// Those of the store.
    pub fn append(&self, tx: &mut Tx<'_>, app_group: i64, batch: &Batch) -> Result<i64> {
        let first = batch.first.max(0);
        let end = first.saturating_add(i64::try_from(batch.lines.len()).unwrap_or(i64::MAX));
        let is_known = store::attempt(tx, app_group, batch.instance)?;
        if batch.lines.is_empty() || is_known.is_none_or(|attempt| !(0..=attempt).contains(&batch.attempt)) {
            return Ok(end);
        }
        let sources = store::sources(tx, batch.instance)?;
        let known = sources.iter().find(|source| source.worker == batch.worker && source.run == batch.run);
        let mut source = known.cloned().unwrap_or_else(|| Source::new(batch));
        if end <= source.taken {
            return Ok(source.taken);
        }
        let mut left = self.left(&sources, &source);
        if known.is_none() && (left.lines <= 0 || left.bytes <= 0 || sources.len() >= MOST_SOURCES) {
            return Ok(end);
        }
        let new = &batch.lines[usize::try_from(source.taken - first).unwrap_or(0)..];
        source.taken = end;
        let now = tx.now();
        let row = |stream, at, text| Row { attempt: batch.attempt, stream, worker: &batch.worker, at, text };
        let mut rows = Vec::with_capacity(new.len());
        for line in new {
            if source.is_cut {
                break;
            }
            let text = self.limits.fit(&line.text);
            let at = now.plus_ms(-line.age_ms.clamp(0, OLDEST_MS));
            if left.take(text.len()) {
                source.lines += 1;
                source.bytes += bytes(text.len());
                rows.push(row(line.stream, at, text));
            } else {
                source.is_cut = true;
                rows.push(row(Stream::System, at, "the log of this run is full and ends here".into()));
            }
        }
        store::append(tx, batch.instance, &rows)?;
        store::keep(tx, batch.instance, &source)?;
        tx.signal(APPENDED);
        Ok(end)
    }

    fn left(&self, sources: &[Source], source: &Source) -> Left {
        let limits = &self.limits;
        let sum = |of: fn(&Source) -> i64| sources.iter().map(of).sum::<i64>();
        let of_run = (limits.run_lines - source.lines, limits.run_bytes - source.bytes);
        let of_instance = (
            limits.run_lines * limits.runs - sum(|source| source.lines),
            limits.run_bytes * limits.runs - sum(|source| source.bytes),
        );
        Left { lines: of_run.0.min(of_instance.0), bytes: of_run.1.min(of_instance.1) }
    }

    /// Lines of an instance's log.
    ///
    /// # Errors
    /// `NotFound` "job instance" when the caller's account has no such instance.
    pub fn read(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        instance: i64,
        query: &LogQuery,
    ) -> Result<Vec<LogLine>> {
        if !store::belongs_to(tx, instance, &caller.account_id)? {
            return Err(Error::not_found(INSTANCE, instance.to_string()));
        }
        store::read(tx, instance, query)
    }
}

/// How much more a run may log.
struct Left {
    lines: i64,
    bytes: i64,
}

impl Left {
    fn take(&mut self, length: usize) -> bool {
        self.lines -= 1;
        self.bytes -= bytes(length);
        self.lines >= 0 && self.bytes >= 0
    }
}

/// Every line costs a byte more, so that empty ones count too.
fn bytes(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX).saturating_add(1)
}
