//! Several nodes on one store: who does what.
//!
//! Work that one node at a time may do belongs to a [`Shard`]: that of an app group by its number, that of an engine by
//! its name. There are few shards, so a node keeps its leases alive by writing one row, whatever it serves; each shard's
//! row names its holder, whose number no other process ever has again. That number is the fencing token: a transaction
//! that asks [`Tx::serves`] before it writes is serialized with the one that gives the shard away, so it either comes
//! first, or sees that it may not, or is undone. Nothing else fences: a write that does not ask in its own transaction
//! may come after the shard has gone, and what leaves the store (a frame, a mail) may be late all the same.
//!
//! A node is dead when its row has not changed for a lease, as watched by another one that could read it all the while:
//! no two clocks are compared. On SQLite, and until [`Db::join`], one node serves everything and none of this costs
//! anything.

mod shard;
mod store;
mod tend;
#[cfg(test)]
mod tests;
mod view;

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use muster_core::{Clock, Error, Result, Timestamp};
use tokio::sync::watch;

use crate::{Db, Tx, params};
pub use shard::{SHARDS, Served, Shard};
pub use tend::{OnOneNode, Tend};
use view::View;

pub(crate) const MIGRATION: crate::Migration = crate::Migration {
    id: "db/0002_cluster",
    sql: "
CREATE TABLE muster_nodes (
    id BIGINT PRIMARY KEY,
    home TEXT NOT NULL,
    address TEXT NOT NULL,
    version TEXT NOT NULL,
    since BIGINT NOT NULL,
    beat BIGINT NOT NULL,
    beat_at BIGINT NOT NULL
);
CREATE TABLE muster_shards (shard BIGINT PRIMARY KEY, holder BIGINT);
",
};

/// A node as the others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its number; another one after each start.
    pub id: i64,
    /// `host:port` that its workers dial; empty when nobody told it a host that others could use.
    pub address: String,
    /// Its version.
    pub version: String,
    /// When it started.
    pub since: Timestamp,
    /// When it last said that it lives, by its own clock.
    pub beat_at: Timestamp,
    /// How many shards it holds.
    pub shards: usize,
}

/// What a node says of itself when it joins.
#[derive(Clone, Debug)]
pub struct Introduction {
    /// What its data folder is called: a process that has the folder to itself takes over at once from the one before.
    pub home: String,
    /// `host:port` that workers dial, or nothing.
    pub address: Option<String>,
    /// Its version.
    pub version: String,
    /// How long its leases live without a sign of it, in milliseconds.
    pub lease_ms: i64,
}

/// Where a shard is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Here.
    Here,
    /// By the node with this address.
    At(String),
    /// By nobody just now, or by a node without an address.
    Unknown,
}

/// This process's place among the nodes. Clones of a `Db` share it.
pub(crate) struct Seat {
    /// 0 for a node that is alone.
    number: AtomicI64,
    joined: Mutex<Option<Joined>>,
    retired: watch::Sender<Option<String>>,
    #[cfg(feature = "testing")]
    pub(crate) fault: Mutex<Option<crate::testing::WriteFault>>,
}

struct Joined {
    introduction: Introduction,
    clock: Arc<dyn Clock>,
    view: View,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            number: AtomicI64::new(0),
            joined: Mutex::default(),
            retired: watch::Sender::new(None),
            #[cfg(feature = "testing")]
            fault: Mutex::default(),
        }
    }
}

impl Seat {
    pub(crate) fn number(&self) -> i64 {
        self.number.load(SeqCst)
    }

    fn joined(&self) -> MutexGuard<'_, Option<Joined>> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// Takes a place among the nodes that share this store, and as many shards as are free. From now on this node
    /// serves only what it holds. [`Tend`] must run as long as it shall stay.
    ///
    /// # Errors
    /// Those of the store.
    pub fn join(&self, introduction: Introduction, clock: Arc<dyn Clock>) -> Result<()> {
        let said = introduction.clone();
        let number = self.write_blocking(move |tx| store::join(tx, &said, true))?;
        let view = View::new(introduction.lease_ms);
        *self.seat.joined() = Some(Joined { introduction, clock, view });
        self.seat.number.store(number, SeqCst);
        self.tend()
    }

