//! The engine that keeps a node's leases, and a wrapper for engines that run on one node.

use std::sync::Arc;
use std::time::Duration;

use muster_core::{Engine, Result};

use super::Shard;
use crate::Db;

/// Keeps this node's place among the nodes.
pub struct Tend {
    db: Db,
    period: Duration,
}

impl Tend {
    /// An engine that looks several times in each lease of `lease_ms`.
    pub fn new(db: Db, lease_ms: i64) -> Self {
        Self { db, period: Duration::from_millis((lease_ms / 5).max(100).unsigned_abs()) }
    }
}

impl Engine for Tend {
    fn name(&self) -> &'static str {
        "cluster.tend"
    }

    fn period(&self) -> Duration {
        self.period
    }

    fn run(&self) -> Result<()> {
        self.db.tend()
    }
}

/// An engine that runs only on the node that holds the shard of its name. It must bear that another node runs it too
/// for a moment: a node that was frozen may wake in the midst of a run.
pub struct OnOneNode {
    db: Db,
    engine: Arc<dyn Engine>,
}

impl OnOneNode {
    /// `engine` on one node.
    pub fn new(db: Db, engine: Arc<dyn Engine>) -> Self {
        Self { db, engine }
    }
}

impl Engine for OnOneNode {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn period(&self) -> Duration {
        self.engine.period()
    }

    fn run(&self) -> Result<()> {
        match self.db.serving_since(Shard::named(self.name())) {
            Some(_) => self.engine.run(),
            None => Ok(()),
        }
    }
}
