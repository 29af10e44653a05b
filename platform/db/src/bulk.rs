//! One statement for many rows.
//!
//! A statement is a round trip on PostgreSQL: there the rows travel as one array for each column, so that one prepared
//! text serves any number of them. SQLite has no trip to save, and is fastest with one prepared statement that is run
//! for each row. The caller's text is the same: `FROM v` is where the rows come in, and `v.name` is a row's column.

use std::borrow::Cow;

use muster_core::{Error, Result};

use crate::row::Row;
use crate::value::Value;
use crate::{Dialect, Tx};

/// `ids` in chunks of at most `most`, each with its places `$n` counted from `first`: for lists in queries whose other
/// conditions vary. Every length is a text of its own; what runs all the time uses [`query`].
pub fn lists(ids: &[i64], most: usize, first: usize) -> impl Iterator<Item = (String, Vec<Value<'static>>)> {
    ids.chunks(most).map(move |chunk| {
        let places: Vec<String> = (first..first + chunk.len()).map(|place| format!("${place}")).collect();
        (places.join(", "), chunk.iter().copied().map(Value::Integer).collect())
    })
}

/// Inserts rows: `head` as far as the list of columns, then `tail`, such as `ON CONFLICT (id) DO NOTHING`, or
/// `RETURNING id`, whose rows go to `take`.
///
/// # Errors
/// Those of the store and of `take`.
pub fn insert<'v, const N: usize>(
    tx: &mut Tx<'_>,
    head: &str,
    tail: &str,
    rows: impl Iterator<Item = [Value<'v>; N]>,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    if values.is_empty() {
        return Ok(());
    }
    match tx.dialect() {
        Dialect::Sqlite => {
            let sql = format!("{head} VALUES ({}) {tail}", places(N));
            tx.for_each_of(&sql, &values, N, &mut take)
        }
        Dialect::Postgres => {
            let (sql, columns) = insert_arrays(head, tail, &values, N)?;
            tx.for_each_in(&sql, &columns, &mut take)
        }
    }
}

/// Inserts rows whose first column is a numeric key, in ascending order; for each, whether it went in or met the
/// conflict that `conflict` (`ON CONFLICT … DO NOTHING`) is about.
///
/// # Errors
/// Those of the store.
pub fn insert_new<'v, const N: usize>(
    tx: &mut Tx<'_>,
    head: &str,
    conflict: &str,
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<Vec<bool>> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    if tx.dialect() == Dialect::Sqlite {
        let sql = format!("{head} VALUES ({}) {conflict}", places(N));
        let mut went_in = Vec::with_capacity(values.len() / N);
        tx.execute_of(&sql, &values, N, |changed| went_in.push(changed > 0))?;
        return Ok(went_in);
    }
    let key = columns_of(head)?.first().copied().unwrap_or_default();
    let (sql, columns) = insert_arrays(head, &format!("{conflict} RETURNING {key}"), &values, N)?;
    let mut made = Vec::with_capacity(values.len() / N);
    tx.for_each_in(&sql, &columns, &mut |row| {
        made.push(row.get::<i64>(0)?);
        Ok(())
    })?;
    made.sort_unstable();
    let key_of =
        |row: &[Value<'_>]| matches!(row[0], Value::Integer(key) if made.binary_search(&key).is_ok());
    Ok(values.chunks(N).map(key_of).collect())
}

/// Updates rows: `UPDATE t SET a = v.a FROM v WHERE t.id = v.id`. A column is a whole number unless its name ends in
/// `:text`.
///
/// # Errors
/// Those of the store.
pub fn update<'v, const N: usize>(
    tx: &mut Tx<'_>,
    statement: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<()> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    if values.is_empty() {
        return Ok(());
    }
    match tx.dialect() {
        Dialect::Sqlite => tx.execute_of(&for_a_row(statement, columns), &values, N, |_| ()),
        Dialect::Postgres => {
            let arrays = arrays(&values, columns);
            tx.for_each_in(&from_arrays(statement, columns), &arrays, &mut |_| Ok(()))
        }
    }
}

/// Asks about rows: `SELECT t.a FROM v CROSS JOIN t WHERE t.id = v.id`; what is found goes to `take`. Columns are named
/// as in [`update`].
///
/// # Errors
/// Those of the store and of `take`.
pub fn query<'v, const N: usize>(
    tx: &mut Tx<'_>,
    statement: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = [Value<'v>; N]>,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    if values.is_empty() {
        return Ok(());
    }
    match tx.dialect() {
        Dialect::Sqlite => tx.for_each_of(&for_a_row(statement, columns), &values, N, &mut take),
        Dialect::Postgres => {
            let arrays = arrays(&values, columns);
            tx.for_each_in(&from_arrays(statement, columns), &arrays, &mut take)
        }
    }
}

/// A column of many rows.
#[derive(Debug)]
pub(crate) enum Array<'v> {
    Integers(Vec<Option<i64>>),
    Reals(Vec<Option<f64>>),
    Texts(Vec<Option<&'v str>>),
}

