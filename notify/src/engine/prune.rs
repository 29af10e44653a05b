//! Removes ended messages that nobody keeps any longer, and links that have expired.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use crate::store::{activations, messages};

/// So many messages go in one transaction: others wait behind it.
const BATCH: i64 = 500;

/// The prune engine.
pub struct Prune {
    db: Db,
    keep_ms: i64,
}

impl Prune {
    /// Keeps ended messages for `keep_ms` milliseconds.
    pub fn new(db: Db, keep_ms: i64) -> Self {
        Self { db, keep_ms }
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "notify.prune"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn run(&self) -> Result<()> {
        self.db.write_blocking(activations::delete_expired)?;
        let keep_ms = self.keep_ms;
        while self.db.write_blocking(move |tx| {
            let before = tx.now().plus_ms(-keep_ms);
            messages::prune(tx, before, BATCH)
        })? == BATCH.unsigned_abs()
        {}
        Ok(())
    }
}
