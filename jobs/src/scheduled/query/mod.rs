//! Searching the records: conditions on their columns and on those of related records.
//!
//! A caller names columns and relations of the tables below in our words; nothing that came from outside ever
//! becomes SQL text. Text is compared without regard to case.

mod sql;
pub(super) mod tables;

use muster_core::{Browse, Error, PageRequest, Result, Timestamp};
use muster_db::{Tx, params};

use super::store::Record;
use super::{Scope, Service};
pub use tables::{Column, ColumnKind, Relation, Table};

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// For text columns.
    Text(String),
    /// For number columns; instants are whole seconds since the epoch.
    Number(i64),
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Another one.
    NotEqual,
    /// Below it.
    Less,
    /// Below it or the same.
    AtMost,
    /// Above it.
    Greater,
    /// Above it or the same.
    AtLeast,
}

/// What a column is asked. As in SQL, a column without a value passes only the test for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Compared with one value.
    Compare(Comparison, Operand),
    /// Whether it is one of these.
    In {
        /// The values.
        values: Vec<Operand>,
        /// Whether it must be none of them instead.
        negated: bool,
    },
    /// Whether it matches a pattern: `%` is any text, `_` any character, a backslash takes the next character
    /// as it is.
    Like {
        /// The pattern.
        pattern: String,
        /// Whether it must not match instead.
        negated: bool,
    },
    /// Whether it has no value.
    Null {
        /// Whether it must have one instead.
        negated: bool,
    },
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Relations to follow from the searched table; empty for its own columns.
    pub path: Vec<&'static str>,
    /// A column of the table at the path's end.
    pub column: &'static str,
    /// What it is asked.
    pub test: Test,
    /// Whether such a record must exist; otherwise none may.
    pub holds: bool,
}

impl Condition {
    /// The searched record's own column passes `test`.
    pub fn own(column: &'static str, test: Test) -> Self {
        Self { path: Vec::new(), column, test, holds: true }
    }

    /// The searched record's own column is `text`.
    pub fn is(column: &'static str, text: impl Into<String>) -> Self {
        Self::own(column, Test::Compare(Comparison::Equal, Operand::Text(text.into())))
    }

    /// There is no related record at the end of `path`.
    pub fn none_at(path: &[&'static str], column: &'static str) -> Self {
        Self { path: path.to_vec(), column, test: Test::Null { negated: true }, holds: false }
    }
}

/// A search. Without an order the oldest come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// A column of the searched table, and whether its highest values come first.
    pub order: Option<(&'static str, bool)>,
    /// Which part of what was found.
    pub page: PageRequest,
}

impl Default for Query {
    fn default() -> Self {
        Self { conditions: Vec::new(), order: None, page: PageRequest::ALL }
    }
}

impl Service {
    /// The records of one kind that `query` finds within `scope`.
    ///
    /// # Errors
    /// `Invalid` when a column or relation does not exist, or a value does not fit its column.
    pub fn find<R: Record>(&self, tx: &mut Tx<'_>, scope: Scope<'_>, query: &Query) -> Result<Vec<R>> {
        let statement = sql::select(R::TABLE, scope, query)?;
        let mut found = tx.query(&statement.text, &statement.values, R::read)?;
        R::complete(tx, &mut found)?;
        Ok(found)
    }

    /// The records of one kind and account, newest first, without a count; the key is the id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse<R: Record>(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        browse: &Browse<'_>,
    ) -> Result<Vec<R>> {
        let (at, id) = browse.after.unwrap_or((Timestamp::from_millis(i64::MAX), ""));
        let sql = format!(
            "SELECT * FROM (SELECT * FROM {} WHERE account_id = $1 AND (created_at, id) < ($2, $3) \
             ORDER BY created_at DESC, id DESC LIMIT $4) t WHERE name_folded LIKE $5 ESCAPE '\\' \
             ORDER BY created_at DESC, id DESC LIMIT $6",
            R::TABLE.name
        );
        let pattern = super::store::fold(&muster_db::containing(browse.text));
        let mut found =
            tx.query(&sql, params![account_id, at, id, browse.read_limit(), pattern, browse.limit], R::read)?;
        R::complete(tx, &mut found)?;
        Ok(found)
    }

    /// How many records of one kind an account has, counted up to `most`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_up_to<R: Record>(&self, tx: &mut Tx<'_>, account_id: &str, most: i64) -> Result<u64> {
        let table = R::TABLE.name;
        let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE account_id = $1 LIMIT $2) t");
        tx.query_one(&sql, params![account_id, most], |row| row.get(0))
    }

    /// How many records the conditions of `query` find, its page aside.
    ///
    /// # Errors
    /// As [`Service::find`].
    pub fn count<R: Record>(&self, tx: &mut Tx<'_>, scope: Scope<'_>, query: &Query) -> Result<u64> {
        let statement = sql::count(R::TABLE, scope, query)?;
        tx.query_one(&statement.text, &statement.values, |row| row.get(0))
    }
}

fn unknown(kind: &'static str, name: &str) -> Error {
    Error::invalid("query", format!("there is no {kind} '{name}'"))
}
