//! One connection to PostgreSQL with its prepared statements.

use std::collections::HashMap;
use std::error::Error as StdError;

use muster_core::{Error, Result};
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{BorrowToSql, IsNull, ToSql, Type};
use postgres::{Client, Config, NoTls, Statement};

use crate::Value;
use crate::bulk::Array;
use crate::row::{Inner, Row};

/// Statements whose text varies (queries with conditions) must not fill the server's memory.
const MOST_STATEMENTS: usize = 512;

pub(crate) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    conflict: bool,
}

impl Session {
    pub(crate) fn connect(config: &Config) -> Result<Self> {
        let mut client = config.connect(NoTls).map_err(|source| {
            Error::unavailable(format!("the database cannot be reached: {}", muster_core::describe(&source)))
        })?;
        // Every statement of ours finds its rows by an index. A scan of a whole table, which the planner likes while
        // a table is small and keeps in a prepared statement when it has grown, would lock all of it besides: then
        // each serializable transaction is in the way of every other. A bitmap of an index is such a scan in small: the
        // first page of a long list would be made by reading and sorting all of it.
        client
            .batch_execute(
                "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; \
                 SET enable_mergejoin = off",
            )
            .map_err(|source| Error::unavailable(muster_core::describe(&source)))?;
        Ok(Self { client, statements: HashMap::new(), conflict: false })
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    pub(crate) fn forget_conflict(&mut self) {
        self.conflict = false;
    }

    /// Whether the database asked for the transaction to be run again.
    pub(crate) fn must_run_again(&self) -> bool {
        self.conflict && self.is_open()
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        let outcome = self.client.batch_execute(sql);
        outcome.map_err(|source| self.error(&source))
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        let outcome = self.client.execute(&statement, &bind(params));
        outcome.map_err(|source| self.error(&source))
    }

    pub(crate) fn for_each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepare(sql)?;
        let outcome = read(&mut self.client, &statement, params, take);
        outcome.map_err(|failure| match failure {
            Failure::Sql(source) => self.error(&source),
            Failure::Taker(error) => error,
        })
    }

    pub(crate) fn for_each_in(
        &mut self,
        sql: &str,
        arrays: &[Array<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepare(sql)?;
        let outcome = read(&mut self.client, &statement, arrays, take);
        outcome.map_err(|failure| match failure {
            Failure::Sql(source) => self.error(&source),
            Failure::Taker(error) => error,
        })
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= MOST_STATEMENTS {
            self.statements.clear();
        }
        let outcome = self.client.prepare(sql);
        let statement = outcome.map_err(|source| self.error(&source))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn error(&mut self, source: &postgres::Error) -> Error {
        match source.code() {
            Some(code)
                if *code == SqlState::T_R_SERIALIZATION_FAILURE
                    || *code == SqlState::T_R_DEADLOCK_DETECTED =>
            {
                self.conflict = true;
                Error::unavailable("other changes to the same data got in the way")
            }
            Some(code)
                if *code == SqlState::DISK_FULL
                    || *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::ADMIN_SHUTDOWN =>
            {
                Error::unavailable(format!("the database takes no changes: {source}"))
            }
            None => Error::unavailable(format!("the database is away: {}", muster_core::describe(source))),
            Some(_) => Error::internal(muster_core::describe(source)),
        }
    }
}

enum Failure {
    Sql(postgres::Error),
    Taker(Error),
}

fn read<P: BorrowToSql>(
    client: &mut Client,
    statement: &Statement,
    params: impl IntoIterator<Item = P, IntoIter: ExactSizeIterator>,
    take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<(), Failure> {
    let mut rows = client.query_raw(statement, params).map_err(Failure::Sql)?;
    while let Some(row) = rows.next().map_err(Failure::Sql)? {
        take(&Row(Inner::Postgres(&row))).map_err(Failure::Taker)?;
    }
    Ok(())
}

fn bind<'p>(params: &'p [Value<'_>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Array<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Integers(numbers) => numbers.to_sql(kind, out),
            Self::Reals(numbers) => numbers.to_sql(kind, out),
            Self::Texts(texts) => texts.to_sql(kind, out),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => match *kind {
                Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
                Type::INT2 => i16::try_from(*number)?.to_sql(kind, out),
                Type::INT8 => number.to_sql(kind, out),
                _ => Err(format!("an integer was bound where {kind} is wanted").into()),
            },
            Value::Real(number) => match *kind {
                Type::FLOAT8 => number.to_sql(kind, out),
                _ => Err(format!("a floating number was bound where {kind} is wanted").into()),
            },
            Value::Text(text) => match *kind {
                Type::TEXT | Type::VARCHAR | Type::UNKNOWN | Type::NAME => text.as_ref().to_sql(kind, out),
                _ => Err(format!("text was bound where {kind} is wanted").into()),
            },
            Value::Bytes(bytes) => match *kind {
                Type::BYTEA => bytes.as_ref().to_sql(kind, out),
                _ => Err(format!("bytes were bound where {kind} is wanted").into()),
            },
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}
