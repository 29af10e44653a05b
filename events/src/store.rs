//! The SQL of events.

use std::collections::HashMap;
use std::fmt::Write as _;

use muster_alarms::Level;
use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, bulk, containing, params};
use sha2::{Digest, Sha256};

use crate::model::{Active, Category, Count, CountBy, Event, EventFilter, Facts, Kind, Repeats, Scope};

const COLUMNS: &str = "id, account_id, project_id, received_at, kind, category, source, name, level, state, \
                       occurred_at, group_id, resource_id, resource_name, dimensions, region, user_name, content, \
                       drill";
const INSERT: &str = "INSERT INTO events_events (id, account_id, project_id, received_at, kind, category, source, \
                      name, level, state, occurred_at, group_id, resource_id, resource_name, dimensions, region, \
                      user_name, content, drill, fingerprint)";
const LATEST_FIRST: &str = "occurred_at DESC, id DESC";
/// So much trouble of a project is looked at.
const MOST_ACTIVE: i64 = 10_000;
/// So many names of sources or users are told.
const MOST_NAMES: i64 = 100;

pub(crate) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Critical => "critical",
        Level::Major => "major",
        Level::Minor => "minor",
        Level::Info => "info",
    }
}

pub(crate) fn read_level(word: &str) -> Option<Level> {
    [Level::Critical, Level::Major, Level::Minor, Level::Info]
        .into_iter()
        .find(|level| level_word(*level) == word)
}

/// Keeps events. The number of each, and those that are new.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    facts: &[Facts],
    repeats: Repeats,
) -> Result<(Vec<i64>, Vec<Event>)> {
    let (mut ids, now) = (tx.new_ids(facts.len())?, tx.now());
    let fingerprints: Vec<Option<String>> = match repeats {
        Repeats::Same => facts.iter().map(|facts| Some(fingerprint(scope, facts))).collect(),
        Repeats::Another => vec![None; facts.len()],
    };
    let dimensions = facts.iter().map(|facts| write(&facts.dimensions)).collect::<Result<Vec<_>>>()?;
    let rows = facts.iter().zip(&ids).zip(&dimensions).zip(&fingerprints).map(
        |(((facts, id), dimensions), fingerprint)| {
            [
                id.to_value(),
                scope.account_id.to_value(),
                scope.project_id.to_value(),
                now.to_value(),
                Value::Text(facts.kind.as_str().into()),
                text_or_null(facts.category.map(Category::as_str)),
                facts.source.to_value(),
                facts.name.to_value(),
                text_or_null(facts.level.map(level_word)),
                facts.state.to_value(),
                facts.at.to_value(),
                facts.group_id.to_value(),
                facts.resource_id.to_value(),
                facts.resource_name.to_value(),
                dimensions.to_value(),
                facts.region.to_value(),
                facts.user.to_value(),
                facts.content.to_value(),
                facts.drill.to_value(),
                fingerprint.to_value(),
            ]
            .map(owned)
        },
    );
    let went_in = bulk::insert_new(tx, INSERT, "ON CONFLICT (fingerprint) DO NOTHING", rows)?;
    let mut known = HashMap::new();
    let repeated = fingerprints
        .iter()
        .zip(&went_in)
        .filter(|(_, new)| !**new)
        .filter_map(|(print, _)| print.as_deref().map(|print| [print.to_value()]));
    let sql = "SELECT e.fingerprint, e.id FROM v CROSS JOIN events_events e WHERE e.fingerprint = v.print";
    bulk::query(tx, sql, &["print:text"], repeated, |row| {
        known.insert(row.get::<String>(0)?, row.get::<i64>(1)?);
        Ok(())
    })?;
    let mut new = Vec::new();
    for (place, facts) in facts.iter().enumerate() {
        if went_in[place] {
            new.push(Event {
                id: ids[place],
                account_id: scope.account_id.to_owned(),
                project_id: scope.project_id.to_owned(),
                received_at: now,
                facts: facts.clone(),
            });
        } else if let Some(id) = fingerprints[place].as_ref().and_then(|print| known.get(print)) {
            ids[place] = *id;
        }
    }
    Ok((ids, new))
}

