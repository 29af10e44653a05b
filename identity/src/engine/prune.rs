//! Removes what is over: sessions, tokens, temporary keys, nonces, old audit rows; ends rotations.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::{Db, Tx};

use crate::store::{keys, sessions};
use crate::{Service, audit, nonce};

/// Nonces and audit rows are deleted in slices, so that the store's writer is never held up for long.
const SLICE: i64 = 5_000;

/// The engine `identity.prune`.
#[derive(Debug)]
pub struct Prune(Arc<Service>);

impl Prune {
    /// Prunes for `service`.
    pub fn new(service: Arc<Service>) -> Self {
        Self(service)
    }
}

impl Engine for Prune {
    fn name(&self) -> &'static str {
        "identity.prune"
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run(&self) -> Result<()> {
        let db = self.0.db();
        db.write_blocking(|tx| {
            sessions::prune(tx)?;
            keys::prune_temporary(tx)?;
            keys::disable_expired(tx)
        })?;
        in_slices(db, |tx| nonce::prune(tx, SLICE))?;
        match self.0.audit_retention_ms() {
            None => Ok(()),
            Some(kept_ms) => in_slices(db, move |tx| {
                let before = tx.now().plus_ms(-kept_ms);
                audit::prune(tx, before, SLICE)
            }),
        }
    }
}

/// Repeats `slice`, each time in a transaction of its own, until it finds nothing more.
fn in_slices(db: &Db, slice: impl Fn(&mut Tx<'_>) -> Result<u64> + Clone + Send + 'static) -> Result<()> {
    while db.write_blocking(slice.clone())? > 0 {}
    Ok(())
}
