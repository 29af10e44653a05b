//! Forgets results that nobody will ask for any more.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use super::store;

/// Eight times what the original promises.
const KEEP_MS: i64 = 24 * 60 * 60 * 1000;
/// Rows in one transaction, so that others do not wait for it.
const AT_ONCE: i64 = 1_000;

/// Deletes results that are older than a day.
pub struct PruneApiJobs {
    db: Db,
}

impl PruneApiJobs {
    /// Over this store.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

impl Engine for PruneApiJobs {
    fn name(&self) -> &'static str {
        "zstack.prune_api_jobs"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    fn run(&self) -> Result<()> {
        let full = |deleted: u64| deleted >= AT_ONCE.unsigned_abs();
        while full(self.db.write_blocking(|tx| store::prune(tx, tx.now().plus_ms(-KEEP_MS), AT_ONCE))?) {}
        Ok(())
    }
}
