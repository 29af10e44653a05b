//! The engine that forgets: resources that nobody has seen or held on to for long, and changes that every index knows.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::{Db, Tx};

use super::changes::{self, Change};
use super::model::{Facet, Resource};
use super::store;
use crate::model::Scope;

const PERIOD: Duration = Duration::from_secs(600);
const BATCH: u32 = 500;
/// An index that did not look for so long reads everything anew.
const CHANGES_KEPT_MS: i64 = 60 * 60 * 1000;

/// Somebody who knows whether a resource still shows itself: the metrics store takes note of a series when it appears,
/// not with each sample.
pub trait Witness: Send + Sync {
    /// Whether there are reports of it these days.
    ///
    /// # Errors
    /// Those of the store.
    fn sees(&self, tx: &mut Tx<'_>, scope: Scope<'_>, facet: &Facet) -> Result<bool>;
}

/// Forgets what need not be kept.
pub struct AgeOut {
    db: Db,
    unseen_ms: i64,
    witness: Arc<dyn Witness>,
}

impl AgeOut {
    /// An engine that forgets resources unseen for `unseen_ms`, unless they are tagged, moved to an enterprise project
    /// or in a group by hand, or `witness` sees them; 0 keeps all.
    pub fn new(db: Db, unseen_ms: i64, witness: Arc<dyn Witness>) -> Self {
        Self { db, unseen_ms, witness }
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
        loop {
            let witness = Arc::clone(&self.witness);
            let looked_at = match unseen_ms {
                0 => 0,
                _ => self.db.write_blocking(move |tx| forget_resources(tx, unseen_ms, witness.as_ref()))?,
            };
            if looked_at < BATCH as usize {
                break;
            }
        }
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

fn forget_resources(tx: &mut Tx<'_>, unseen_ms: i64, witness: &dyn Witness) -> Result<usize> {
    let before = tx.now().plus_ms(-unseen_ms);
    let stale = store::stale(tx, before, BATCH)?;
    for (account_id, known) in &stale {
        let scope = Scope { account_id, project_id: &known.resource.project_id };
        let mut seen = false;
        for facet in store::facets(tx, known.resource.id)? {
            seen |= witness.sees(tx, scope, &facet)?;
        }
        if seen {
            let alive = Resource { last_seen: tx.now(), ..known.resource.clone() };
            store::update(tx, &alive)?;
            continue;
        }
        store::delete(tx, known.resource.id)?;
        changes::one_less(tx, scope)?;
        changes::record(tx, scope, &[Change::of_resource(known.ordinal)])?;
    }
    Ok(stale.len())
}
