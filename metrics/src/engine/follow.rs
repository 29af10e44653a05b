//! Follows the append log, and turns what it brought into chunks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::cluster::Shard;
use muster_db::{Db, Tx};

use crate::Service;
use crate::memory::{Freeze, Outgoing};
use crate::service::{FOLLOW, ago};
use crate::store;

/// When samples become chunks, and what stays in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealLimits {
    /// The greatest age of what is only in the log, in milliseconds.
    pub age_ms: i64,
    /// The greatest size of what is only in the log, in bytes. It bounds memory, and the time of a start.
    pub log_bytes: usize,
    /// How long samples stay in memory after they are in chunks, in milliseconds.
    pub keep_ms: i64,
    /// The size of samples in memory above which they do not stay, in bytes.
    pub memory_bytes: usize,
}

impl Default for SealLimits {
    fn default() -> Self {
        Self { age_ms: 3_600_000, log_bytes: 64 << 20, keep_ms: 1_800_000, memory_bytes: 128 << 20 }
    }
}

/// Chunks that one transaction writes: few enough not to hold up others.
const CHUNKS: usize = 500;
/// Whoever serves the shard of this name seals and rolls up.
pub(super) const KEEPER: &str = "metrics.roll_up";

/// The engine.
pub struct Follow {
    db: Db,
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
    limits: SealLimits,
    sealing: Mutex<()>,
}

impl Follow {
    /// The engine over `service`.
    pub fn new(db: Db, service: Arc<Service>, clock: Arc<dyn Clock>, limits: SealLimits) -> Self {
        Self { db, service, clock, limits, sealing: Mutex::new(()) }
    }

    /// Turns all that is only in the log into chunks, whatever its age, if this node is the one that may; whether it
    /// is.
    ///
    /// # Errors
    /// When the store cannot be used: then it is done again later, and nothing is lost.
    pub fn seal(&self) -> Result<bool> {
        let _one_at_a_time = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        let Freeze { log_id, log_bytes, outgoing } = self.service.memory().freeze()?;
        if self.seal_up_to(log_id, outgoing)? {
            self.forget(log_id, log_bytes);
            while self.as_keeper(move |tx| store::cut_log(tx, log_id))?.is_some_and(|rows| rows > 0) {}
            return Ok(true);
        }
        // Another node seals: what it has in chunks need not stay here.
        let sealed = self.db.read_blocking(store::state)?.sealed_log_id;
        self.forget(sealed, log_bytes);
        Ok(false)
    }

    /// Whether all of it was written: another node may become the keeper in the midst of it, which seals all of the
    /// log anew.
    fn seal_up_to(&self, log_id: i64, outgoing: Vec<Outgoing>) -> Result<bool> {
        if self.as_keeper(store::begin)?.is_none() {
            return Ok(false);
        }
        let end = outgoing.iter().map(|outgoing| outgoing.chunk.end).max().unwrap_or_default();
        let mut rest = outgoing.into_iter().peekable();
        while rest.peek().is_some() {
            let chunks: Vec<Outgoing> = rest.by_ref().take(CHUNKS).collect();
            if self.as_keeper(move |tx| store::insert_chunks(tx, &chunks))?.is_none() {
                return Ok(false);
            }
        }
        Ok(self.as_keeper(move |tx| store::set_sealed(tx, log_id, end))?.is_some())
    }

    /// Writes as the node that seals and rolls up; nothing happens on another one, and what is written while the shard
    /// goes to another one is undone.
    pub(super) fn as_keeper<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        self.db.write_blocking(move |tx| {
            let may = tx.serves(Shard::named(KEEPER))?;
            may.then(|| work(tx)).transpose()
        })
    }

    fn forget(&self, log_id: i64, log_bytes: usize) {
        let (now, mut memory) = (self.clock.now(), self.service.memory());
        let is_large = memory.sample_bytes() > self.limits.memory_bytes;
        let keep_from =
            if is_large { Timestamp::from_millis(i64::MAX) } else { ago(now, self.limits.keep_ms) };
        memory.sealed((log_id, log_bytes), keep_from, now);
    }

    fn is_due(&self) -> bool {
        let memory = self.service.memory();
        let age = memory.unsealed_since.map_or(0, |since| self.clock.now().since(since));
        age >= self.limits.age_ms || memory.unsealed_bytes >= self.limits.log_bytes
    }
}

impl Engine for Follow {
    fn name(&self) -> &'static str {
        FOLLOW
    }

    fn period(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run(&self) -> Result<()> {
        self.db.read_blocking(|tx| self.service.follow(tx))?;
        if self.is_due() { self.seal().map(drop) } else { Ok(()) }
    }
}
