//! All SQL of the metrics store.

use std::collections::HashSet;
use std::fmt::Write as _;

use muster_core::{Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, params};

use crate::memory::{Outgoing, Stored};
use crate::model::{
    Metric, NewSample, Scope, Series, SeriesFilter, SeriesId, SeriesName, SeriesPage, ValueKind,
    dimension_text,
};

/// Rows of one statement: few enough for 65,535 parameters.
const ROWS: usize = 500;

/// What is true of the whole store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Grows when live series fall silent.
    pub(crate) generation: i64,
    /// The log up to here is in chunks.
    pub(crate) sealed_log_id: i64,
    /// No sample in a chunk is later.
    pub(crate) sealed_end: Timestamp,
    /// Windows before this day are in roll-ups, and their samples may be gone.
    pub(crate) rolled_until: Timestamp,
    /// What chunks and roll-ups weigh.
    pub(crate) stored_bytes: i64,
}

pub(crate) fn state(tx: &mut Tx<'_>) -> Result<State> {
    let state = tx.query_optional(
        "SELECT generation, sealed_log_id, sealed_end, rolled_until, stored_bytes FROM metrics_state WHERE id = 1",
        params![],
        |row| {
            Ok(State {
                generation: row.get(0)?,
                sealed_log_id: row.get(1)?,
                sealed_end: row.get(2)?,
                rolled_until: row.get(3)?,
                stored_bytes: row.get(4)?,
            })
        },
    )?;
    Ok(state.unwrap_or_default())
}

/// Makes the row that the others change, if it is not there yet.
pub(crate) fn begin(tx: &mut Tx<'_>) -> Result<()> {
    let sql = "INSERT INTO metrics_state VALUES (1, 0, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING";
    tx.execute(sql, params![]).map(|_| ())
}

/// Holds all other calls that write samples until this one has committed, so that rows of the log appear in the order
/// of their ids.
pub(crate) fn lock_log(tx: &mut Tx<'_>) -> Result<()> {
    tx.exclusive("metrics.log")
}

pub(crate) fn append(tx: &mut Tx<'_>, data: &[u8]) -> Result<()> {
    let id = tx.new_id()?;
    tx.execute("INSERT INTO metrics_log (id, data) VALUES ($1, $2)", params![id, data]).map(|_| ())
}

pub(crate) fn log_after(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    tx.query(
        "SELECT id, data FROM metrics_log WHERE id > $1 ORDER BY id LIMIT $2",
        params![after, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Removes some rows of the log up to this one; how many.
pub(crate) fn cut_log(tx: &mut Tx<'_>, until: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM metrics_log WHERE id IN (SELECT id FROM metrics_log WHERE id <= $1 ORDER BY id LIMIT 64)",
        params![until],
    )
}

pub(crate) fn set_sealed(tx: &mut Tx<'_>, log_id: i64, end: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE metrics_state SET sealed_log_id = $1,
             sealed_end = CASE WHEN sealed_end > $2 THEN sealed_end ELSE $2 END WHERE id = 1",
        params![log_id, end],
    )
    .map(|_| ())
}

pub(crate) fn set_rolled(tx: &mut Tx<'_>, until: Timestamp) -> Result<()> {
    tx.execute("UPDATE metrics_state SET rolled_until = $1 WHERE id = 1", params![until]).map(|_| ())
}

pub(crate) fn add_stored_bytes(tx: &mut Tx<'_>, bytes: i64) -> Result<()> {
    tx.execute("UPDATE metrics_state SET stored_bytes = stored_bytes + $1 WHERE id = 1", params![bytes])
        .map(|_| ())
}

/// A row of a series, with whose it is and what the store noted of it.
pub(crate) struct SeriesRow {
    pub(crate) account_id: String,
    pub(crate) project_id: String,
    pub(crate) series: Series,
    pub(crate) stored: Stored,
    pub(crate) live: bool,
}

const SERIES: &str =
    "account_id, project_id, id, name, namespace, metric, unit, kind, ttl_ms, seen_at, last_at, live";

fn series_row(row: &Row<'_>) -> Result<SeriesRow> {
    let (name, namespace, metric): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let unit: String = row.get(6)?;
    let kind: i64 = row.get(7)?;
    Ok(SeriesRow {
        account_id: row.get(0)?,
        project_id: row.get(1)?,
        series: Series {
            id: SeriesId(row.get(2)?),
            name: SeriesName::from_text(&name, &namespace, &metric),
            unit: unit.into(),
            kind: if kind == 1 { ValueKind::Integer } else { ValueKind::Float },
            ttl_ms: row.get(8)?,
        },
        stored: Stored { seen_at: row.get(9)?, last_at: row.get(10)? },
        live: row.get(11)?,
    })
}

fn kind_number(kind: ValueKind) -> i64 {
    i64::from(kind == ValueKind::Integer)
}

/// Live series whose id is greater.
pub(crate) fn live_after(tx: &mut Tx<'_>, after: i64, mut take: impl FnMut(SeriesRow)) -> Result<()> {
    let sql = format!("SELECT {SERIES} FROM metrics_series WHERE id > $1 AND live = 1 ORDER BY id");
    tx.for_each(&sql, params![after], |row| {
        take(series_row(row)?);
        Ok(())
    })
}

pub(crate) fn live_ids(tx: &mut Tx<'_>) -> Result<Vec<SeriesId>> {
    tx.query("SELECT id FROM metrics_series WHERE live = 1", params![], |row| row.get(0).map(SeriesId))
}

/// Those of these series that exist.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[SeriesId]) -> Result<Vec<SeriesRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(ROWS) {
        let ids: Vec<i64> = part.iter().map(|id| id.0).collect();
        let mut conditions = Conditions::new("1 = 1", []);
        conditions.and_one_of("id", &ids);
        let sql = format!("SELECT {SERIES} FROM metrics_series {}", conditions.sql());
        found.extend(tx.query(&sql, conditions.values(), series_row)?);
    }
    Ok(found)
}

