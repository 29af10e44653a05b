//! What workers saw and did, in their own words: the witness against which the server's records are held.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use muster_core::{Clock, SystemClock, Timestamp};

/// Something that happened to a run at a worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// The order to run it arrived.
    Submitted { attempt: i64 },
    /// A heartbeat that lists it was sent, and answered later.
    Heard,
    /// It ended, in this way; `result` is unlike any other.
    Ended { success: bool, result: String },
    /// The server said that it had written the end down.
    Acknowledged { result: String },
    /// The server had it stopped, or its worker died.
    Gone,
}

/// A line of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) worker: String,
    pub(crate) instance: i64,
    pub(crate) what: What,
}

/// All workers' lines. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Line>>>);

impl Journal {
    pub(crate) fn note(&self, worker: &str, instance: i64, what: What) {
        self.note_at(SystemClock.now(), worker, instance, what);
    }

    pub(crate) fn note_at(&self, at: Timestamp, worker: &str, instance: i64, what: What) {
        self.lines().push(Line { at, worker: worker.to_owned(), instance, what });
    }

    pub(crate) fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an order arrived at each of these workers, the first `mark` lines aside.
    pub(crate) fn submits_of<'w>(&self, mut workers: impl Iterator<Item = &'w str>, mark: usize) -> bool {
        let lines = self.lines();
        let orders = || lines.iter().skip(mark).filter(|line| matches!(line.what, What::Submitted { .. }));
        workers.all(|worker| orders().any(|line| line.worker == worker))
    }

    /// How many lines there are.
    pub(crate) fn length(&self) -> usize {
        self.lines().len()
    }

    /// How many orders have arrived.
    pub(crate) fn submits(&self) -> usize {
        self.lines().iter().filter(|line| matches!(line.what, What::Submitted { .. })).count()
    }
}
