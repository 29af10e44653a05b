//! Read-only connections, made when needed and kept.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use muster_core::{Error, Result};
use rusqlite::Connection;

use super::{connect, error};
use crate::Durability;

/// Each connection holds a page cache, and two cores read no faster with more of them.
const MOST: usize = 4;

pub(crate) struct Readers {
    file: PathBuf,
    durability: Durability,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    made: usize,
    closed: bool,
}

impl Readers {
    pub(crate) fn new(file: PathBuf, durability: Durability) -> Self {
        Self { file, durability, pool: Mutex::default(), returned: Condvar::new() }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A connection; waits for one when all are in use.
    pub(crate) fn take(&self) -> Result<Reader<'_>> {
        let mut pool = self.pool();
        loop {
            if pool.closed {
                return Err(crate::stopped());
            }
            if let Some(connection) = pool.idle.pop() {
                return Ok(Reader { readers: self, connection: Some(connection) });
            }
            if pool.made < MOST {
                pool.made += 1;
                drop(pool);
                return match self.connect() {
                    Ok(connection) => Ok(Reader { readers: self, connection: Some(connection) }),
                    Err(failure) => {
                        self.pool().made -= 1;
                        self.returned.notify_one();
                        Err(failure)
                    }
                };
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn close(&self) {
        let mut pool = self.pool();
        pool.closed = true;
        pool.idle.clear();
        self.returned.notify_all();
    }

    fn connect(&self) -> Result<Connection, Error> {
        let connection = connect(&self.file, self.durability)?;
        connection
            .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -2000")
            .map_err(|e| error(&e))?;
        Ok(connection)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back to the pool when it is dropped.
pub(crate) struct Reader<'p> {
    readers: &'p Readers,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "the connection is there until the drop")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader holds its connection")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool();
        match self.connection.take() {
            // A piece of work that panicked leaves its transaction open: such a connection is not used again.
            Some(connection) if connection.is_autocommit() && !pool.closed => pool.idle.push(connection),
            _ => pool.made -= 1,
        }
        drop(pool);
        self.readers.returned.notify_one();
    }
}
