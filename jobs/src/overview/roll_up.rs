//! The engine that adds counts up.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use super::{HOUR_S, LONGEST_WINDOW_S, MINUTE_S, store};

const PERIOD: Duration = Duration::from_secs(30);
/// A minute is left alone for so long after its start: by then nobody counts in it any more.
const SETTLED_S: i64 = 2 * MINUTE_S;

/// Adds the counts of past minutes up, and forgets those that nobody may ask for.
pub struct RollUp(Db);

impl RollUp {
    /// An engine over `db`.
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

impl Engine for RollUp {
    fn name(&self) -> &'static str {
        "jobs.roll_up"
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        let oldest = |tx: &mut muster_db::Tx<'_>| {
            let before = tx.now().seconds() - SETTLED_S;
            store::oldest_single(tx, before)
        };
        // A minute a transaction, so that many groups do not keep others waiting.
        while let Some(minute) = self.0.read_blocking(oldest)? {
            self.0.write_blocking(move |tx| {
                store::roll_up(tx, minute)?;
                let kept = tx.now().plus_ms(-(LONGEST_WINDOW_S + HOUR_S) * 1000);
                store::prune(tx, kept)
            })?;
        }
        Ok(())
    }
}