/// What two reports of the same event have in common.
fn fingerprint(scope: Scope<'_>, facts: &Facts) -> String {
    let (at, group) = (facts.at.millis().to_string(), facts.group_id.unwrap_or_default().to_string());
    digest([
        scope.account_id,
        scope.project_id,
        &facts.source,
        &facts.name,
        &facts.resource_id,
        &at,
        &facts.state,
        facts.level.map_or("", level_word),
        &facts.user,
        facts.kind.as_str(),
        &group,
    ])
}

/// A short name of texts that nothing else has.
pub(crate) fn digest<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..16])
}

fn text_or_null(word: Option<&'static str>) -> Value<'static> {
    word.map_or(Value::Null, |word| Value::Text(word.into()))
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(number),
        Value::Real(number) => Value::Real(number),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
    }
}

fn write(dimensions: &[(String, String)]) -> Result<String> {
    serde_json::to_string(dimensions).map_err(Error::internal)
}

/// Adds to what an account has reported in an hour; how many that are now.
pub(crate) fn take_in(tx: &mut Tx<'_>, account_id: &str, hour: i64, count: usize) -> Result<u64> {
    let count = i64::try_from(count).map_err(Error::internal)?;
    let taken: i64 = tx.query_one(
        "INSERT INTO events_intake (account_id, hour, accepted) VALUES ($1, $2, $3) ON CONFLICT (account_id, hour) \
         DO UPDATE SET accepted = events_intake.accepted + $3 RETURNING accepted",
        params![account_id, hour, count],
        |row| row.get(0),
    )?;
    Ok(taken.unsigned_abs())
}

pub(crate) fn prune_intake(tx: &mut Tx<'_>) -> Result<()> {
    let yesterday = tx.now().millis().div_euclid(3_600_000) - 24;
    tx.execute("DELETE FROM events_intake WHERE hour < $1", params![yesterday])?;
    Ok(())
}

/// Notes trouble, and what is over.
pub(crate) fn note_active(tx: &mut Tx<'_>, scope: Scope<'_>, events: &[Event], active_ms: i64) -> Result<()> {
    for event in events.iter().filter(|event| event.facts.concerns_something() && !event.facts.drill) {
        let facts = &event.facts;
        let dimensions = write(&facts.dimensions)?;
        let group = facts.group_id.unwrap_or_default().to_string();
        let subject =
            digest([&facts.source, &facts.name, &facts.resource_id, &dimensions, &group].map(String::as_str));
        if facts.is_all_clear() {
            tx.execute(
                "DELETE FROM events_active WHERE account_id = $1 AND project_id = $2 AND subject = $3 AND \
                 occurred_at <= $4",
                params![scope.account_id, scope.project_id, subject, facts.at],
            )?;
        } else if facts.is_trouble() {
            tx.execute(
                "INSERT INTO events_active (account_id, project_id, subject, event_id, kind, source, name, \
                 resource_id, dimensions, group_id, occurred_at, active_until) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT (account_id, project_id, subject) DO UPDATE SET event_id = excluded.event_id, \
                 occurred_at = excluded.occurred_at, active_until = excluded.active_until \
                 WHERE excluded.occurred_at >= events_active.occurred_at",
                params![
                    scope.account_id,
                    scope.project_id,
                    subject,
                    event.id,
                    facts.kind.as_str(),
                    facts.source,
                    facts.name,
                    facts.resource_id,
                    dimensions,
                    facts.group_id,
                    facts.at,
                    facts.at.plus_ms(active_ms)
                ],
            )?;
        }
    }
    Ok(())
}

