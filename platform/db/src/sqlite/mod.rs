//! The embedded store: one file, one writer thread with group commit, readers on their own connections.

mod readers;
mod writer;

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Mutex;

use muster_core::{Error, Result};
use rusqlite::{Connection, OpenFlags, ToSql, types::ToSqlOutput, types::ValueRef};
use tokio::sync::oneshot;

use crate::row::{Inner, Row};
use crate::{Counters, Dialect, Durability, Health, Migration, Options, SQLITE_FILE, Tx, Value, migrate, tx};
use readers::Readers;
use writer::Writer;

pub(crate) struct Store {
    readers: Readers,
    writer: Writer,
    options: Options,
    // Held for the life of the store: the kernel gives it back however the process ends.
    _lock: Mutex<Option<File>>,
}

impl Store {
    pub(crate) fn open(folder: &Path, options: Options, migrations: &[Migration]) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| cannot("create the data folder", folder, &source))?;
        let lock = lock(folder)?;
        let file = folder.join(SQLITE_FILE);
        make_private(&file).map_err(|source| cannot("open", &file, &source))?;
        let connection = connect(&file, options.durability)?;
        run_migrations(&connection, &options, migrations)?;
        Ok(Self {
            readers: Readers::new(file, options.durability),
            writer: Writer::start(connection, &options)?,
            options,
            _lock: Mutex::new(Some(lock)),
        })
    }

    /// Queues `work`; the answer comes when its changes are on disk, or not at all when the store stops.
    pub(crate) fn submit<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.submit(work, self.options.random.seed(), false)
    }

    /// As [`Store::submit`], before what others have queued.
    pub(crate) fn submit_first<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.submit(work, self.options.random.seed(), true)
    }

    pub(crate) fn read<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let connection = self.readers.take()?;
        connection.execute_batch("BEGIN").map_err(|e| error(&e))?;
        let random = muster_core::Random::from_seed(&self.options.random.seed());
        let mut tx = Tx::new(tx::Connection::Sqlite(&connection), self.options.clock.now(), random).reading();
        let outcome = work(&mut tx);
        connection.execute_batch("COMMIT").map_err(|e| error(&e))?;
        outcome
    }

    pub(crate) fn backup_to(&self, target: &Path) -> Result<()> {
        let connection = connect(self.readers.file(), self.options.durability)?;
        // SQLite writes into an empty file too.
        make_private(target).map_err(|source| cannot("write", target, &source))?;
        let target = target.to_str().ok_or_else(|| Error::invalid("target", "is not valid UTF-8"))?;
        // One read transaction: consistent, compact, and the writer goes on meanwhile.
        connection.execute("VACUUM INTO ?1", [target]).map(|_| ()).map_err(|e| error(&e))
    }

    pub(crate) fn health(&self) -> Health {
        self.writer.health()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.writer.counters()
    }

    pub(crate) fn close(&self) {
        self.writer.close();
        self.readers.close();
        self._lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }
}

pub(crate) fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| cannot("open", &path, &source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::conflict(
            "folder in use",
            format!(
                "another Muster is using the data folder {}; one folder belongs to one server",
                folder.display()
            ),
        )),
        Err(TryLockError::Error(source)) => Err(cannot("lock", &path, &source)),
    }
}

/// Makes an empty file that only its owner may read; the logs that SQLite puts beside it get the same mode. The folder
/// may be one that was there before, open to everybody.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn cannot(what: &str, path: &Path, source: &std::io::Error) -> Error {
    Error::unavailable(format!("cannot {what} {}: {source}", path.display()))
}

fn connect(file: &Path, durability: Durability) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|e| error(&e))?;
    connection.set_prepared_statement_cache_capacity(256);
    let synchronous = match durability {
        Durability::Flushed => "FULL",
        Durability::Unflushed => "OFF",
    };
    // LIKE as on PostgreSQL. Foreign keys are checked so that a store never holds half of something.
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA case_sensitive_like = ON; \
             PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000;"
        ))
        .map_err(|e| error(&e))?;
    Ok(connection)
}

fn run_migrations(connection: &Connection, options: &Options, migrations: &[Migration]) -> Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| error(&e))?;
    let random = muster_core::Random::from_seed(&options.random.seed());
    let mut tx = Tx::new(tx::Connection::Sqlite(connection), options.clock.now(), random);
    let outcome = migrate::migrate(&mut tx, migrations);
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end).map_err(|e| error(&e))?;
    outcome
}

pub(crate) fn execute(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<u64> {
    let sql = Dialect::Sqlite.statement(sql);
    let mut statement = connection.prepare_cached(&sql).map_err(|e| error(&e))?;
    let changed = statement.execute(rusqlite::params_from_iter(params)).map_err(|e| error(&e))?;
    Ok(changed as u64)
}

pub(crate) fn for_each(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let sql = Dialect::Sqlite.statement(sql);
    let mut statement = connection.prepare_cached(&sql).map_err(|e| error(&e))?;
    let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(|e| error(&e))?;
    while let Some(row) = rows.next().map_err(|e| error(&e))? {
        take(&Row(Inner::Sqlite(row)))?;
    }
    Ok(())
}

/// Runs a statement for each row of `width` values, prepared once.
pub(crate) fn execute_of(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    width: usize,
    mut changed: impl FnMut(usize),
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| error(&e))?;
    for row in values.chunks(width) {
        changed(statement.execute(rusqlite::params_from_iter(row)).map_err(|e| error(&e))?);
    }
    Ok(())
}

/// Asks a statement for each row of `width` values, prepared once.
pub(crate) fn for_each_of(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    width: usize,
    take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| error(&e))?;
    for row in values.chunks(width) {
        let mut rows = statement.query(rusqlite::params_from_iter(row)).map_err(|e| error(&e))?;
        while let Some(row) = rows.next().map_err(|e| error(&e))? {
            take(&Row(Inner::Sqlite(row)))?;
        }
    }
    Ok(())
}

/// A failing disk is the world's fault and may pass; everything else is a defect of ours.
pub(crate) fn error(source: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly, SystemIoFailure,
    };
    match source.sqlite_error_code() {
        Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen | DatabaseBusy | DatabaseLocked) => {
            Error::unavailable(format!("the store cannot be used just now: {source}"))
        }
        _ => Error::internal(source.to_string()),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
