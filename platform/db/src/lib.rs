//! One store behind one `Db`: SQLite inside the data folder, or PostgreSQL for several nodes.
//!
//! Feature code is a plain function over [`Tx`]: one transaction that carries its instant and its ids.
//! SQL is written once (`$1`, `RETURNING`, `ON CONFLICT`); the few differences sit in `dialect.rs`.
//!
//! A write is acknowledged only when it is on disk. On SQLite one thread commits for everybody who waited
//! while the last flush ran; on PostgreSQL each piece of work is a serializable transaction that is run
//! again when the database asks for it. Hence the one rule for work: it is a closure that may run more than
//! once, so it has no effect but through its `Tx`.

pub mod bulk;
pub mod cluster;
mod conditions;
mod dialect;
mod migrate;
mod postgres;
mod row;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod value;

use std::path::PathBuf;
use std::sync::Arc;

use muster_core::{Clock, Error, Result, SharedRandom, Signals};

pub use conditions::{Conditions, beginning_with, containing};
pub use dialect::Dialect;
pub use migrate::Migration;
pub use row::{Column, ColumnIndex, FromColumn, Row};
pub use tx::Tx;
pub use value::{ToValue, Value};

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// An SQLite file inside this folder; the folder belongs to one process at a time.
    Folder(PathBuf),
    /// A PostgreSQL database, as a `postgres://` URL.
    Postgres(String),
}

/// How careful SQLite is with the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is flushed before it is answered.
    #[default]
    Flushed,
    /// Nothing is flushed: for tests, where the machine does not lose power.
    Unflushed,
}

/// What a store needs from outside.
#[derive(Clone)]
pub struct Options {
    /// Where the data lives.
    pub location: Location,
    /// How careful SQLite is with the disk.
    pub durability: Durability,
    /// Where a transaction's instant comes from.
    pub clock: Arc<dyn Clock>,
    /// Where a transaction's ids come from.
    pub random: Arc<SharedRandom>,
    /// Where signals are raised after a commit.
    pub signals: Signals,
}

/// Whether the store takes changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Writable,
    /// The last commit failed with this text (the disk is full, the database is away). Reads may work; changes
    /// are refused until a commit goes through again.
    ReadOnly(String),
}

/// What a store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pieces of work committed.
    pub works: u64,
    /// Commits, each with one flush on SQLite.
    pub commits: u64,
    /// Time spent in commits, in microseconds.
    pub commit_us: u64,
    /// Pieces of work run again because the database asked for it.
    pub retries: u64,
}

/// The store, as one node sees it. Clones share it.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    seat: Arc<cluster::Seat>,
    /// How many migrations made the schema that this node knows.
    migrations: i64,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<sqlite::Store>),
    Postgres(Arc<postgres::Store>),
}

/// Takes a data folder for this process, as long as the file is kept open; an SQLite store does so by itself.
///
/// # Errors
/// [`Error::Conflict`] when another process has it.
pub fn lock_folder(folder: &std::path::Path) -> Result<std::fs::File> {
    sqlite::lock(folder)
}

/// The name of SQLite's file inside the data folder.
pub const SQLITE_FILE: &str = "muster.db";

impl Db {
    /// Opens the store and brings its schema up to `migrations` (of all features, in their order).
    ///
    /// # Errors
    /// [`Error::Conflict`] when another process has the folder, or when the store was written by a newer Muster;
    /// [`Error::Unavailable`] when the database cannot be reached.
    pub fn open(options: Options, migrations: &[Migration]) -> Result<Self> {
        let backend = match &options.location {
            Location::Folder(folder) => {
                Backend::Sqlite(Arc::new(sqlite::Store::open(&folder.clone(), options, migrations)?))
            }
            Location::Postgres(url) => {
                Backend::Postgres(Arc::new(postgres::Store::open(&url.clone(), options, migrations)?))
            }
        };
        let migrations = i64::try_from(migrate::count(migrations)).map_err(Error::internal)?;
        Ok(Self { backend, seat: Arc::default(), migrations })
    }

