//! Forgetting what is old.

use std::time::Duration;

use muster_core::{Engine, Result, Timestamp};
use muster_db::{Db, Tx};

use crate::rules::store::forget_changes;
use crate::units::{self};

/// Rows that one transaction removes.
const ROWS: i64 = 1_000;
/// How long changes of rules are kept for engines that follow them.
const CHANGES_MS: i64 = 86_400_000;

/// How long what happened is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Episodes that are over, with their notices; 0 for ever.
    pub episodes_ms: i64,
    /// Notices of evaluations about which nobody was told, as they came too soon after a message; 0 as long as their
    /// episodes.
    pub silent_ms: i64,
}

/// The engine.
pub struct Prune {
    db: Db,
    retention: Retention,
}

impl Prune {
    /// Keeps what happened for so long.
    pub fn new(db: Db, retention: Retention) -> Self {
        Self { db, retention }
    }

    fn page_by_page(&self, page: impl Fn(&mut Tx<'_>) -> Result<u64> + Clone + Send + 'static) -> Result<()> {
        while self.db.write_blocking(page.clone())? > 0 {}
        Ok(())
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "alarms.prune"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(900)
    }

    fn run(&self) -> Result<()> {
        let ago = |now: Timestamp, ms: i64| now.plus_ms(-ms);
        let Retention { episodes_ms, silent_ms } = self.retention;
        if episodes_ms > 0 {
            self.page_by_page(move |tx| units::forget_episodes(tx, ago(tx.now(), episodes_ms), ROWS))?;
        }
        if silent_ms > 0 {
            self.page_by_page(move |tx| units::forget_silent(tx, ago(tx.now(), silent_ms), ROWS))?;
        }
        self.page_by_page(move |tx| forget_changes(tx, ago(tx.now(), CHANGES_MS), ROWS))
    }
}