/// Whether a live series has these dimensions.
pub(crate) fn has_live(tx: &mut Tx<'_>, scope: Scope<'_>, namespace: &str, dimensions: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM metrics_series
         WHERE account_id = $1 AND project_id = $2 AND namespace = $3 AND dimensions = $4 AND live = 1 LIMIT 1",
        params![scope.account_id, scope.project_id, namespace, format!(",{dimensions},")],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

/// Those of these names of a scope that exist.
pub(crate) fn by_names(tx: &mut Tx<'_>, scope: Scope<'_>, names: &[&str]) -> Result<Vec<SeriesRow>> {
    let mut found = Vec::with_capacity(names.len());
    for part in names.chunks(ROWS) {
        let mut conditions = of_scope(scope);
        conditions.and_one_of("name", part);
        let sql = format!("SELECT {SERIES} FROM metrics_series {}", conditions.sql());
        found.extend(tx.query(&sql, conditions.values(), series_row)?);
    }
    Ok(found)
}

fn of_scope(scope: Scope<'_>) -> Conditions<'_> {
    Conditions::new(
        "account_id = ? AND project_id = ?",
        [scope.account_id.to_value(), scope.project_id.to_value()],
    )
}

/// Counts so many more live series of the account, unless there would be more than `limit`.
pub(crate) fn count_more(tx: &mut Tx<'_>, account_id: &str, more: usize, limit: u64) -> Result<bool> {
    let (more, limit) = (i64::try_from(more).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    if more > limit {
        return Ok(false);
    }
    let changed = tx.execute(
        "INSERT INTO metrics_series_counts (account_id, live) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET live = metrics_series_counts.live + $2
         WHERE metrics_series_counts.live <= $3",
        params![account_id, more, limit - more],
    )?;
    Ok(changed == 1)
}

pub(crate) fn insert_series(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    series: &[(SeriesId, &NewSample)],
    own: bool,
) -> Result<()> {
    const COLUMNS: usize = 15;
    let now = tx.now();
    for part in series.chunks(ROWS) {
        let mut sql = "INSERT INTO metrics_series (id, account_id, project_id, name, namespace, metric, \
                       dimension_names, dimensions, unit, kind, ttl_ms, live, own, seen_at, last_at) VALUES "
            .to_owned();
        push_places(&mut sql, part.len(), COLUMNS);
        let mut values = Vec::with_capacity(part.len() * COLUMNS);
        for (id, new) in part {
            let names: Vec<String> = new.series.dimensions().into_iter().map(|(name, _)| name).collect();
            values.extend([
                Value::Integer(id.0),
                scope.account_id.to_value(),
                scope.project_id.to_value(),
                new.series.text().to_value(),
                new.series.namespace().to_value(),
                new.series.metric().to_value(),
                Value::Text(names.join(",").into()),
                Value::Text(format!(",{},", new.series.dimensions_text()).into()),
                Value::Text((*new.unit).into()),
                Value::Integer(kind_number(new.kind)),
                Value::Integer(new.ttl_ms),
                Value::Integer(1),
                Value::Integer(own.into()),
                Value::Integer(now.millis()),
                Value::Integer(new.sample.at.millis()),
            ]);
        }
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

/// Notes what a series was told last, and that it lives.
pub(crate) fn touch_series(tx: &mut Tx<'_>, id: SeriesId, new: &NewSample) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE metrics_series SET unit = $2, kind = $3, ttl_ms = $4, live = 1, seen_at = $5,
             last_at = CASE WHEN last_at > $6 THEN last_at ELSE $6 END WHERE id = $1",
        params![id.0, &*new.unit, kind_number(new.kind), new.ttl_ms, now, new.sample.at],
    )
    .map(|_| ())
}

/// Writes chunks, and notes that their series were reported.
pub(crate) fn insert_chunks(tx: &mut Tx<'_>, chunks: &[Outgoing]) -> Result<()> {
    const COLUMNS: usize = 7;
    // A series may have been removed since.
    let series: Vec<SeriesId> = chunks.iter().map(|outgoing| outgoing.series).collect();
    let there: HashSet<SeriesId> = by_ids(tx, &series)?.into_iter().map(|row| row.series.id).collect();
    let chunks: Vec<&Outgoing> = chunks.iter().filter(|outgoing| there.contains(&outgoing.series)).collect();
    if chunks.is_empty() {
        return Ok(());
    }
    let (ids, now) = (tx.new_ids(chunks.len())?, tx.now());
    let mut sql =
        "INSERT INTO metrics_chunks (id, series_id, starts_at, ends_at, samples, raw_only, data) VALUES "
            .to_owned();
    push_places(&mut sql, chunks.len(), COLUMNS);
    let mut values = Vec::with_capacity(chunks.len() * COLUMNS);
    for (id, outgoing) in ids.into_iter().zip(&chunks) {
        let chunk = &outgoing.chunk;
        values.extend([
            Value::Integer(id),
            Value::Integer(outgoing.series.0),
            Value::Integer(chunk.start.millis()),
            Value::Integer(chunk.end.millis()),
            Value::Integer(chunk.count.into()),
            Value::Integer(outgoing.raw_only.into()),
            Value::Bytes(chunk.bytes.as_ref().into()),
        ]);
    }
    tx.execute(&sql, &values)?;
    for outgoing in &chunks {
        tx.execute(
            "UPDATE metrics_series SET seen_at = $2,
                 last_at = CASE WHEN last_at > $3 THEN last_at ELSE $3 END WHERE id = $1",
            params![outgoing.series.0, now, outgoing.chunk.end],
        )?;
    }
    let bytes: usize = chunks.iter().map(|outgoing| outgoing.chunk.bytes.len()).sum();
    add_stored_bytes(tx, i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn push_places(sql: &mut String, rows: usize, columns: usize) {
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            // Writing to a string cannot fail.
            let _ = write!(sql, "{}${}", if column == 1 { "" } else { ", " }, row * columns + column);
        }
        sql.push(')');
    }
}

/// Hands over the chunks of a series that touch this span, in the order in which they were written.
pub(crate) fn chunks(
    tx: &mut Tx<'_>,
    series: SeriesId,
    (from, to): (Timestamp, Timestamp),
    with_raw_only: bool,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    tx.for_each(
        "SELECT data FROM metrics_chunks
         WHERE series_id = $1 AND ends_at >= $2 AND starts_at <= $3 AND raw_only <= $4 ORDER BY id",
        params![series.0, from, to, with_raw_only],
        |row| match row.column(0)? {
            muster_db::Column::Bytes(bytes) => take(bytes),
            _ => Err(crate::codec::damaged()),
        },
    )
}

/// The first instant of which there is a chunk.
pub(crate) fn first_chunk(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.query_one("SELECT min(starts_at) FROM metrics_chunks", params![], |row| row.get(0))
}

/// Some series with chunks that touch this span, by id, after this one.
pub(crate) fn series_with_chunks(
    tx: &mut Tx<'_>,
    (from, to): (Timestamp, Timestamp),
    after: i64,
    limit: i64,
) -> Result<Vec<SeriesId>> {
    tx.query(
        "SELECT DISTINCT series_id FROM metrics_chunks
         WHERE series_id > $1 AND ends_at >= $2 AND starts_at <= $3 ORDER BY series_id LIMIT $4",
        params![after, from, to, limit],
        |row| row.get(0).map(SeriesId),
    )
}

pub(crate) fn rollup_rows(
    tx: &mut Tx<'_>,
    series: SeriesId,
    tier_s: u32,
    (from, to): (Timestamp, Timestamp),
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    tx.for_each(
        "SELECT data FROM metrics_rollups
         WHERE series_id = $1 AND period_s = $2 AND starts_at BETWEEN $3 AND $4 ORDER BY starts_at",
        params![series.0, tier_s, from, to],
        |row| match row.column(0)? {
            muster_db::Column::Bytes(bytes) => take(bytes),
            _ => Err(crate::codec::damaged()),
        },
    )
}

pub(crate) fn put_rollup(
    tx: &mut Tx<'_>,
    series: SeriesId,
    tier_s: u32,
    start: Timestamp,
    data: &[u8],
) -> Result<()> {
    tx.execute(
        "INSERT INTO metrics_rollups (series_id, period_s, starts_at, data) VALUES ($1, $2, $3, $4)
         ON CONFLICT (series_id, period_s, starts_at) DO UPDATE SET data = $4",
        params![series.0, tier_s, start, data],
    )
    .map(|_| ())
}

/// Removes some chunks that ended before; how many, and their weight.
pub(crate) fn cut_chunks(tx: &mut Tx<'_>, before: Timestamp) -> Result<(u64, i64)> {
    let weights = tx.query(
        "DELETE FROM metrics_chunks WHERE id IN
             (SELECT id FROM metrics_chunks WHERE ends_at < $1 ORDER BY ends_at LIMIT 1000)
         RETURNING length(data)",
        params![before],
        |row| row.get::<i64>(0),
    )?;
    Ok((weights.len() as u64, weights.iter().sum()))
}

/// Removes some rows of a tier that began before; how many, and their weight.
pub(crate) fn cut_rollups(tx: &mut Tx<'_>, tier_s: u32, before: Timestamp) -> Result<(u64, i64)> {
    let weights = tx.query(
        "DELETE FROM metrics_rollups WHERE period_s = $1 AND starts_at < $2 AND series_id IN
             (SELECT series_id FROM metrics_rollups WHERE period_s = $1 AND starts_at < $2 ORDER BY starts_at LIMIT 500)
         RETURNING length(data)",
        params![tier_s, before],
        |row| row.get::<i64>(0),
    )?;
    Ok((weights.len() as u64, weights.iter().sum()))
}

/// Ends the life of some series that were not reported since; how many. They no longer count.
pub(crate) fn retire(tx: &mut Tx<'_>, silent_since: Timestamp) -> Result<u64> {
    let retired: Vec<(String, bool)> = tx.query(
        "UPDATE metrics_series SET live = 0 WHERE id IN
             (SELECT id FROM metrics_series WHERE live = 1 AND seen_at < $1 ORDER BY seen_at LIMIT 500)
         RETURNING account_id, own",
        params![silent_since],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (account, _) in retired.iter().filter(|(_, own)| !own) {
        tx.execute(
            "UPDATE metrics_series_counts SET live = live - 1 WHERE account_id = $1",
            params![account],
        )?;
    }
    if !retired.is_empty() {
        tx.execute("UPDATE metrics_state SET generation = generation + 1 WHERE id = 1", params![])?;
    }
    Ok(retired.len() as u64)
}

/// Removes these series of a scope, and all that is stored of them; how many there were.
pub(crate) fn remove(tx: &mut Tx<'_>, scope: Scope<'_>, series: &[SeriesId]) -> Result<u64> {
    let mut removed = 0;
    for part in series.chunks(ROWS) {
        let ids: Vec<i64> = part.iter().map(|id| id.0).collect();
        let mut conditions = of_scope(scope);
        conditions.and_one_of("id", &ids);
        let sql = format!("SELECT id, live, own FROM metrics_series {}", conditions.sql());
        let found: Vec<(i64, bool, bool)> =
            tx.query(&sql, conditions.values(), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (id, live, own) in found {
            let mut freed = 0;
            for table in ["metrics_chunks", "metrics_rollups"] {
                let sql = format!("DELETE FROM {table} WHERE series_id = $1 RETURNING length(data)");
                freed += tx.query(&sql, params![id], |row| row.get::<i64>(0))?.iter().sum::<i64>();
            }
            add_stored_bytes(tx, -freed)?;
            tx.execute("DELETE FROM metrics_series WHERE id = $1", params![id])?;
            if live && !own {
                tx.execute(
                    "UPDATE metrics_series_counts SET live = live - 1 WHERE account_id = $1",
                    params![scope.account_id],
                )?;
            }
            removed += 1;
        }
    }
    if removed > 0 {
        tx.execute(
            "INSERT INTO metrics_state VALUES (1, 1, 0, 0, 0, 0)
             ON CONFLICT (id) DO UPDATE SET generation = metrics_state.generation + 1",
            params![],
        )?;
    }
    Ok(removed)
}

/// Removes some series of which nothing is stored any more; how many.
pub(crate) fn remove_empty(tx: &mut Tx<'_>, silent_since: Timestamp) -> Result<u64> {
    tx.execute(
        "DELETE FROM metrics_series WHERE id IN
             (SELECT s.id FROM metrics_series s WHERE s.live = 0 AND s.seen_at < $1
                  AND NOT EXISTS (SELECT 1 FROM metrics_chunks c WHERE c.series_id = s.id)
                  AND NOT EXISTS (SELECT 1 FROM metrics_rollups r WHERE r.series_id = s.id)
              ORDER BY s.seen_at LIMIT 500)",
        params![silent_since],
    )
}

/// What a list asks: the filter, and that the series has a sample since this instant.
fn listed<'f>(scope: Scope<'f>, filter: &'f SeriesFilter, since: Timestamp) -> Conditions<'f> {
    let mut conditions = of_scope(scope);
    if let Some(namespace) = &filter.namespace {
        // All names of a namespace stand together, and so do those of a metric in it: '/' follows '.'.
        let prefix = filter
            .metric
            .as_ref()
            .map_or_else(|| namespace.clone(), |metric| format!("{namespace}.{metric}"));
        let (first, end) = (format!("{prefix}."), format!("{prefix}/"));
        conditions.and("name >= ? AND name < ?", [Value::Text(first.into()), Value::Text(end.into())]);
    }
    conditions.and_equals("namespace", filter.namespace.as_deref());
    conditions.and_equals("metric", filter.metric.as_deref());
    for (name, value) in &filter.dimensions {
        let text = format!(",{},", dimension_text(name, value));
        conditions.and_contains("dimensions", Some(&text));
    }
    if let Some(names) = &filter.dimension_names {
        let mut names = names.clone();
        names.sort_unstable();
        conditions.and("dimension_names = ?", [Value::Text(names.join(",").into())]);
    }
    conditions.and_contains("name", filter.text.as_deref());
    conditions.and("last_at >= ?", [Value::Integer(since.millis())]);
    conditions
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    filter: &SeriesFilter,
    since: Timestamp,
    page: SeriesPage<'_>,
) -> Result<Vec<Series>> {
    let mut conditions = listed(scope, filter, since);
    let after = page.after.map(str::to_owned);
    if let Some(after) = after {
        let condition = if page.descending { "name < ?" } else { "name > ?" };
        conditions.and(condition, [Value::Text(after.into())]);
    }
    let order = if page.descending { "name DESC" } else { "name" };
    let rows = muster_core::PageRequest { offset: 0, limit: page.limit };
    let (clause, values) = conditions.paged(order, rows);
    let sql = format!("SELECT {SERIES} FROM metrics_series {clause}");
    tx.query(&sql, &values, |row| series_row(row).map(|row| row.series))
}

/// The metrics of a scope, each found from the one before: series are in the order of their names.
pub(crate) fn metrics(tx: &mut Tx<'_>, scope: Scope<'_>, namespace: Option<&str>) -> Result<Vec<Metric>> {
    let mut metrics = Vec::new();
    let mut after = namespace.map(|namespace| format!("{namespace}.")).unwrap_or_default();
    loop {
        let mut conditions = of_scope(scope);
        conditions.and("name >= ?", [Value::Text(after.into())]);
        if let Some(namespace) = namespace {
            conditions.and("name < ?", [Value::Text(format!("{namespace}/").into())]);
        }
        let page = muster_core::PageRequest { offset: 0, limit: 1 };
        let (clause, values) = conditions.paged("name", page);
        let sql = format!("SELECT namespace, metric, unit, dimension_names FROM metrics_series {clause}");
        let found = tx.query(&sql, &values, |row| {
            let names: String = row.get(3)?;
            Ok(Metric {
                namespace: row.get(0)?,
                name: row.get(1)?,
                unit: row.get(2)?,
                dimension_names: names
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
            })
        })?;
        let Some(metric) = found.into_iter().next() else { return Ok(metrics) };
        // '/' follows '.', behind which the dimensions stand.
        after = format!("{}.{}/", metric.namespace, metric.name);
        if namespace.is_none_or(|namespace| namespace == metric.namespace) {
            metrics.push(metric);
        }
    }
}

pub(crate) fn count(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    filter: &SeriesFilter,
    since: Timestamp,
) -> Result<u64> {
    let conditions = listed(scope, filter, since);
    let sql = format!("SELECT count(*) FROM metrics_series {}", conditions.sql());
    tx.query_one(&sql, conditions.values(), |row| row.get(0))
}
