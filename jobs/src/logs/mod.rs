//! Run logs: what runs print, and what the server has to say about them.
//!
//! A worker numbers the lines of each run, and may send them again until it hears that they are on disk: a line is kept
//! once. Lines, runs and instances have a limit each; where something is cut, the log says so. The server adds lines
//! of its own for what is not obvious: failures, time limits, losses, tries to come.

mod model;
mod prune;
mod service;
mod store;
#[cfg(test)]
mod tests;

use muster_core::Result;
use muster_db::Tx;

use crate::instances::Owner;

pub use model::{Batch, Limits, Line, LogLine, LogQuery, Order, Stream};
pub use prune::Prune;
pub use service::Service;

/// The signal that some run has new lines.
pub const APPENDED: &str = "jobs.logs";

/// A line of the server's own.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) instance: i64,
    pub(crate) attempt: i64,
    pub(crate) text: String,
}

/// Adds the server's own lines, each instance's one.
pub(crate) fn note(tx: &mut Tx<'_>, notes: &[Note]) -> Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    tx.signal(APPENDED);
    store::note(tx, notes)
}

/// Forgets what the ended instances of a job printed that were due at `last_second` or earlier.
pub(crate) fn forget_until(tx: &mut Tx<'_>, job: i64, last_second: i64) -> Result<()> {
    store::forget_until(tx, job, last_second)
}

/// Forgets what these instances printed.
pub(crate) fn forget(tx: &mut Tx<'_>, instances: &[i64]) -> Result<()> {
    store::forget(tx, instances)
}

/// Forgets what an owner's instances printed.
pub(crate) fn forget_all_of(tx: &mut Tx<'_>, owner: Owner) -> Result<()> {
    store::forget_all_of(tx, owner)
}
