//! Many rows in one statement.
//!
//! A statement is a round trip on PostgreSQL, and an engine moves thousands of rows in a transaction. Rows go in
//! chunks of fixed sizes, so that the texts of the statements stay few and both databases keep them prepared.

use muster_core::Result;
use muster_db::{Row, Tx, Value};

/// Sizes of chunks, the largest first; the last must be 1.
const SIZES: [usize; 3] = [100, 10, 1];

/// `ids` in chunks of at most `most`, each with its places `$n` counted from `first`.
pub(crate) fn lists(
    ids: &[i64],
    most: usize,
    first: usize,
) -> impl Iterator<Item = (String, Vec<Value<'static>>)> {
    ids.chunks(most).map(move |chunk| {
        let places: Vec<String> = (first..first + chunk.len()).map(|place| format!("${place}")).collect();
        (places.join(", "), chunk.iter().copied().map(Value::Integer).collect())
    })
}

/// Inserts rows: `head` as far as `VALUES`, then `tail`, such as `ON CONFLICT DO NOTHING RETURNING id`, whose rows
/// go to `take`.
pub(crate) fn insert<'v, const N: usize>(
    tx: &mut Tx<'_>,
    head: &str,
    tail: &str,
    rows: impl Iterator<Item = [Value<'v>; N]>,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    in_chunks(&values, N, |count, chunk| {
        let sql = format!("{head} VALUES {} {tail}", tuples(count, N, |place, _| format!("${place}")));
        tx.for_each(&sql, chunk, &mut take)
    })
}

/// Updates rows from values: `statement` may use them as the table `v` with these columns. A column is a whole
/// number unless its name ends in `:text`.
pub(crate) fn update<'v, const N: usize>(
    tx: &mut Tx<'_>,
    statement: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = [Value<'v>; N]>,
) -> Result<()> {
    with(columns, rows, |values, chunk| tx.execute(&format!("{values} {statement}"), chunk).map(drop))
}

/// Asks about values, which `statement` may use as in [`update`]; the rows of all chunks go to `take`.
pub(crate) fn query<'v, const N: usize>(
    tx: &mut Tx<'_>,
    statement: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = [Value<'v>; N]>,
    mut take: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    with(columns, rows, |values, chunk| tx.for_each(&format!("{values} {statement}"), chunk, &mut take))
}

fn with<'v, const N: usize>(
    columns: &[&str; N],
    rows: impl Iterator<Item = [Value<'v>; N]>,
    mut run: impl FnMut(&str, &[Value<'v>]) -> Result<()>,
) -> Result<()> {
    let values: Vec<Value<'v>> = rows.flatten().collect();
    let names: Vec<&str> = columns.iter().map(|column| column.trim_end_matches(":text")).collect();
    in_chunks(&values, N, |count, chunk| {
        // PostgreSQL takes the columns' types from the casts; SQLite passes values through them.
        let cast = |place: usize, column: usize| {
            let kind = if columns[column].ends_with(":text") { "TEXT" } else { "BIGINT" };
            format!("CAST(${place} AS {kind})")
        };
        let tuples = tuples(count, N, cast);
        run(&format!("WITH v({}) AS (VALUES {tuples})", names.join(", ")), chunk)
    })
}

fn in_chunks<'v>(
    values: &[Value<'v>],
    width: usize,
    mut run: impl FnMut(usize, &[Value<'v>]) -> Result<()>,
) -> Result<()> {
    let mut rest = values;
    for size in SIZES {
        while rest.len() >= size * width {
            let (chunk, left) = rest.split_at(size * width);
            run(size, chunk)?;
            rest = left;
        }
    }
    Ok(())
}

fn tuples(count: usize, width: usize, place: impl Fn(usize, usize) -> String) -> String {
    let rows: Vec<String> = (0..count)
        .map(|row| {
            let places: Vec<String> =
                (0..width).map(|column| place(row * width + column + 1, column)).collect();
            format!("({})", places.join(", "))
        })
        .collect();
    rows.join(", ")
}

#[cfg(test)]
mod tests {
    use muster_db::Migration;
    use muster_db::testing::TestStore;

    use super::*;

    const TABLE: &[Migration] = &[Migration {
        id: "bulk/0001_table",
        sql: "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT, at BIGINT)",
    }];

    #[test]
    fn rows_of_all_chunk_sizes_arrive_and_change() {
        TestStore::on_each(TABLE, |store| {
            store.db.write_blocking(|tx| {
                let rows = (0..234).map(|id| [Value::Integer(id), Value::Text("a".into()), Value::Null]);
                let mut ids = Vec::new();
                insert(tx, "INSERT INTO things (id, name, at)", "RETURNING id", rows, |row| {
                    ids.push(row.get::<i64>(0)?);
                    Ok(())
                })?;
                assert_eq!(ids.len(), 234);
                let rows = (0..234).filter(|id| id % 2 == 0).map(|id| {
                    let name = if id % 4 == 0 { Value::Null } else { Value::Text(format!("n{id}").into()) };
                    [Value::Integer(id), name, Value::Integer(id * 2)]
                });
                let sql = "UPDATE things SET name = v.name, at = v.at FROM v WHERE things.id = v.id";
                update(tx, sql, &["id", "name:text", "at"], rows)?;
                let found =
                    tx.query("SELECT name, at FROM things WHERE id IN (3, 4, 6) ORDER BY id", &[], |row| {
                        Ok((row.get::<Option<String>>(0)?, row.get::<Option<i64>>(1)?))
                    })?;
                assert_eq!(found, [(Some("a".into()), None), (None, Some(8)), (Some("n6".into()), Some(12))]);
                Ok(())
            })
        })
        .unwrap();
    }

    #[test]
    fn lists_count_their_places() {
        let lists: Vec<_> = lists(&[7, 8, 9], 2, 3).map(|(places, values)| (places, values.len())).collect();
        assert_eq!(lists, [("$3, $4".to_owned(), 2), ("$3".to_owned(), 1)]);
    }
}