pub(crate) fn active(tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Vec<Active>> {
    let now = tx.now();
    tx.query(
        "SELECT event_id, kind, source, name, resource_id, dimensions, group_id, occurred_at FROM events_active \
         WHERE account_id = $1 AND project_id = $2 AND active_until > $3 ORDER BY occurred_at DESC, event_id DESC \
         LIMIT $4",
        params![scope.account_id, scope.project_id, now, MOST_ACTIVE],
        |row| {
            Ok(Active {
                event_id: row.get(0)?,
                kind: kind(row, 1)?,
                source: row.get(2)?,
                name: row.get(3)?,
                resource_id: row.get(4)?,
                dimensions: dimensions(row, 5)?,
                group_id: row.get(6)?,
                at: row.get(7)?,
            })
        },
    )
}

pub(crate) fn prune_active(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    tx.execute("DELETE FROM events_active WHERE active_until <= $1", params![now])?;
    Ok(())
}

/// Forgets events that were reported before `before`, at most `limit`; how many. Ids grow with the time of the report,
/// so that the oldest are the first ones of the key.
pub(crate) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    let sql = format!(
        "DELETE FROM events_events WHERE id IN (SELECT id FROM (SELECT id, received_at FROM events_events \
         ORDER BY id LIMIT {limit}) AS oldest WHERE received_at < $1)"
    );
    Ok(usize::try_from(tx.execute(&sql, params![before])?).unwrap_or(usize::MAX))
}

pub(crate) fn find(tx: &mut Tx<'_>, account_id: &str, id: i64) -> Result<Option<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events_events WHERE id = $1 AND account_id = $2");
    tx.query_optional(&sql, params![id, account_id], event)
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &EventFilter,
    page: PageRequest,
) -> Result<Page<Event>> {
    let wanted = conditions(account_id, filter)?;
    let count = format!("SELECT COUNT(*) FROM events_events {}", wanted.sql());
    let total: i64 = tx.query_one(&count, wanted.values(), |row| row.get(0))?;
    let (wanted, values) = wanted.paged(LATEST_FIRST, page);
    let items = tx.query(&format!("SELECT {COLUMNS} FROM events_events {wanted}"), &values, event)?;
    Ok(Page { items, total: total.unsigned_abs() })
}

pub(crate) fn count(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &EventFilter,
    by: CountBy,
    page: PageRequest,
) -> Result<Page<Count>> {
    let by = match by {
        CountBy::Name => "kind, name",
        CountBy::NameAndState => "kind, source, name, level, state",
    };
    let wanted = conditions(account_id, filter)?;
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT DISTINCT {by} FROM events_events {}) AS sorts", wanted.sql());
    let total: i64 = tx.query_one(&sql, wanted.values(), |row| row.get(0))?;
    let mut values = wanted.values().to_vec();
    values.extend([Value::Integer(page.sql_limit()), Value::Integer(page.sql_offset())]);
    let sql = format!(
        "SELECT {COLUMNS}, number FROM (SELECT {COLUMNS}, COUNT(*) OVER (PARTITION BY {by}) AS number, \
         ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY {LATEST_FIRST}) AS place FROM events_events {}) AS sorts \
         WHERE place = 1 ORDER BY {LATEST_FIRST} LIMIT ${} OFFSET ${}",
        wanted.sql(),
        values.len() - 1,
        values.len()
    );
    let items = tx.query(&sql, &values, |row| {
        Ok(Count { count: row.get::<i64>(19)?.unsigned_abs(), latest: event(row)? })
    })?;
    Ok(Page { items, total: total.unsigned_abs() })
}

pub(crate) fn sources_and_users(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &EventFilter,
) -> Result<(Vec<String>, Vec<String>)> {
    let wanted = conditions(account_id, filter)?;
    let mut names = |column: &str| {
        let sql = format!(
            "SELECT DISTINCT {column} FROM events_events {} AND {column} <> '' ORDER BY {column} LIMIT {MOST_NAMES}",
            wanted.sql()
        );
        tx.query(&sql, wanted.values(), |row| row.get(0))
    };
    Ok((names("source")?, names("user_name")?))
}

/// How many events lie in each span of `width_ms` milliseconds from `from` on, by the span's place.
pub(crate) fn histogram(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &EventFilter,
    from: Timestamp,
    width_ms: i64,
) -> Result<Vec<(i64, u64)>> {
    let wanted = conditions(account_id, filter)?;
    let sql = format!(
        "SELECT (occurred_at - {}) / {width_ms} AS place, COUNT(*) FROM events_events {} GROUP BY 1",
        from.millis(),
        wanted.sql()
    );
    tx.query(&sql, wanted.values(), |row| Ok((row.get(0)?, row.get::<i64>(1)?.unsigned_abs())))
}

