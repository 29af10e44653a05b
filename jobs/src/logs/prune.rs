//! The engine that forgets old logs. Those of instances that are forgotten go with them.

use std::time::Duration;

use muster_core::{Engine, Result, Timestamp};
use muster_db::{Db, Tx};

use super::store;

const PERIOD: Duration = Duration::from_secs(600);
/// Logs in one transaction.
const BATCH: usize = 100;

/// Forgets logs by age.
pub struct Prune {
    db: Db,
    keep_ms: i64,
}

impl Prune {
    /// An engine that keeps logs for `keep_ms` milliseconds after their latest line; 0 keeps them as long as their
    /// instances.
    pub fn new(db: Db, keep_ms: i64) -> Self {
        Self { db, keep_ms }
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "jobs.prune_logs"
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        let keep_ms = self.keep_ms;
        if keep_ms == 0 {
            return Ok(());
        }
        let mut last = i64::MIN;
        loop {
            let (old, end) = self.db.read_blocking(move |tx| {
                let before = tx.now().plus_ms(-keep_ms);
                old_logs(tx, last, before)
            })?;
            if !old.is_empty() {
                self.db.write_blocking(move |tx| store::forget(tx, &old))?;
            }
            match end {
                Some(end) => last = end,
                None => return Ok(()),
            }
        }
    }
}

/// Some logs after `last` whose latest line is from before that instant, and where to go on looking. Instances are
/// numbered in the order of their making, so the first log that began since then ends the search: no index by time
/// is needed.
fn old_logs(tx: &mut Tx<'_>, last: i64, before: Timestamp) -> Result<(Vec<i64>, Option<i64>)> {
    let (mut old, mut last) = (Vec::new(), last);
    for _ in 0..BATCH {
        let Some((instance, began, ended)) = store::next_log(tx, last)? else { return Ok((old, None)) };
        if began >= before {
            return Ok((old, None));
        }
        if ended < before {
            old.push(instance);
        }
        last = instance;
    }
    Ok((old, Some(last)))
}
