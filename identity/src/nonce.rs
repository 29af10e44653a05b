//! Nonces of signed requests: each may be used once by its access key.
//!
//! A change writes a hash of its nonce in its own transaction, so no replay survives a crash or reaches
//! another node. Reads change nothing, so their nonces live in memory only.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use muster_core::{Error, Result, Timestamp};
use muster_db::{Tx, params};
use sha2::{Digest, Sha256};

const QUARTER_MS: i64 = 15 * 60 * 1000;
/// A request is fresh for 15 minutes around the server's clock, so a nonce can come back for 30; another quarter is
/// for nodes whose clocks differ and for requests on the edge.
const QUARTERS_KEPT: i64 = 3;
/// 16 bytes each, in two generations: a few megabytes at the worst.
const MOST_IN_MEMORY: usize = 100_000;

type Hash = [u8; 16];

fn hash(access_key_id: &str, nonce: &str) -> Hash {
    let digest = Sha256::new().chain_update(access_key_id).chain_update([0]).chain_update(nonce).finalize();
    let mut hash = Hash::default();
    hash.copy_from_slice(&digest[..16]);
    hash
}

fn used() -> Error {
    Error::conflict("used nonce", "this nonce was used before by the same access key")
}

/// Nonces in memory.
#[derive(Debug, Default)]
pub struct Nonces(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    present: HashSet<Hash>,
    past: HashSet<Hash>,
    since: Timestamp,
}

impl Nonces {
    /// Takes a nonce whose request proved right. Every request calls this; a change also calls [`record`].
    ///
    /// # Errors
    /// `Conflict{what: "used nonce"}` when it was taken before.
    pub fn take(&self, access_key_id: &str, nonce: &str, now: Timestamp) -> Result<()> {
        let hash = hash(access_key_id, nonce);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = now.since(generations.since) >= QUARTERS_KEPT * QUARTER_MS;
        if old || generations.present.len() >= MOST_IN_MEMORY {
            generations.past = std::mem::take(&mut generations.present);
            generations.since = now;
        }
        if generations.past.contains(&hash) || !generations.present.insert(hash) {
            return Err(used());
        }
        Ok(())
    }
}

/// Each quarter is named, so that each is one look into the primary key; a range would read all of its rows.
const RECORD: &str = "INSERT INTO identity_nonces (quarter, digest) SELECT $1, $2 WHERE NOT EXISTS \
     (SELECT 1 FROM identity_nonces WHERE quarter IN ($3, $4, $5) AND digest = $2) ON CONFLICT DO NOTHING";

/// Writes a change's nonce in the change's own transaction.
///
/// # Errors
/// `Conflict{what: "used nonce"}` when a change of the last three quarters of an hour has used it.
pub fn record(tx: &mut Tx<'_>, access_key_id: &str, nonce: &str) -> Result<()> {
    let quarter = tx.now().millis().div_euclid(QUARTER_MS);
    let hash = hash(access_key_id, nonce);
    let [before, second, third] = [1, 2, QUARTERS_KEPT].map(|ago| quarter - ago);
    let inserted = tx.execute(RECORD, params![quarter, hash, before, second, third])?;
    if inserted == 0 { Err(used()) } else { Ok(()) }
}

/// Deletes nonces that can come back no more, `limit` at most; how many.
pub(crate) fn prune(tx: &mut Tx<'_>, limit: i64) -> Result<u64> {
    let quarter = tx.now().millis().div_euclid(QUARTER_MS);
    let oldest: Option<i64> =
        tx.query_one("SELECT min(quarter) FROM identity_nonces", params![], |row| row.get(0))?;
    let Some(over) = oldest.filter(|oldest| *oldest < quarter - QUARTERS_KEPT) else { return Ok(0) };
    tx.execute(
        "DELETE FROM identity_nonces WHERE quarter = $1 AND digest IN \
         (SELECT digest FROM identity_nonces WHERE quarter = $1 LIMIT $2)",
        params![over, limit],
    )
}

#[cfg(test)]
mod tests {
    use muster_db::testing::TestStore;

    use super::*;
    use crate::MIGRATIONS;

    fn is_used(outcome: &Result<()>) -> bool {
        matches!(outcome, Err(Error::Conflict { what: "used nonce", .. }))
    }

    #[test]
    fn in_memory_a_nonce_counts_once_for_each_key_for_three_quarters_of_an_hour() {
        let nonces = Nonces::default();
        let at = |minutes: i64| Timestamp::from_millis(1_768_465_800_000 + minutes * 60_000);
        assert!(nonces.take("A", "n", at(0)).is_ok());
        assert!(nonces.take("B", "n", at(0)).is_ok());
        assert!(is_used(&nonces.take("A", "n", at(1))));
        assert!(nonces.take("A", "late", at(29)).is_ok());
        assert!(is_used(&nonces.take("A", "n", at(31))));
        assert!(is_used(&nonces.take("A", "late", at(61))), "one generation has passed");
        assert!(nonces.take("A", "n", at(120)).is_ok(), "two generations have passed");
    }

    #[test]
    fn in_the_store_a_nonce_counts_once_and_is_pruned() {
        let store = TestStore::sqlite(MIGRATIONS).unwrap();
        let record = || store.db.write_blocking(|tx| record(tx, "A", "n"));
        let rows = || {
            store.db.read_blocking(|tx| {
                tx.query_one("SELECT count(*) FROM identity_nonces", params![], |row| row.get::<i64>(0))
            })
        };
        record().unwrap();
        assert!(is_used(&record()));
        store.clock.advance(29 * 60_000);
        assert!(is_used(&record()));
        store.clock.advance(16 * 60_000);
        assert!(is_used(&record()), "the third quarter counts");
        let prune = || store.db.write_blocking(|tx| prune(tx, 1)).unwrap();
        assert_eq!((prune(), rows().unwrap()), (0, 1));
        store.clock.advance(20 * 60_000);
        assert_eq!((prune(), prune()), (1, 0));
        record().unwrap();
    }

    #[test]
    fn looking_for_a_nonce_reads_no_others() {
        let store = TestStore::sqlite(MIGRATIONS).unwrap();
        let plan = store.db.read_blocking(|tx| {
            let explain = format!("EXPLAIN QUERY PLAN {RECORD}");
            tx.query(&explain, params![4, [0_u8; 16], 3, 2, 1], |row| row.get::<String>("detail"))
        });
        let plan = plan.unwrap().join("\n");
        assert!(plan.contains("(quarter=? AND digest=?)"), "{plan}");
    }
}