    /// Says that this node lives, looks who else does, and takes or gives shards. Nothing for a node that is alone.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tend(&self) -> Result<()> {
        let Some((clock, introduction)) = self
            .seat
            .joined()
            .as_ref()
            .map(|joined| (Arc::clone(&joined.clock), joined.introduction.clone()))
        else {
            return Ok(());
        };
        let start_ms = clock.monotonic_ms();
        let number = self.seat.number();
        if !self.write_blocking(move |tx| store::beat(tx, number))? {
            // The others held it for dead. Its number is spent: what it had claimed is no more its own.
            tracing::warn!(node.id = number, "other nodes gave this one up: it joins again");
            let number = self.write_blocking(move |tx| store::join(tx, &introduction, false))?;
            self.seat.number.store(number, SeqCst);
        }
        let number = self.seat.number();
        self.look(number, start_ms)?;
        let unsettled = self.seat.joined().as_mut().and_then(|joined| joined.view.unsettled(number));
        if let Some(dead) = unsettled {
            self.write_blocking(move |tx| store::settle(tx, number, &dead))?;
            self.look(number, start_ms)?;
        }
        Ok(())
    }

    fn look(&self, number: i64, renewed_ms: i64) -> Result<()> {
        let (seen, now) = self.read_blocking(|tx| Ok((store::look(tx)?, tx.now())))?;
        if seen.migrations > self.migrations {
            self.seat.retired.send_replace(Some(
                "a newer Muster has changed the store's schema: this node makes room for it".to_owned(),
            ));
        }
        if let Some(joined) = self.seat.joined().as_mut() {
            let now_ms = joined.clock.monotonic_ms();
            joined.view.see(seen, number, now, now_ms, renewed_ms);
        }
        Ok(())
    }

    /// Gives all shards back at once, so that nobody has to wait for this node's end.
    ///
    /// # Errors
    /// Those of the store; then the others wait for a lease.
    pub fn leave(&self) -> Result<()> {
        if self.seat.joined().take().is_none() {
            return Ok(());
        }
        let number = self.seat.number();
        self.write_blocking(move |tx| store::leave(tx, number))
    }

    /// Since when this node has been serving a shard, as far as it knows; nothing when it does not, or could not renew
    /// its lease. Only a transaction knows better, by [`Tx::serves`].
    pub fn serving_since(&self, shard: Shard) -> Option<Timestamp> {
        if self.seat.number() == 0 {
            return Some(Timestamp::from_millis(i64::MIN));
        }
        let joined = self.seat.joined();
        let joined = joined.as_ref()?;
        joined.view.held(shard, joined.clock.monotonic_ms())
    }

    /// This node's number at the moment; nothing for one that is alone. Whoever has been given up by the others, and
    /// joins again, has another one.
    pub fn node(&self) -> Option<i64> {
        Some(self.seat.number()).filter(|number| *number != 0)
    }

    /// Where a shard is served, as of a moment ago.
    pub fn place_of(&self, shard: Shard) -> Place {
        if self.serving_since(shard).is_some() {
            return Place::Here;
        }
        let joined = self.seat.joined();
        joined.as_ref().and_then(|joined| joined.view.address_of(shard)).map_or(Place::Unknown, Place::At)
    }

    /// The nodes that share the store, in the order of their starts; none when nobody joined.
    ///
    /// # Errors
    /// Those of the store.
    pub fn nodes(&self) -> Result<Vec<NodeInfo>> {
        self.read_blocking(store::nodes)
    }

    /// Says why this node must stop, once it must: the store has become another version's.
    pub fn retired(&self) -> watch::Receiver<Option<String>> {
        self.seat.retired.subscribe()
    }

    /// Lets this node's next blocking write go wrong, for tests.
    #[cfg(feature = "testing")]
    pub fn break_next_write(&self, fault: crate::testing::WriteFault) {
        *self.seat.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Another node on the same store, for tests of what happens between nodes.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn another_node(&self) -> Self {
        Self { seat: Arc::default(), ..self.clone() }
    }
}

impl Tx<'_> {
    /// Whether this node serves the shard. If another one takes it over before this transaction is committed, then this
    /// one is not.
    ///
    /// # Errors
    /// Those of the store.
    pub fn serves(&mut self, shard: Shard) -> Result<bool> {
        let Some(node) = self.node() else { return Ok(true) };
        // Nobody watches what a claim reads: it holds the row until it is committed.
        let held = if self.claims { " FOR SHARE" } else { "" };
        let sql = format!("SELECT 1 FROM muster_shards WHERE shard = $1 AND holder = $2{held}");
        let found =
            self.query_optional(&sql, params![i64::from(shard.number()), node], |row| row.get::<i64>(0))?;
        Ok(found.is_some())
    }

    /// Everything that this node serves, with the same promise as [`Tx::serves`].
    ///
    /// # Errors
    /// Those of the store.
    pub fn served(&mut self) -> Result<Served> {
        let Some(node) = self.node() else { return Ok(Served::All) };
        let held = if self.claims { " FOR SHARE" } else { "" };
        let sql = format!("SELECT shard FROM muster_shards WHERE holder = $1 ORDER BY shard{held}");
        Ok(Served::Shards(self.query(&sql, params![node], |row| Shard::numbered(row.get(0)?))?))
    }

    /// This node's number; nothing for one that is alone.
    pub fn node(&self) -> Option<i64> {
        Some(self.seat).filter(|number| *number != 0)
    }
}

fn no_such_shard(number: i64) -> Error {
    Error::internal(format!("there is no shard {number}"))
}
