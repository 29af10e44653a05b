//! Whether a store is sound.

use std::collections::BTreeMap;

use muster_core::{Error, Result};
use muster_db::{Db, Dialect, params};
use serde::{Deserialize, Serialize};

use super::tables;
use crate::config::Settings;
use crate::features::{self, World};

/// A sound store.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checked {
    /// `SQLite` or `PostgreSQL`.
    pub database: String,
    /// How many rows each table has.
    pub rows: BTreeMap<String, i64>,
}

/// Reads everything once: pages, references, samples, the key's fingerprint.
///
/// # Errors
/// `Conflict` that says what is not sound.
pub fn check(db: &Db, settings: &Settings, world: &World) -> Result<Checked> {
    if db.dialect() == Dialect::Sqlite {
        let faults = db.read_blocking(|tx| {
            let mut faults: Vec<String> = tx.query("PRAGMA integrity_check", params![], |row| row.get(0))?;
            faults.retain(|line| line != "ok");
            tx.for_each("PRAGMA foreign_key_check", params![], |row| {
                let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                faults.push(format!("a row of {table} refers to nothing in {parent}"));
                Ok(())
            })?;
            Ok(faults)
        })?;
        if !faults.is_empty() {
            return Err(Error::conflict("store is damaged", faults.join("\n")));
        }
    }
    let faults = db.read_blocking(muster_metrics::verify)?;
    if !faults.is_empty() {
        return Err(Error::conflict("samples are damaged", faults.join("\n")));
    }
    // Refuses a key that the store's secrets are not under.
    features::open_identity(settings, db, world)?;
    let database = match db.dialect() {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    };
    Ok(Checked { database: database.to_owned(), rows: count_rows(db)? })
}

/// How many rows each table has.
///
/// # Errors
/// When a table cannot be read.
pub fn count_rows(db: &Db) -> Result<BTreeMap<String, i64>> {
    let tables = tables(db)?;
    db.read_blocking(|tx| {
        let mut rows = BTreeMap::new();
        for (table, _) in &tables {
            let count =
                tx.query_one(&format!("SELECT count(*) FROM {table}"), params![], |row| row.get(0))?;
            rows.insert(table.clone(), count);
        }
        Ok(rows)
    })
}
