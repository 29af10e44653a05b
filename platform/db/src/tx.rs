//! A transaction: the state, the instant and the ids that one piece of work sees.

use muster_core::{Error, Random, Result, Timestamp, Uuid};

use crate::bulk::Array;
use crate::row::Row;
use crate::value::Value;
use crate::{Dialect, postgres, sqlite};

/// One transaction. Its instant stands still, and its ids are the same when the work is run again.
///
/// After an SQL error do not go on: return it (PostgreSQL refuses everything that follows). What may collide
/// is written with `ON CONFLICT`.
pub struct Tx<'c> {
    connection: Connection<'c>,
    now: Timestamp,
    random: Random,
    depth: u32,
    /// The node that runs it; 0 for one that is alone.
    pub(crate) seat: i64,
    reads: bool,
    /// Whether what it depends on must be locked, since nobody watches what it reads.
    pub(crate) claims: bool,
    pub(crate) signals: Vec<&'static str>,
}

pub(crate) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut postgres::Session),
}

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: Connection<'c>, now: Timestamp, random: Random) -> Self {
        Self { connection, now, random, depth: 0, seat: 0, reads: false, claims: false, signals: Vec::new() }
    }

    pub(crate) fn reading(self) -> Self {
        Self { reads: true, ..self }
    }

    pub(crate) fn claiming(self) -> Self {
        Self { claims: true, ..self }
    }

    /// Whether it only reads, and therefore sees nothing but what is committed: what is kept in memory may follow
    /// what such a transaction sees, for it will not be undone.
    pub fn is_read(&self) -> bool {
        self.reads
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Which database it runs on.
    pub fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A new numeric id, from 10^12 upwards: constant width (a worker SDK matches ids by prefix), exact in
    /// JavaScript.
    pub fn new_id(&mut self) -> Result<i64> {
        let sql = self.dialect().next_id();
        self.query_one(sql, &[], |row| row.get(0))
    }

    /// `count` new numeric ids in ascending order, for the price of one.
    pub fn new_ids(&mut self, count: usize) -> Result<Vec<i64>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let number = i64::try_from(count).map_err(Error::internal)?;
        let mut ids: Vec<i64> =
            self.query(self.dialect().next_ids(), &[Value::Integer(number)], |row| row.get(0))?;
        if let [first] = ids[..] {
            ids = (first..first + number).collect();
        }
        Ok(ids)
    }

    /// A new version 4 UUID.
    pub fn new_uuid(&mut self) -> Uuid {
        self.random.uuid()
    }

    /// The transaction's generator, for keys and tokens.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Wakes the engine of this name after the commit.
    pub fn signal(&mut self, engine: &'static str) {
        if !self.signals.contains(&engine) {
            self.signals.push(engine);
        }
    }

    /// Runs a statement; how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, sql, params),
            Connection::Postgres(session) => session.execute(sql, params),
        }
    }

    /// All rows of a statement.
    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.for_each(sql, params, |row| {
            rows.push(map(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands each row of a statement to `take`, without holding them all.
    pub fn for_each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::for_each(connection, sql, params, &mut take),
            Connection::Postgres(session) => session.for_each(sql, params, &mut take),
        }
    }

    /// The first row of a statement, if there is one.
    pub fn query_optional<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.for_each(sql, params, |row| {
            if found.is_none() {
                found = Some(map(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row of a statement that always has one, such as a count or a `RETURNING`.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.query_optional(sql, params, map)?
            .ok_or_else(|| Error::internal(format!("a statement that always gives a row gave none: {sql}")))
    }

    /// Runs a statement (on SQLite, with `?N`) for each row of `width` values, and tells how many rows each changed.
    pub(crate) fn execute_of(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        width: usize,
        changed: impl FnMut(usize),
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::execute_of(connection, sql, values, width, changed),
            Connection::Postgres(_) => Err(Error::internal("rows go to PostgreSQL as arrays")),
        }
    }

    /// Runs a statement (on SQLite, with `?N`) for each row of `width` values, and hands what it gives to `take`.
    pub(crate) fn for_each_of(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        width: usize,
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::for_each_of(connection, sql, values, width, take),
            Connection::Postgres(_) => Err(Error::internal("rows go to PostgreSQL as arrays")),
        }
    }

    /// Runs a statement whose parameters are arrays, on PostgreSQL, and hands what it gives to `take`.
    pub(crate) fn for_each_in(
        &mut self,
        sql: &str,
        arrays: &[Array<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(_) => Err(Error::internal("SQLite has no arrays")),
            Connection::Postgres(session) => session.for_each_in(sql, arrays, take),
        }
    }

    /// Runs `part` so that an `Err` undoes what it did (and forgets its signals), and nothing else.
    pub fn attempt<T, E: From<Error>>(
        &mut self,
        part: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        const BEGIN: [&str; 4] = ["SAVEPOINT p0", "SAVEPOINT p1", "SAVEPOINT p2", "SAVEPOINT p3"];
        const KEEP: [&str; 4] = ["RELEASE p0", "RELEASE p1", "RELEASE p2", "RELEASE p3"];
        const UNDO: [&str; 4] = ["ROLLBACK TO p0", "ROLLBACK TO p1", "ROLLBACK TO p2", "ROLLBACK TO p3"];
        let level = self.depth as usize;
        if level >= BEGIN.len() {
            return Err(Error::internal("attempts are nested too deeply").into());
        }
        let signals = self.signals.len();
        self.execute(BEGIN[level], &[])?;
        self.depth += 1;
        let outcome = part(self);
        self.depth -= 1;
        if outcome.is_err() {
            self.signals.truncate(signals);
            self.execute(UNDO[level], &[])?;
        }
        self.execute(KEEP[level], &[])?;
        outcome
    }

    /// Holds a lock named `name` until the transaction ends: for what must happen once in the whole cluster.
    pub fn exclusive(&mut self, name: &str) -> Result<()> {
        let Some(sql) = self.dialect().exclusive() else { return Ok(()) };
        self.query_one(sql, &[Value::Integer(stable_hash(name).cast_signed())], |_| Ok(()))
    }

    /// The store's tables with their columns: for copying and comparing whole stores.
    pub fn tables(&mut self) -> Result<Vec<(String, Vec<String>)>> {
        let sql = self.dialect().list_columns();
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        self.for_each(sql, &[], |row| {
            let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
            match tables.last_mut() {
                Some((name, columns)) if *name == table => columns.push(column),
                _ => tables.push((table, vec![column])),
            }
            Ok(())
        })?;
        Ok(tables)
    }

    /// Makes `next` the next numeric id: for a store that was filled by a copy.
    pub fn set_next_id(&mut self, next: i64) -> Result<()> {
        let sql = self.dialect().set_next_id();
        self.for_each(sql, &[Value::Integer(next)], |_| Ok(()))
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => connection.execute_batch(sql).map_err(|e| sqlite::error(&e)),
            Connection::Postgres(session) => session.batch(sql),
        }
    }
}

/// FNV-1a: the same number for a name in every version.
pub(crate) fn stable_hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
