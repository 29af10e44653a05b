//! The engine that forgets: resources that nobody has seen or held on to for long, and changes that every index knows.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::Db;

use super::changes::{self, Change};
use super::store;
use crate::model::Scope;

const PERIOD: Duration = Duration::from_secs(600);
const BATCH: u32 = 500;
/// An index that did not look for so long reads everything anew.
const CHANGES_KEPT_MS: i64 = 60 * 60 * 1000;

/// Forgets what need not be kept.
pub struct AgeOut {
    db: Db,
    unseen_ms: i64,
}

impl AgeOut {
    /// An engine that forgets resources unseen for `unseen_ms`, unless they are tagged, moved to an enterprise project
    /// or in a group by hand; 0 keeps all.
    pub fn new(db: Db, unseen_ms: i64) -> Self {
        Self { db, unseen_ms }
    }
}

impl Engine for AgeOut {
    fn name(&self) -> &'static str {
        "resources.age_out"
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        let unseen_ms = self.unseen_ms;
        while unseen_ms > 0
            && self.db.write_blocking(move |tx| forget_resources(tx, unseen_ms))? == BATCH as usize
        {}
        loop {
            let forgotten = self.db.write_blocking(|tx| {
                let before = tx.now().plus_ms(-CHANGES_KEPT_MS);
                changes::forget(tx, before, BATCH)
            })?;
            if forgotten < u64::from(BATCH) {
                return Ok(());
            }
        }
    }
}

fn forget_resources(tx: &mut muster_db::Tx<'_>, unseen_ms: i64) -> Result<usize> {
    let before = tx.now().plus_ms(-unseen_ms);
    let stale = store::stale(tx, before, BATCH)?;
    for (account_id, known) in &stale {
        let scope = Scope { account_id, project_id: &known.resource.project_id };
        store::delete(tx, known.resource.id)?;
        changes::one_less(tx, scope)?;
        changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
    }
    Ok(stale.len())
}
