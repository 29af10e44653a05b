//! Migrations: forward only, embedded, checksummed.

use std::collections::HashMap;

use muster_core::{Error, Result};
use sha2::{Digest, Sha256};

use crate::{Tx, cluster, params};

/// One step of a feature's schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `feature/NNNN_what_it_does`, never changed once published.
    pub id: &'static str,
    /// Statements for both databases, with the types BIGINT, TEXT, BYTEA and DOUBLE PRECISION.
    pub sql: &'static str,
}

/// How many migrations a store of these features has in all.
pub(crate) fn count(migrations: &[Migration]) -> usize {
    migrations.len() + 2
}

/// Brings the schema up to `migrations`.
pub(crate) fn migrate(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<()> {
    tx.exclusive("muster migrations")?;
    let dialect = tx.dialect();
    tx.batch(&dialect.schema(
        "CREATE TABLE IF NOT EXISTS muster_migrations \
         (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    ))?;
    let mut applied: HashMap<String, String> = tx
        .query("SELECT id, checksum FROM muster_migrations", params![], |row| Ok((row.get(0)?, row.get(1)?)))?
        .into_iter()
        .collect();
    let ids = Migration { id: "db/0001_ids", sql: dialect.make_id_sequence() };
    for migration in [&ids, &cluster::MIGRATION].into_iter().chain(migrations) {
        let checksum = hex::encode(Sha256::digest(migration.sql));
        match applied.remove(migration.id) {
            None => {
                tx.batch(&dialect.schema(migration.sql))?;
                let now = tx.now();
                tx.execute(
                    "INSERT INTO muster_migrations (id, checksum, applied_at) VALUES ($1, $2, $3)",
                    params![migration.id, checksum, now],
                )?;
            }
            Some(before) if before == checksum => {}
            Some(_) => {
                return Err(Error::conflict(
                    "changed migration",
                    format!("migration {} differs from the one that made this store", migration.id),
                ));
            }
        }
    }
    match applied.into_keys().min() {
        None => Ok(()),
        Some(unknown) => Err(Error::conflict(
            "newer schema",
            format!(
                "this store was written by a newer Muster (it has the migration {unknown}); use that version"
            ),
        )),
    }
}