impl<'v> Array<'v> {
    fn of(values: &'v [Value<'v>], width: usize, column: usize, is_text: bool) -> Self {
        let column = values.iter().skip(column).step_by(width);
        if is_text {
            let text =
                |value: &'v Value<'v>| if let Value::Text(text) = value { Some(&**text) } else { None };
            return Self::Texts(column.map(text).collect());
        }
        let integer =
            |value: &Value<'_>| if let Value::Integer(number) = value { Some(*number) } else { None };
        Self::Integers(column.map(integer).collect())
    }

    fn reals(values: &[Value<'_>], width: usize, column: usize) -> Self {
        let real = |value: &Value<'_>| if let Value::Real(number) = value { Some(*number) } else { None };
        Self::Reals(values.iter().skip(column).step_by(width).map(real).collect())
    }

    fn sql_type(&self) -> &'static str {
        match self {
            Self::Integers(_) => "bigint[]",
            Self::Reals(_) => "double precision[]",
            Self::Texts(_) => "text[]",
        }
    }
}

const TEXT: &str = ":text";

fn arrays<'v>(values: &'v [Value<'v>], columns: &[&str]) -> Vec<Array<'v>> {
    let array = |(place, name): (usize, &&str)| Array::of(values, columns.len(), place, name.ends_with(TEXT));
    columns.iter().enumerate().map(array).collect()
}

/// The statement with arrays where it says `FROM v`.
fn from_arrays(statement: &str, columns: &[&str]) -> String {
    let kind = |name: &str| if name.ends_with(TEXT) { "text[]" } else { "bigint[]" };
    let arrays: Vec<String> =
        columns.iter().enumerate().map(|(place, name)| format!("${}::{}", place + 1, kind(name))).collect();
    let names: Vec<&str> = columns.iter().map(|name| name.trim_end_matches(TEXT)).collect();
    let source = format!(" FROM UNNEST({}) AS v({})", arrays.join(", "), names.join(", "));
    with_source(statement, &source)
}

const FROM_ROWS: &str = " FROM v";

/// The statement with `source` where it says `FROM v`.
fn with_source(statement: &str, source: &str) -> String {
    let ends_a_word = |at: &usize| !statement[at + FROM_ROWS.len()..].starts_with(is_of_a_word);
    match statement.match_indices(FROM_ROWS).map(|(at, _)| at).find(ends_a_word) {
        Some(at) => format!("{}{source}{}", &statement[..at], &statement[at + FROM_ROWS.len()..]),
        None => statement.to_owned(),
    }
}

fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The statement for one row, whose columns are its parameters.
fn for_a_row(statement: &str, columns: &[&str]) -> String {
    let statement = statement.replacen(" FROM v CROSS JOIN ", " FROM ", 1);
    let statement = with_source(&statement, "");
    let mut text = String::with_capacity(statement.len());
    let mut rest = statement.as_str();
    while let Some(at) = rest.find("v.") {
        let (before, found) = rest.split_at(at);
        text.push_str(before);
        let name = &found[2..];
        let end = name.find(|c| !is_of_a_word(c)).unwrap_or(name.len());
        let column = columns.iter().position(|column| column.trim_end_matches(TEXT) == &name[..end]);
        let is_alone = !before.ends_with(is_of_a_word);
        match column.filter(|_| is_alone) {
            Some(column) => text.push_str(&format!("?{}", column + 1)),
            None => text.push_str(&found[..2 + end]),
        }
        rest = &name[end..];
    }
    text.push_str(rest);
    text
}

/// An insert from arrays. Columns in which all rows are null are left out: their type would not be known.
fn insert_arrays<'v>(
    head: &str,
    tail: &str,
    values: &'v [Value<'v>],
    width: usize,
) -> Result<(String, Vec<Array<'v>>)> {
    let (table, _) = head.split_once('(').ok_or_else(|| without_columns(head))?;
    let (mut names, mut arrays, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (column, name) in columns_of(head)?.into_iter().enumerate() {
        let mut known =
            values.iter().skip(column).step_by(width).filter(|value| !matches!(value, Value::Null));
        let array = match known.next() {
            None => continue,
            Some(Value::Integer(_)) => Array::of(values, width, column, false),
            Some(Value::Text(_)) => Array::of(values, width, column, true),
            Some(Value::Real(_)) => Array::reals(values, width, column),
            Some(_) => return Err(Error::internal("only numbers and texts are inserted in bulk")),
        };
        places.push(format!("${}::{}", places.len() + 1, array.sql_type()));
        names.push(name);
        arrays.push(array);
    }
    let (names, places) = (names.join(", "), places.join(", "));
    Ok((format!("{table}({names}) SELECT * FROM UNNEST({places}) {tail}"), arrays))
}

fn columns_of(head: &str) -> Result<Vec<&str>> {
    let (_, columns) = head.split_once('(').ok_or_else(|| without_columns(head))?;
    Ok(columns.trim_end().trim_end_matches(')').split(',').map(str::trim).collect())
}

fn without_columns(head: &str) -> Error {
    Error::internal(format!("an insert without a list of columns: {head}"))
}

fn places(width: usize) -> Cow<'static, str> {
    let places: Vec<String> = (1..=width).map(|place| format!("?{place}")).collect();
    Cow::Owned(places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Migration;
    use crate::testing::TestStore;

    const TABLE: &[Migration] = &[Migration {
        id: "bulk/0001_table",
        sql: "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT, at BIGINT, note TEXT, UNIQUE (at))",
    }];
    const HEAD: &str = "INSERT INTO things (id, name, at, note)";

    fn thing(id: i64, at: Option<i64>) -> [Value<'static>; 4] {
        [Value::Integer(id), Value::Text("a".into()), at.map_or(Value::Null, Value::Integer), Value::Null]
    }

    type Thing = (i64, Option<String>, Option<i64>);

    fn all(tx: &mut Tx<'_>) -> Result<Vec<Thing>> {
        tx.query("SELECT id, name, at FROM things ORDER BY id", &[], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
    }

    #[test]
    fn rows_arrive_change_and_are_found() {
        TestStore::on_each(TABLE, |store| {
            store.db.write_blocking(|tx| {
                insert(tx, HEAD, "", (0..3).map(|id| thing(id, None)), |_| Ok(()))?;
                let mut ids = Vec::new();
                insert(tx, HEAD, "RETURNING id", (3..234).map(|id| thing(id, Some(id))), |row| {
                    ids.push(row.get::<i64>(0)?);
                    Ok(())
                })?;
                ids.sort_unstable();
                assert_eq!(ids, (3..234).collect::<Vec<_>>());
                let rows = (0..234).filter(|id| id % 2 == 0).map(|id| {
                    let name = if id % 4 == 0 { Value::Null } else { Value::Text(format!("n{id}").into()) };
                    [Value::Integer(id), name, Value::Integer(id * 1_000)]
                });
                let sql = "UPDATE things SET name = v.name, at = v.at FROM v WHERE things.id = v.id";
                update(tx, sql, &["id", "name:text", "at"], rows)?;
                let found = all(tx)?;
                assert_eq!(
                    found[2..5],
                    [
                        (2, Some("n2".into()), Some(2_000)),
                        (3, Some("a".into()), Some(3)),
                        (4, None, Some(4_000)),
                    ]
                );
                let mut counts = Vec::new();
                let sql = "SELECT v.least, COUNT(*) FROM v CROSS JOIN things WHERE things.at >= v.least \
                           AND things.name = v.name GROUP BY v.least";
                let rows = [3, 231, 999].map(|least| [Value::Integer(least), Value::Text("a".into())]);
                query(tx, sql, &["least", "name:text"], rows.into_iter(), |row| {
                    counts.push((row.get::<i64>(0)?, row.get::<i64>(1)?));
                    Ok(())
                })?;
                counts.sort_unstable();
                assert_eq!(counts, [(3, 116), (231, 2)]);
                Ok(())
            })
        })
        .unwrap();
    }

    #[test]
    fn what_met_a_conflict_is_told_apart() {
        TestStore::on_each(TABLE, |store| {
            store.db.write_blocking(|tx| {
                let rows = [(1, Some(7)), (2, Some(8)), (3, Some(7)), (4, None)];
                let rows = rows.into_iter().map(|(id, at)| thing(id, at));
                let went_in = insert_new(tx, HEAD, "ON CONFLICT (at) DO NOTHING", rows)?;
                assert_eq!(went_in, [true, true, false, true]);
                assert_eq!(all(tx)?.len(), 3);
                Ok(())
            })
        })
        .unwrap();
    }

    #[test]
    fn a_row_becomes_the_parameters_of_its_statement() {
        let columns = ["id", "worker:text"];
        let update = "UPDATE t SET w = v.worker FROM v WHERE t.id = v.id AND t.v2 = dev.id";
        assert_eq!(for_a_row(update, &columns), "UPDATE t SET w = ?2 WHERE t.id = ?1 AND t.v2 = dev.id");
        assert_eq!(
            from_arrays(update, &columns),
            "UPDATE t SET w = v.worker FROM UNNEST($1::bigint[], $2::text[]) AS v(id, worker) WHERE t.id = v.id \
             AND t.v2 = dev.id"
        );
    }

    #[test]
    fn rows_may_come_last() {
        let insert = "INSERT INTO t (a) SELECT v.a FROM v";
        assert_eq!(for_a_row(insert, &["a"]), "INSERT INTO t (a) SELECT ?1");
        assert!(from_arrays(insert, &["a"]).ends_with("FROM UNNEST($1::bigint[]) AS v(a)"));
    }

    #[test]
    fn lists_count_their_places() {
        let lists: Vec<_> = lists(&[7, 8, 9], 2, 3).map(|(places, values)| (places, values.len())).collect();
        assert_eq!(lists, [("$3, $4".to_owned(), 2), ("$3".to_owned(), 1)]);
    }
}
