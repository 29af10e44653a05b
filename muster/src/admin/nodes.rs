//! The nodes that share the store.

use muster_core::{Error, Result};
use muster_db::cluster::NodeInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Admin;

/// One node, as programs read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its number; another one after each start.
    pub id: i64,
    /// What its workers dial; empty when no host was given that others could use.
    pub address: String,
    /// Its version.
    pub version: String,
    /// When it started.
    pub since: String,
    /// How long ago it last said that it lives, in milliseconds, by the clock of whoever was asked.
    pub silent_ms: i64,
    /// How many of the 64 shards it holds: its part of the app groups.
    pub shards: usize,
}

pub(super) fn execute(admin: &Admin) -> Result<Value> {
    let now = admin.world.clock.now();
    let row = |node: NodeInfo| NodeRow {
        id: node.id,
        address: node.address,
        version: node.version,
        since: node.since.to_string(),
        silent_ms: now.since(node.beat_at),
        shards: node.shards,
    };
    let rows: Vec<NodeRow> = admin.db.nodes()?.into_iter().map(row).collect();
    serde_json::to_value(rows).map_err(Error::internal)
}
