//! Private stores for tests, of both kinds, from one call each.

mod fault;
mod server;

use std::sync::Arc;

pub use fault::WriteFault;
pub(crate) use fault::break_if_told;
use muster_core::{ManualClock, Random, Result, SharedRandom, Signals, Timestamp};
use tempfile::TempDir;

use crate::{Db, Durability, Location, Migration, Options};

/// A store of its own with a clock that stands still. The folder goes when this is dropped.
pub struct TestStore {
    /// The store.
    pub db: Db,
    /// Its clock, at 2026-01-15T08:30:00Z until moved.
    pub clock: Arc<ManualClock>,
    /// Its signals.
    pub signals: Signals,
    /// The data folder.
    pub folder: TempDir,
}

impl TestStore {
    /// A store on SQLite that flushes nothing, with the same ids in every run.
    ///
    /// # Errors
    /// What [`Db::open`] says.
    pub fn sqlite(migrations: &[Migration]) -> Result<Self> {
        Self::open(migrations, |folder| Location::Folder(folder.path().to_owned()))
    }

    /// A store in a new database of a private PostgreSQL server; nothing where no PostgreSQL is installed.
    ///
    /// # Errors
    /// What [`Db::open`] says.
    pub fn postgres(migrations: &[Migration]) -> Result<Option<Self>> {
        new_postgres_database().map(|url| Self::open(migrations, |_| Location::Postgres(url))).transpose()
    }

    /// Runs `test` on a new store of each kind that this machine has.
    ///
    /// # Errors
    /// What [`Db::open`] or `test` says.
    pub fn on_each(migrations: &[Migration], test: impl Fn(&Self) -> Result<()>) -> Result<()> {
        test(&Self::sqlite(migrations)?)?;
        Self::postgres(migrations)?.map_or(Ok(()), |store| test(&store))
    }

    #[expect(clippy::expect_used, reason = "without a temporary folder there is no test")]
    fn open(migrations: &[Migration], location: impl FnOnce(&TempDir) -> Location) -> Result<Self> {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_768_465_800_000)));
        let signals = Signals::default();
        let options = Options {
            location: location(&folder),
            durability: Durability::Unflushed,
            clock: Arc::<ManualClock>::clone(&clock),
            random: Arc::new(SharedRandom::new(Random::from_number(1))),
            signals: signals.clone(),
        };
        Ok(Self { db: Db::open(options, migrations)?, clock, signals, folder })
    }
}

/// The URL of a new, empty database of a private PostgreSQL server that ends with this process; nothing, and one
/// line that says so, where no PostgreSQL is installed.
///
/// # Panics
/// When PostgreSQL is not installed and the environment says `CI=true`, or when it does not start.
pub fn new_postgres_database() -> Option<String> {
    server::Server::shared().map(server::Server::new_database)
}
