//! Private stores for tests, of both kinds, from one call each.

use std::sync::Arc;

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
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[expect(clippy::expect_used, reason = "without a temporary folder there is no test")]
    pub fn sqlite(migrations: &[Migration]) -> Result<Self> {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_768_465_800_000)));
        let signals = Signals::default();
        let options = Options {
            location: Location::Folder(folder.path().to_owned()),
            durability: Durability::Unflushed,
            clock: Arc::<ManualClock>::clone(&clock),
            random: Arc::new(SharedRandom::new(Random::from_number(1))),
            signals: signals.clone(),
        };
        Ok(Self { db: Db::open(options, migrations)?, clock, signals, folder })
    }
}
