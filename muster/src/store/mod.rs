//! Care of a whole store: backup, restore, copy to PostgreSQL, check.

mod backup;
mod check;
mod copy;
mod manifest;
mod restore;

use std::path::Path;

use muster_core::{Error, Result};
use muster_db::{Db, Location, Options, SQLITE_FILE};

use crate::config::Settings;
use crate::features::{self, World};

pub use backup::backup;
pub use check::{Checked, check, count_rows};
pub use copy::{Copied, copy};
pub use restore::restore;

/// Opens the SQLite store of a folder, which must have one.
///
/// # Errors
/// `NotFound` when there is none; else what [`Db::open`] says.
pub fn open_folder(folder: &Path, world: &World) -> Result<Db> {
    if !folder.join(SQLITE_FILE).exists() {
        return Err(Error::not_found("a store in", folder.display().to_string()));
    }
    Db::open(options(Location::Folder(folder.to_owned()), world), &features::migrations())
}

/// Opens the store that the settings name, which must exist: nothing is made by looking after it.
///
/// # Errors
/// `NotFound` when there is none; else what [`Db::open`] says.
pub fn open_existing(settings: &Settings, world: &World) -> Result<Db> {
    match &settings.database {
        None => open_folder(&settings.data, world),
        Some(url) => open_url(url, world),
    }
}

/// Opens a PostgreSQL database, and brings its schema up to date.
///
/// # Errors
/// What [`Db::open`] says.
pub fn open_url(url: &str, world: &World) -> Result<Db> {
    Db::open(options(Location::Postgres(url.to_owned()), world), &features::migrations())
}

fn options(location: Location, world: &World) -> Options {
    Options {
        location,
        durability: world.durability,
        clock: std::sync::Arc::clone(&world.clock),
        random: std::sync::Arc::clone(&world.random),
        signals: world.signals.clone(),
    }
}

/// The tables that hold what users made, in the order in which they refer to each other.
fn tables(db: &Db) -> Result<Vec<(String, Vec<String>)>> {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's type names one lifetime only"
    )]
    let mut tables = db.read_blocking(|tx| tx.tables())?;
    tables.retain(|(name, _)| name != "muster_migrations");
    // A table refers only to tables that an earlier statement made.
    let migrations: String =
        features::migrations().iter().map(|migration| migration.sql).collect::<Vec<_>>().join("\n");
    tables.sort_by_key(|(name, _)| migrations.find(&format!("CREATE TABLE {name} ")).unwrap_or(usize::MAX));
    Ok(tables)
}

#[cfg(test)]
mod tests;
