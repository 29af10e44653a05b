//! Removes what nobody keeps any longer.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use crate::{rules, store};

/// So many rows go in one transaction: others wait behind it.
const BATCH: usize = 500;

/// The purge.
pub struct Prune {
    db: Db,
    keep_ms: i64,
}

impl Prune {
    /// Keeps events, and what became of them, for `keep_ms` milliseconds after they were reported.
    pub fn new(db: Db, keep_ms: i64) -> Self {
        Self { db, keep_ms }
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "events.prune"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn run(&self) -> Result<()> {
        let keep_ms = self.keep_ms;
        self.db.write_blocking(|tx| {
            store::prune_active(tx)?;
            store::prune_intake(tx)
        })?;
        for prune in [store::prune, rules::prune_matches, rules::prune_silences] {
            while self.db.write_blocking(move |tx| {
                let before = tx.now().plus_ms(-keep_ms);
                prune(tx, before, BATCH)
            })? == BATCH
            {}
        }
        Ok(())
    }
}
