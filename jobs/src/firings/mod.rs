//! The ledger: what became of each due time.
//!
//! A row is written in the transaction that moves the job or the workflow on to its next due time, so no due time is
//! without one, whenever the process dies. Due times that nobody acted on, one after another and for the same reason,
//! share a row that counts them. Rows outlive their owners; only time removes them.

mod browse;
#[cfg(test)]
mod clock_tests;
mod fire_due;
mod fire_workflows;
mod model;
mod store;
#[cfg(test)]
mod tests;

use muster_core::Result;
use muster_db::Tx;

pub use browse::{Counts, LedgerFilter, Minute, by_minute, counts, newest};
pub use fire_due::FireDue;
pub use model::{Firing, FiringFilter, Outcome, Owner};

pub(crate) use store::{HandedOver, handed_over, lose, ran, skip_pending};

/// The name of the engine that fires, and of its signal.
pub const FIRE_DUE: &str = "jobs.fire_due";

/// The rows of the ledger that fit, by due time and owner.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut Tx<'_>, filter: &FiringFilter) -> Result<Vec<Firing>> {
    store::list(tx, filter)
}