    /// Runs `work` in a transaction of its own and returns when its changes are on disk. An `Err` from `work`
    /// undoes what it did. `work` may run more than once.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let work = self.seated(work);
        match &self.backend {
            Backend::Sqlite(store) => store.submit(work).await.unwrap_or_else(|_| Err(stopped())),
            Backend::Postgres(store) => {
                let store = Arc::clone(store);
                on_blocking_thread(move || store.write(work)).await
            }
        }
    }

    /// As [`Db::write`], for threads that may block: engines, command line, tests.
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let work = self.seated(work);
        #[cfg(feature = "testing")]
        let (work, broken) = testing::break_if_told(&self.seat.fault, work);
        let outcome = match &self.backend {
            Backend::Sqlite(store) => store.submit(work).blocking_recv().unwrap_or_else(|_| Err(stopped())),
            Backend::Postgres(store) => store.write(work),
        };
        #[cfg(feature = "testing")]
        let outcome = broken.hear(outcome);
        outcome
    }

    /// As [`Db::write`], for works that change many rows and would get in one another's way: a node runs one of them at a
    /// time.
    pub async fn write_in_turn<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(_) => self.write(work).await,
            Backend::Postgres(store) => {
                let (store, work) = (Arc::clone(store), self.seated(work));
                on_blocking_thread(move || store.write_in_turn(work)).await
            }
        }
    }

    /// As [`Db::write_in_turn`], for threads that may block.
    pub fn write_in_turn_blocking<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(_) => self.write_blocking(work),
            Backend::Postgres(store) => store.write_in_turn(self.seated(work)),
        }
    }

    /// As [`Db::write_blocking`], for works that take rows for this node and run all the time: on PostgreSQL they see a
    /// snapshot, and another work is in their way only where it changes the same rows. What such a work read may be
    /// changed by others before it commits, but for rows that it changes too and for what [`Tx::serves`] and
    /// [`Tx::served`] said, which it holds: it must be right all the same.
    pub fn claim_blocking<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(_) => self.write_blocking(work),
            Backend::Postgres(store) => store.claim(self.seated(work)),
        }
    }

    /// As [`Db::write_in_turn_blocking`], on SQLite before what others have queued as far as they need not wait long for
    /// it: for what is due at an instant.
    pub fn write_first_blocking<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let work = self.seated(work);
        #[cfg(feature = "testing")]
        let (work, broken) = testing::break_if_told(&self.seat.fault, work);
        let outcome = match &self.backend {
            Backend::Sqlite(store) => {
                store.submit_first(work).blocking_recv().unwrap_or_else(|_| Err(stopped()))
            }
            Backend::Postgres(store) => store.write_in_turn(work),
        };
        #[cfg(feature = "testing")]
        let outcome = broken.hear(outcome);
        outcome
    }

    /// Runs `work` on a consistent view of the committed state. It must not change anything.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let db = self.clone();
        on_blocking_thread(move || db.read_blocking(work)).await
    }

    /// As [`Db::read`], for threads that may block.
    pub fn read_blocking<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let work = self.seated(work);
        match &self.backend {
            Backend::Sqlite(store) => store.read(work),
            Backend::Postgres(store) => store.read(work),
        }
    }

    /// Work that knows whose it is.
    fn seated<T, F: Fn(&mut Tx<'_>) -> Result<T>>(
        &self,
        work: F,
    ) -> impl Fn(&mut Tx<'_>) -> Result<T> + use<T, F> {
        let seat = Arc::clone(&self.seat);
        move |tx| {
            tx.seat = seat.number();
            work(tx)
        }
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match &self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Whether changes are taken.
    pub fn health(&self) -> Health {
        match &self.backend {
            Backend::Sqlite(store) => store.health(),
            Backend::Postgres(store) => store.health(),
        }
    }

    /// What was done since the store was opened.
    pub fn counters(&self) -> Counters {
        match &self.backend {
            Backend::Sqlite(store) => store.counters(),
            Backend::Postgres(store) => store.counters(),
        }
    }

    /// Writes a consistent copy of an SQLite store to `target`, which must not exist, while the store goes on
    /// working.
    ///
    /// # Errors
    /// [`Error::Conflict`] on PostgreSQL, which has tools of its own for this.
    pub fn backup_to(&self, target: &std::path::Path) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(store) => store.backup_to(target),
            Backend::Postgres(_) => Err(Error::conflict(
                "backup of PostgreSQL",
                "this store is on PostgreSQL: back it up with pg_dump, together with the key file",
            )),
        }
    }

    /// Finishes what is queued, and closes the files. Later calls answer `Unavailable`.
    pub fn close(&self) {
        if let Backend::Sqlite(store) = &self.backend {
            store.close();
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.dialect())
    }
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(Error::internal(panic)))
}

fn stopped() -> Error {
    Error::unavailable("the store is stopping")
}
