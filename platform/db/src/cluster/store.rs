//! The SQL of nodes and shards.

use muster_core::Result;

use super::{Introduction, NodeInfo, SHARDS, Shard};
use crate::{Tx, params};

/// What changes hands changes it for one node after the other.
const LOCK: &str = "muster shards";

/// A node's row, as far as its life shows in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) node: i64,
    pub(super) beat: i64,
    pub(super) address: String,
}

/// All that a node looks at.
pub(super) struct Seen {
    pub(super) signs: Vec<Sign>,
    /// The holder of each shard.
    pub(super) holders: Vec<Option<i64>>,
    pub(super) migrations: i64,
}

/// Enters a node; its number. With `succeeds`, whoever had the same home before is gone.
pub(super) fn join(tx: &mut Tx<'_>, said: &Introduction, succeeds: bool) -> Result<i64> {
    tx.exclusive(LOCK)?;
    for shard in 0..SHARDS {
        tx.execute(
            "INSERT INTO muster_shards (shard) VALUES ($1) ON CONFLICT (shard) DO NOTHING",
            params![i64::from(shard)],
        )?;
    }
    if succeeds {
        let before =
            tx.query("SELECT id FROM muster_nodes WHERE home = $1", params![said.home], |row| row.get(0))?;
        for node in before {
            leave(tx, node)?;
        }
    }
    let (number, now) = (tx.new_id()?, tx.now());
    tx.execute(
        "INSERT INTO muster_nodes (id, home, address, version, since, beat, beat_at) VALUES ($1, $2, $3, $4, $5, 0, $5)",
        params![number, said.home, said.address.as_deref().unwrap_or_default(), said.version, now],
    )?;
    Ok(number)
}

/// A sign of life; whether the node is still known.
pub(super) fn beat(tx: &mut Tx<'_>, node: i64) -> Result<bool> {
    let now = tx.now();
    let sql = "UPDATE muster_nodes SET beat = beat + 1, beat_at = $2 WHERE id = $1";
    Ok(tx.execute(sql, params![node, now])? == 1)
}

pub(super) fn look(tx: &mut Tx<'_>) -> Result<Seen> {
    let signs = tx.query("SELECT id, beat, address FROM muster_nodes ORDER BY id", &[], |row| {
        Ok(Sign { node: row.get(0)?, beat: row.get(1)?, address: row.get(2)? })
    })?;
    let holders = holders(tx)?;
    let migrations = tx.query_one("SELECT COUNT(*) FROM muster_migrations", &[], |row| row.get(0))?;
    Ok(Seen { signs, holders, migrations })
}

fn holders(tx: &mut Tx<'_>) -> Result<Vec<Option<i64>>> {
    let mut holders = vec![None; usize::from(SHARDS)];
    tx.for_each("SELECT shard, holder FROM muster_shards", &[], |row| {
        let shard = Shard::numbered(row.get(0)?)?;
        holders[usize::from(shard.number())] = row.get(1)?;
        Ok(())
    })?;
    Ok(holders)
}

/// How many shards each of so many nodes should hold at most.
pub(super) fn fair_share(nodes: usize) -> usize {
    usize::from(SHARDS).div_ceil(nodes.max(1))
}

/// Buries the dead who have given no other sign since, then takes what is free up to the fair share, or gives back what
/// is more.
pub(super) fn settle(tx: &mut Tx<'_>, node: i64, dead: &[Sign]) -> Result<()> {
    tx.exclusive(LOCK)?;
    for sign in dead {
        let sql = "SELECT id FROM muster_nodes WHERE id = $1 AND beat = $2";
        if tx.query_optional(sql, params![sign.node, sign.beat], |row| row.get::<i64>(0))?.is_some() {
            leave(tx, sign.node)?;
        }
    }
    let nodes = tx.query("SELECT id FROM muster_nodes", &[], |row| row.get::<i64>(0))?;
    if !nodes.contains(&node) {
        return Ok(());
    }
    let (share, holders) = (fair_share(nodes.len()), holders(tx)?);
    let of = |wanted: Option<i64>| (0_i64..).zip(&holders).filter(move |(_, holder)| **holder == wanted);
    let mine = of(Some(node)).count();
    for (shard, _) in of(None).take(share.saturating_sub(mine)) {
        let sql = "UPDATE muster_shards SET holder = $2 WHERE shard = $1 AND holder IS NULL";
        tx.execute(sql, params![shard, node])?;
    }
    for (shard, _) in of(Some(node)).skip(share) {
        let sql = "UPDATE muster_shards SET holder = NULL WHERE shard = $1 AND holder = $2";
        tx.execute(sql, params![shard, node])?;
    }
    Ok(())
}

/// Removes a node and frees what it held.
pub(super) fn leave(tx: &mut Tx<'_>, node: i64) -> Result<()> {
    tx.execute("UPDATE muster_shards SET holder = NULL WHERE holder = $1", params![node])?;
    tx.execute("DELETE FROM muster_nodes WHERE id = $1", params![node])?;
    Ok(())
}

pub(super) fn nodes(tx: &mut Tx<'_>) -> Result<Vec<NodeInfo>> {
    let holders = holders(tx)?;
    let held = |node: i64| holders.iter().filter(|holder| **holder == Some(node)).count();
    tx.query("SELECT id, address, version, since, beat_at FROM muster_nodes ORDER BY id", &[], |row| {
        let id = row.get(0)?;
        Ok(NodeInfo {
            id,
            address: row.get(1)?,
            version: row.get(2)?,
            since: row.get(3)?,
            beat_at: row.get(4)?,
            shards: held(id),
        })
    })
}
