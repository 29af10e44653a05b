//! What became of each due time, read back from the store, and how late it was.

use std::collections::HashSet;

use muster_core::Timestamp;
use muster_db::Db;
use muster_jobs::firings::{self, Firing, FiringFilter, Outcome};
use muster_jobs::instances::{InstanceFilter, State};
use serde::Serialize;

use super::ground::{Ground, NAMESPACE, text};
use super::workers::Arrival;
use crate::bench::{Fault, measure};

/// Rows read at once.
const PAGE: u32 = 20_000;

/// How late runs were, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Lateness {
    runs: usize,
    p50_ms: i64,
    p90_ms: i64,
    p99_ms: i64,
    max_ms: i64,
}

impl Lateness {
    pub(super) fn of(mut late: Vec<i64>) -> Self {
        late.sort_unstable();
        Self {
            runs: late.len(),
            p50_ms: measure::at(&late, 50),
            p90_ms: measure::at(&late, 90),
            p99_ms: measure::at(&late, 99),
            max_ms: late.last().copied().unwrap_or_default(),
        }
    }

    /// A row for people, under [`Lateness::HEAD`].
    pub(super) fn text(&self, what: &str) -> String {
        format!(
            "{what:<28} {:>9} {:>8} {:>8} {:>8} {:>8}\n",
            self.runs, self.p50_ms, self.p90_ms, self.p99_ms, self.max_ms
        )
    }

    /// How many, the 99th percentile and the largest.
    pub(super) fn tail(&self) -> String {
        format!("{:>8} {:>9} {:>9}", self.runs, self.p99_ms, self.max_ms)
    }

    pub(super) const HEAD: &str =
        "late, in ms                       runs      p50      p90      p99      max\n";
}

/// The due times that must be in the ledger, and nothing beside them between `from` and `to`.
pub(super) struct Expected {
    /// Job and due time in milliseconds.
    pub(super) due: HashSet<(i64, i64)>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Expected {
    /// Each due time has one row, which says that it ran; how late each was.
    ///
    /// # Errors
    /// What is missed, double or otherwise than it should be.
    pub(super) fn check(mut self, db: &Db) -> Result<Vec<i64>, Fault> {
        let mut late = Vec::with_capacity(self.due.len());
        let mut filter = FiringFilter {
            since: Some(self.from),
            until: Some(self.to),
            limit: Some(PAGE),
            ..FiringFilter::default()
        };
        loop {
            let page = db.read_blocking(|tx| firings::list(tx, &filter)).map_err(text)?;
            for row in &page {
                late.push(self.take(row)?);
            }
            let Some(last) = page.last() else { break };
            filter.after = Some((last.due, last.owner.id()));
        }
        match self.due.iter().next() {
            None => Ok(late),
            Some(missed) => Err(format!("{} due times have no row, such as {missed:?}", self.due.len())),
        }
    }

    fn take(&mut self, row: &Firing) -> Result<i64, Fault> {
        if !self.due.remove(&(row.owner.id(), row.due.millis())) {
            return Err(format!("a row that is double or not expected: {row:?}"));
        }
        match (row.outcome, row.count, row.late_ms, row.instance) {
            (Outcome::Ran, 1, Some(late), Some(_)) => Ok(late),
            _ => Err(format!("a due time that did not run as it should: {row:?}")),
        }
    }

    /// Each due time reached a worker once; how late.
    ///
    /// # Errors
    /// What is missed or double.
    pub(super) fn check_arrivals(&self, arrivals: &[Arrival]) -> Result<Vec<i64>, Fault> {
        let mut missing = self.due.clone();
        let mut late = Vec::with_capacity(missing.len());
        let inside = |arrival: &&Arrival| (self.from.millis()..=self.to.millis()).contains(&arrival.due_ms);
        for arrival in arrivals.iter().filter(inside) {
            if !missing.remove(&(arrival.job, arrival.due_ms)) {
                return Err(format!("a run reached a worker twice, or was not expected: {arrival:?}"));
            }
            late.push(arrival.late_ms);
        }
        match missing.len() {
            0 => Ok(late),
            count => Err(format!("{count} runs reached no worker")),
        }
    }
}

/// All instances of a group that are kept have succeeded at the first try; how many there are.
///
/// # Errors
/// One that has not.
pub(super) fn check_instances(ground: &Ground, group: &str) -> Result<usize, Fault> {
    let (services, caller) = (&ground.features.instances, &ground.caller);
    let filter = InstanceFilter::default();
    let all = ground.db.read_blocking(|tx| services.list(tx, caller, NAMESPACE, group, &filter));
    let all = all.map_err(text)?;
    match all.iter().find(|instance| instance.state != State::Success || instance.attempt != 0) {
        None => Ok(all.len()),
        Some(other) => Err(format!("an instance that did not succeed at once: {other:?}")),
    }
}