fn conditions<'v>(account_id: &'v str, filter: &'v EventFilter) -> Result<Conditions<'v>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_equals("project_id", filter.project_id.as_ref());
    wanted.and_equals("id", filter.id.as_ref());
    wanted.and_equals("kind", filter.kind.map(Kind::as_str));
    and_words(&mut wanted, "category", filter.categories.iter().map(|category| category.as_str()));
    wanted.and_equals("source", filter.source.as_ref());
    wanted.and_equals("name", filter.name.as_ref());
    and_words(&mut wanted, "level", filter.levels.iter().map(|level| level_word(*level)));
    wanted.and_equals("state", filter.state.as_ref());
    wanted.and_equals("user_name", filter.user.as_ref());
    wanted.and_equals("group_id", filter.group_id.as_ref());
    if let Some(dimensions) = &filter.dimensions {
        wanted.and("dimensions = ?", [Value::Text(write(dimensions)?.into())]);
    }
    let rows = &filter.keywords.0;
    if !rows.is_empty() {
        let mut sql = String::from("(");
        let mut values = Vec::new();
        for (nth, row) in rows.iter().enumerate() {
            sql.push_str(if nth == 0 { "(" } else { " OR (" });
            for (nth, word) in row.iter().enumerate() {
                let and = if nth == 0 { "" } else { " AND " };
                // Writing to a string cannot fail.
                let _ = write!(sql, "{and}(name LIKE ? ESCAPE '\\' OR content LIKE ? ESCAPE '\\')");
                values.extend([Value::Text(containing(word).into()), Value::Text(containing(word).into())]);
            }
            sql.push(')');
        }
        sql.push(')');
        wanted.and(&sql, values);
    }
    if let Some(from) = filter.from {
        wanted.and("occurred_at >= ?", [Value::Integer(from.millis())]);
    }
    if let Some(to) = filter.to {
        wanted.and("occurred_at <= ?", [Value::Integer(to.millis())]);
    }
    Ok(wanted)
}

fn and_words(wanted: &mut Conditions<'_>, column: &str, words: impl Iterator<Item = &'static str>) {
    let values: Vec<Value<'static>> = words.map(|word| Value::Text(word.into())).collect();
    if !values.is_empty() {
        let places = vec!["?"; values.len()].join(", ");
        wanted.and(&format!("{column} IN ({places})"), values);
    }
}

fn event(row: &Row<'_>) -> Result<Event> {
    let category: Option<String> = row.get(5)?;
    let level: Option<String> = row.get(8)?;
    Ok(Event {
        id: row.get(0)?,
        account_id: row.get(1)?,
        project_id: row.get(2)?,
        received_at: row.get(3)?,
        facts: Facts {
            kind: kind(row, 4)?,
            category: category.map(|word| known("category", Category::parse(&word), &word)).transpose()?,
            source: row.get(6)?,
            name: row.get(7)?,
            level: level.map(|word| known("level", read_level(&word), &word)).transpose()?,
            state: row.get(9)?,
            at: row.get(10)?,
            group_id: row.get(11)?,
            resource_id: row.get(12)?,
            resource_name: row.get(13)?,
            dimensions: dimensions(row, 14)?,
            region: row.get(15)?,
            user: row.get(16)?,
            content: row.get(17)?,
            drill: row.get(18)?,
        },
    })
}

fn kind(row: &Row<'_>, place: usize) -> Result<Kind> {
    let word: String = row.get(place)?;
    known("kind", Kind::parse(&word), &word)
}

fn dimensions(row: &Row<'_>, place: usize) -> Result<Vec<(String, String)>> {
    serde_json::from_str(&row.get::<String>(place)?).map_err(Error::internal)
}

/// A word of the store that this program does not know: a newer version wrote it, or the row is damaged.
pub(crate) fn known<T>(column: &str, parsed: Option<T>, word: &str) -> Result<T> {
    parsed.ok_or_else(|| Error::internal(format!("unknown {column} {word:?} in the store")))
}
