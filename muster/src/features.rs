//! The features, opened over one store. What the server, the command line and the tests start from.

use std::io;
use std::path::Path;
use std::sync::Arc;

use muster_core::{Clock, Result, SharedRandom, Signals};
use muster_db::{Db, Durability, Location, Migration, Options};
use muster_identity::{FirstCredentials, FirstRoot, Secret};

use crate::config::Settings;

/// What everything else is given: time, randomness and signals.
#[derive(Clone)]
pub struct World {
    /// Where the present instant comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids and keys come from.
    pub random: Arc<SharedRandom>,
    /// What wakes engines.
    pub signals: Signals,
    /// How careful SQLite is with the disk.
    pub durability: Durability,
}

/// Every feature's schema, in the order of their dependencies.
pub fn migrations() -> Vec<Migration> {
    [
        muster_identity::MIGRATIONS,
        muster_notify::MIGRATIONS,
        muster_jobs::scheduled::MIGRATIONS,
        muster_resources::MIGRATIONS,
        muster_apps::MIGRATIONS,
    ]
    .concat()
}

/// Opens the store that the settings name. Blocks.
///
/// # Errors
/// What [`Db::open`] says.
pub fn open_store(settings: &Settings, world: &World) -> Result<Db> {
    let location = match &settings.database {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Folder(settings.data.clone()),
    };
    let options = Options {
        location,
        durability: world.durability,
        clock: Arc::clone(&world.clock),
        random: Arc::clone(&world.random),
        signals: world.signals.clone(),
    };
    Db::open(options, &migrations())
}

/// Opens identity; on the first start that makes the root account, whose credentials are written to
/// `credentials.json`. Blocks.
///
/// # Errors
/// When the key file is not the store's, or nothing can be written.
pub fn open_identity(settings: &Settings, db: &Db, world: &World) -> Result<muster_identity::Service> {
    let key = settings.root_access_key_id.clone().zip(settings.root_access_key_secret.clone());
    let options = muster_identity::Settings {
        first: FirstRoot {
            access_key: key.map(|(id, secret)| (id, Secret::new(secret))),
            password: settings.admin_password.clone().map(Secret::new),
        },
        ..muster_identity::Settings::new(&settings.region, settings.key_file())
    };
    let (clock, random) = (Arc::clone(&world.clock), Arc::clone(&world.random));
    let started = muster_identity::Service::start(db.clone(), options, clock, random)?;
    if let Some(first) = &started.first {
        write_credentials(&settings.data, first).map_err(muster_core::Error::internal)?;
        started.service.first_credentials_written()?;
    }
    Ok(started.service)
}

fn write_credentials(folder: &Path, first: &FirstCredentials) -> io::Result<()> {
    crate::files::write_secret(&folder.join("credentials.json"), &serde_json::to_vec_pretty(first)?)
}
