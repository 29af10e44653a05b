//! The way back from a backup.

use std::fs;
use std::path::Path;

use muster_core::{Error, Result};
use muster_db::SQLITE_FILE;

use super::backup::{cannot, copy_file};
use super::manifest::{CREDENTIALS, KEY, MANIFEST, Manifest, digest};
use super::{Checked, check, open_folder};
use crate::config::Settings;
use crate::features::World;
use crate::files;

/// Puts a backup into the data folder of the settings, which must not hold a store, and checks the result.
///
/// # Errors
/// `Conflict` when there is a store already, or another key file; `Invalid` when the backup is not what its manifest
/// says.
pub fn restore(settings: &Settings, world: &World, backup: &Path) -> Result<Checked> {
    let names = verified(backup)?;
    if settings.data.join(SQLITE_FILE).exists() {
        let why = format!("{} holds a store already; restore into an empty folder", settings.data.display());
        return Err(Error::conflict("store exists", why));
    }
    let key_file = settings.key_file();
    let key = backup.join(KEY);
    let read = |path: &Path| fs::read(path).map_err(|error| cannot(path, &error));
    let key_is_there = key_file.exists();
    if key_is_there && read(&key_file)? != read(&key)? {
        let why =
            format!("{} is another key than that of the backup; move it away first", key_file.display());
        return Err(Error::conflict("key file", why));
    }
    files::make_folder(&settings.data).map_err(|error| cannot(&settings.data, &error))?;
    if !key_is_there {
        copy_file(&key, &key_file)?;
    }
    if names.iter().any(|name| name == CREDENTIALS) {
        copy_file(&backup.join(CREDENTIALS), &settings.data.join(CREDENTIALS))?;
    }
    // The store comes last: until it is there, the folder is one of a server that never started.
    copy_file(&backup.join(SQLITE_FILE), &settings.data.join(SQLITE_FILE))?;
    let db = open_folder(&settings.data, world)?;
    let checked = check(&db, settings, world);
    db.close();
    checked
}

/// The names of a backup's files, each of which is as the manifest says.
fn verified(backup: &Path) -> Result<Vec<String>> {
    let path = backup.join(MANIFEST);
    let text = fs::read(&path).map_err(|error| cannot(&path, &error))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| Error::invalid("backup", format!("{}: {error}", path.display())))?;
    for (name, expected) in &manifest.files {
        if ![SQLITE_FILE, KEY, CREDENTIALS].contains(&name.as_str()) {
            return Err(Error::invalid("backup", format!("{name} belongs to no backup")));
        }
        let path = backup.join(name);
        if digest(&path).map_err(|error| cannot(&path, &error))? != *expected {
            return Err(Error::invalid("backup", format!("{} was changed after the backup", path.display())));
        }
    }
    Ok(manifest.files.into_iter().map(|(name, _)| name).collect())
}
