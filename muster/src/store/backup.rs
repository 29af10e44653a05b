//! A backup: the store as of one instant, the key that its secrets are under, and the first credentials.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use muster_core::{Clock, Error, Result};
use muster_db::{Db, SQLITE_FILE};

use super::manifest::{CREDENTIALS, KEY, MANIFEST, Manifest, digest};
use crate::config::Settings;
use crate::files;

/// Writes a backup into the new folder `target` while the store goes on working. Whoever has it has all secrets:
/// only its owner can read it.
///
/// # Errors
/// `Conflict` when the folder exists or the store is on PostgreSQL; `Unavailable` when it cannot be written.
pub fn backup(db: &Db, settings: &Settings, clock: &dyn Clock, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(Error::conflict("backup exists", format!("{} exists already", target.display())));
    }
    if db.dialect() == muster_db::Dialect::Postgres {
        return Err(Error::conflict(
            "backup of PostgreSQL",
            "this store is on PostgreSQL: back it up with pg_dump, together with the key file",
        ));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(target).map_err(|error| cannot(target, &error))?;
    write(db, settings, clock, target).inspect_err(|_| {
        // Half a backup is worse than none; without a manifest it would be refused anyway.
        let _ = fs::remove_dir_all(target);
    })
}

fn write(db: &Db, settings: &Settings, clock: &dyn Clock, target: &Path) -> Result<()> {
    let store = target.join(SQLITE_FILE);
    db.backup_to(&store)?;
    File::open(&store).and_then(|file| file.sync_all()).map_err(|error| cannot(&store, &error))?;
    copy_file(&settings.key_file(), &target.join(KEY))?;
    let credentials = settings.data.join(CREDENTIALS);
    let mut names = vec![SQLITE_FILE, KEY];
    if credentials.exists() {
        copy_file(&credentials, &target.join(CREDENTIALS))?;
        names.push(CREDENTIALS);
    }
    let mut listed = Vec::new();
    for name in names {
        let path = target.join(name);
        listed.push((name.to_owned(), digest(&path).map_err(|error| cannot(&path, &error))?));
    }
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: clock.now().to_string(),
        files: listed,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
    let path = target.join(MANIFEST);
    files::write_secret(&path, &text).map_err(|error| cannot(&path, &error))
}

/// Copies a file with its mode, and waits until it is on disk.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map_err(|error| cannot(from, &error))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| cannot(to, &error))
}

pub(super) fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}
