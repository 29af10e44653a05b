//! From SQLite to PostgreSQL: every table, row by row, and a comparison of both afterwards.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use muster_core::{Error, Result};
use muster_db::{Column, Db, Row, Value, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::tables;

/// Rows in one transaction: few enough for PostgreSQL's 65,535 parameters of a statement.
const BATCH: usize = 500;

/// What was copied.
#[derive(Debug, Serialize)]
pub struct Copied {
    /// How many rows each table has, on both sides.
    pub rows: BTreeMap<String, u64>,
}

/// Copies everything into `target`, which must be empty, and compares. The source must not change meanwhile: its
/// folder's lock sees to that.
///
/// # Errors
/// `Conflict` when the target holds anything, or when the two differ in the end.
pub fn copy(source: &Db, target: &Db) -> Result<Copied> {
    let tables = tables(source)?;
    if self::tables(target)?.iter().map(|(name, _)| name).ne(tables.iter().map(|(name, _)| name)) {
        return Err(Error::conflict("copy", "the two stores do not have the same tables"));
    }
    for (table, count) in super::count_rows(target)? {
        if count > 0 {
            let why = format!("the target is not empty: {table} has {count} rows; copy into a new database");
            return Err(Error::conflict("copy", why));
        }
    }
    for (table, columns) in &tables {
        copy_table(source, target, table, columns)?;
    }
    let next: i64 = source
        .read_blocking(|tx| tx.query_one("SELECT next FROM muster_ids", params![], |row| row.get(0)))?;
    target.write_blocking(move |tx| tx.set_next_id(next))?;
    let mut rows = BTreeMap::new();
    for (table, columns) in tables {
        let (ours, theirs) = (fingerprint(source, &table, &columns)?, fingerprint(target, &table, &columns)?);
        if ours != theirs {
            return Err(Error::conflict("copy", format!("{table} differs after the copy")));
        }
        rows.insert(table, ours.rows);
    }
    Ok(Copied { rows })
}

fn copy_table(source: &Db, target: &Db, table: &str, columns: &[String]) -> Result<()> {
    let select = format!("SELECT {} FROM {table}", columns.join(", "));
    let batch = RefCell::new(Vec::with_capacity(BATCH));
    source.read_blocking(|tx| {
        tx.for_each(&select, params![], |row| {
            let mut rows = batch.borrow_mut();
            rows.push((0..columns.len()).map(|place| owned(row, place)).collect::<Result<Vec<_>>>()?);
            if rows.len() == BATCH {
                insert(target, table, columns, std::mem::take(&mut *rows))
            } else {
                Ok(())
            }
        })
    })?;
    insert(target, table, columns, batch.into_inner())
}

fn insert(target: &Db, table: &str, columns: &[String], rows: Vec<Vec<Value<'static>>>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    for row in 0..rows.len() {
        let first = row * columns.len() + 1;
        let places: Vec<_> = (first..first + columns.len()).map(|place| format!("${place}")).collect();
        // Writing to a string cannot fail.
        let _ = write!(sql, "{}({})", if row == 0 { "" } else { ", " }, places.join(", "));
    }
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    target.write_blocking(move |tx| tx.execute(&sql, &rows).map(|_| ()))
}

/// A column's value that outlives its row.
fn owned(row: &Row<'_>, place: usize) -> Result<Value<'static>> {
    Ok(match row.column(place)? {
        Column::Null => Value::Null,
        Column::Integer(number) => Value::Integer(number),
        Column::Real(number) => Value::Real(number),
        Column::Text(text) => Value::Text(text.to_owned().into()),
        Column::Bytes(bytes) => Value::Bytes(bytes.to_vec().into()),
    })
}

/// A table's content, whatever the order of its rows: their number, and the sum of their digests.
#[derive(Debug, PartialEq, Eq)]
struct Fingerprint {
    rows: u64,
    sum: u128,
}

fn fingerprint(db: &Db, table: &str, columns: &[String]) -> Result<Fingerprint> {
    let select = format!("SELECT {} FROM {table}", columns.join(", "));
    db.read_blocking(|tx| {
        let mut print = Fingerprint { rows: 0, sum: 0 };
        tx.for_each(&select, params![], |row| {
            let mut hash = Sha256::new();
            for place in 0..columns.len() {
                add(&mut hash, row.column(place)?);
            }
            let digest: [u8; 32] = hash.finalize().into();
            let (half, _) = digest.split_at(16);
            let number = half.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
            print.rows += 1;
            print.sum = print.sum.wrapping_add(number);
            Ok(())
        })?;
        Ok(print)
    })
}

/// Adds a value with its kind and length, so that no two different rows give the same bytes.
fn add(hash: &mut Sha256, column: Column<'_>) {
    let (kind, bytes): (u8, &[u8]) = match &column {
        Column::Null => (0, &[]),
        Column::Integer(number) => (1, &number.to_be_bytes()),
        Column::Real(number) => (2, &number.to_be_bytes()),
        Column::Text(text) => (3, text.as_bytes()),
        Column::Bytes(bytes) => (4, bytes),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
