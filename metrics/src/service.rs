//! What callers may ask of the metrics store.

mod add;
mod read;
mod remove;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use crate::memory::Memory;
use crate::model::{Scope, SeriesName};
use crate::store;

pub use read::{LateMark, Look, WindowRead};
pub use watch::{News, NewsMark};

/// The name of the engine that follows the log, and of its signal.
pub(crate) const FOLLOW: &str = "metrics.follow";

/// Rows of the log that are taken while memory is held.
const LOG_ROWS: i64 = 32;

/// How much there may be, and how long it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Series of an account that were reported within `listed_ms`.
    pub series_per_account: u64,
    /// How long single samples are kept at least.
    pub raw_ms: i64,
    /// How long windows of a minute are kept of series whose samples are to be shown for longer than `raw_ms`.
    pub single_minutes_ms: i64,
    /// How long windows of five minutes are kept, and those made of them.
    pub minutes_ms: i64,
    /// How long windows of an hour are kept, and those of four.
    pub hours_ms: i64,
    /// How long windows of a day are kept.
    pub days_ms: i64,
    /// How long a silent series is still listed.
    pub listed_ms: i64,
    /// From which size of stored samples on the log warns; 0 for never.
    pub disk_budget_bytes: i64,
}

const DAY_MS: i64 = 86_400_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            series_per_account: 200_000,
            raw_ms: 7 * DAY_MS,
            single_minutes_ms: 31 * DAY_MS,
            minutes_ms: 91 * DAY_MS,
            hours_ms: 300 * DAY_MS,
            days_ms: 1825 * DAY_MS,
            listed_ms: 2 * DAY_MS,
            disk_budget_bytes: 0,
        }
    }
}

/// Somebody who wants to know which series there are: the inventory learns resources from them.
pub trait SeriesObserver: Send + Sync {
    /// These series of `scope` are reported for the first time, or again after a silence. Part of the transaction that
    /// keeps their samples.
    ///
    /// # Errors
    /// Undo that transaction.
    fn appeared(&self, tx: &mut Tx<'_>, scope: Scope<'_>, series: &[&SeriesName]) -> Result<()>;
}

/// The metrics store.
pub struct Service {
    limits: Limits,
    observer: Option<Arc<dyn SeriesObserver>>,
    memory: Mutex<Memory>,
}

impl Service {
    /// The store with these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, observer: None, memory: Mutex::default() }
    }

    /// The same, and `observer` is told which series appear.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn SeriesObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// How much there may be, and how long it is kept.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many series stand in this node's memory, and what their samples weigh there in bytes.
    pub fn memory_use(&self) -> (usize, usize) {
        let memory = self.memory();
        (memory.series(), memory.sample_bytes())
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings memory up to what `tx` sees. Only for transactions that read: a change that sees its own samples may still
    /// be undone.
    pub(crate) fn follow(&self, tx: &mut Tx<'_>) -> Result<()> {
        let state = store::state(tx)?;
        loop {
            let mut memory = self.memory();
            follow_state(&mut memory, tx, &state)?;
            let rows = store::log_after(tx, memory.log_id, LOG_ROWS)?;
            for (id, data) in &rows {
                follow_row(&mut memory, tx, *id, data)?;
            }
            if i64::try_from(rows.len()) != Ok(LOG_ROWS) {
                return Ok(());
            }
        }
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn follow_state(memory: &mut Memory, tx: &mut Tx<'_>, state: &store::State) -> Result<()> {
    if memory.log_id < state.sealed_log_id {
        // Somebody else has sealed what is not in here.
        memory.log_id = state.sealed_log_id;
        memory.complete_from = memory.complete_from.max(state.sealed_end.plus_ms(1));
    }
    match memory.generation {
        Some(generation) if generation >= state.generation => return Ok(()),
        None => load_series(memory, tx)?,
        Some(_) => {
            let live: std::collections::HashSet<_> = store::live_ids(tx)?.into_iter().collect();
            memory.retain(|id| live.contains(&id));
        }
    }
    memory.generation = Some(state.generation);
    Ok(())
}

fn follow_row(memory: &mut Memory, tx: &mut Tx<'_>, id: i64, data: &[u8]) -> Result<()> {
    let (mut changed, mut is_missing) = (Vec::new(), false);
    crate::batch::decode(id, data, |id| changed.push(id), |entry| is_missing |= !memory.knows(entry.series))?;
    for row in store::by_ids(tx, &changed)?.into_iter().filter(|row| row.live) {
        let scope = Scope { account_id: &row.account_id, project_id: &row.project_id };
        memory.put(scope, row.series, row.stored);
    }
    if is_missing {
        load_series(memory, tx)?;
    }
    let now = tx.now();
    memory.absorb(id, data, now)
}

fn load_series(memory: &mut Memory, tx: &mut Tx<'_>) -> Result<()> {
    store::live_after(tx, memory.newest_series, |row| {
        let scope = Scope { account_id: &row.account_id, project_id: &row.project_id };
        memory.put(scope, row.series, row.stored);
    })
}

/// The instant that lies so many milliseconds before `now`.
pub(crate) fn ago(now: Timestamp, ms: i64) -> Timestamp {
    now.plus_ms(-ms)
}
