//! The engine that looks after runs: nodes that wait for other instances of their jobs, and whatever an end missed.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use super::{advance, store};

const PERIOD: Duration = Duration::from_secs(1);
const BATCH: usize = 100;

/// Moves workflow instances on.
pub struct Advance {
    db: Db,
}

impl Advance {
    /// An engine over this store.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

impl Engine for Advance {
    fn name(&self) -> &'static str {
        super::ADVANCE
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        loop {
            let due = self.db.read_blocking(|tx| {
                let now = tx.now();
                store::to_check(tx, now, BATCH)
            })?;
            if due.is_empty() {
                return Ok(());
            }
            let is_full = due.len() == BATCH;
            self.db.write_blocking(move |tx| advance::advance(tx, &due))?;
            if !is_full {
                return Ok(());
            }
        }
    }
}
