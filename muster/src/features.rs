//! The features, opened over one store. What the server, the command line and the tests start from.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use muster_core::{Clock, Engine, Result, SharedRandom, Signals};
use muster_db::{Db, Durability, Location, Migration, Options};
use muster_identity::{FirstCredentials, FirstRoot, Secret};
use muster_notify::engine::{Deliver, Prune};
use muster_notify::{Backoff, GatewaySettings, Gateways};

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

/// The address by which people reach a server that listens on `address`.
pub fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let scheme = if settings.tls_only { "https" } else { "http" };
    settings.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"))
}

/// The contact directory and the outbox, with the engines that send and prune messages.
///
/// # Errors
/// [`muster_core::Error::Invalid`] when a setting of a gateway cannot be used.
pub fn open_notify(
    settings: &Settings,
    address: SocketAddr,
    db: &Db,
    world: &World,
) -> Result<(muster_notify::Service, [Arc<dyn Engine>; 2])> {
    const DAY_MS: i64 = 86_400_000;
    let service = muster_notify::Service::new(settings.contacts.clone(), &public_url(settings, address));
    let gateways = Gateways::new(GatewaySettings {
        smtp: settings.smtp.clone(),
        sms: settings.sms.clone(),
        phone: settings.phone.clone(),
        outbound: settings.outbound.clone(),
        contacts: settings.contacts.clone(),
        outbox_folder: settings.data.join("outbox"),
        loopback_only: settings.loopback_only(),
    })?;
    let clock = Arc::clone(&world.clock);
    let deliver = Deliver::new(db.clone(), Arc::new(gateways), clock, Backoff::default());
    let prune = Prune::new(db.clone(), settings.retention.outbox_days * DAY_MS);
    Ok((service, [Arc::new(deliver), Arc::new(prune)]))
}

fn write_credentials(folder: &Path, first: &FirstCredentials) -> io::Result<()> {
    crate::files::write_secret(&folder.join("credentials.json"), &serde_json::to_vec_pretty(first)?)
}
