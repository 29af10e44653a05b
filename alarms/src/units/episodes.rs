//! The SQL of episodes.

use std::collections::HashMap;
use std::sync::Arc;

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, bulk, params};
use muster_metrics::{Sample, join_dimensions, split_dimensions};

use crate::model::{Ending, Episode, EpisodeFilter, EpisodeOrder, Level, Order, Owner, Rule, RuleSpec};
use crate::rules::store::origin;

/// Versions that one statement names.
const CHUNK: usize = 500;

const COLUMNS: &str = "e.id, e.origin, e.account_id, e.project_id, e.rule_id, e.rule_key, e.rule_made_at, e.version_id, \
                       e.policy_id, e.dimensions, e.level, e.ending, e.masked, e.began_at, e.last_at, e.ended_at, \
                       e.updated_at, e.points, e.event_id";

/// An episode whose rule's words stand elsewhere.
struct Bare {
    version_id: i64,
    episode: Episode,
}

/// Rows whose rules are still to be read; `spec` of each is empty.
fn bare(row: &Row<'_>) -> Result<Bare> {
    let unknown = |what: &str| Error::internal(format!("unknown {what} of an episode in the store"));
    let (dimensions, level, ending): (String, String, String) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let began_at: Timestamp = row.get(13)?;
    let rule = Rule {
        id: row.get(4)?,
        origin: origin(&row.get::<String>(1)?)?,
        account_id: row.get(2)?,
        project_id: row.get(3)?,
        key: row.get(5)?,
        enabled: true,
        spec: RuleSpec::default(),
        created_at: row.get(6)?,
        updated_at: began_at,
    };
    let episode = Episode {
        id: row.get(0)?,
        rule: Arc::new(rule),
        policy_id: row.get(8)?,
        dimensions: split_dimensions(&dimensions),
        level: Level::from_text(&level).ok_or_else(|| unknown("level"))?,
        ending: Ending::from_text(&ending).ok_or_else(|| unknown("end"))?,
        masked: row.get(12)?,
        began_at,
        last_at: row.get(14)?,
        ended_at: row.get(15)?,
        updated_at: row.get(16)?,
        points: points(&row.get::<String>(17)?)?,
        event_id: row.get(18)?,
    };
    Ok(Bare { version_id: row.get(7)?, episode })
}

/// Gives episodes their rules; those of one version share it.
fn dressed(tx: &mut Tx<'_>, bare: Vec<Bare>) -> Result<Vec<Episode>> {
    let mut versions: Vec<i64> = bare.iter().map(|bare| bare.version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    let mut specs: HashMap<i64, String> = HashMap::with_capacity(versions.len());
    for (places, values) in bulk::lists(&versions, CHUNK, 1) {
        let sql = format!("SELECT id, spec FROM alarms_versions WHERE id IN ({places})");
        tx.for_each(&sql, &values, |row| {
            specs.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    let mut rules: HashMap<i64, Arc<Rule>> = HashMap::with_capacity(specs.len());
    let mut episodes = Vec::with_capacity(bare.len());
    for Bare { version_id, mut episode } in bare {
        if let Some(rule) = rules.get(&version_id) {
            episode.rule = Arc::clone(rule);
        } else {
            let spec = specs.get(&version_id).ok_or_else(|| Error::internal("an episode's rule is gone"))?;
            let mut rule = Rule::clone(&episode.rule);
            rule.spec = serde_json::from_str(spec).map_err(Error::internal)?;
            episode.rule = Arc::new(rule);
            rules.insert(version_id, Arc::clone(&episode.rule));
        }
        episodes.push(episode);
    }
    Ok(episodes)
}

/// The points as they are kept: pairs of milliseconds and an exact number.
fn points(text: &str) -> Result<Vec<Sample>> {
    let point = |pair: &str| {
        let (at, value) = pair.split_once('=')?;
        Some(Sample { at: Timestamp::from_millis(at.parse().ok()?), value: value.parse().ok()? })
    };
    let points: Option<Vec<Sample>> = text.split_ascii_whitespace().map(point).collect();
    points.ok_or_else(|| Error::internal("unknown points of an episode in the store"))
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &EpisodeFilter,
    order: Order,
    page: PageRequest,
) -> Result<Page<Episode>> {
    let dimensions: Vec<String> = filter.dimensions.iter().map(|one| join_dimensions(one)).collect();
    let mut conditions = Conditions::new(
        "e.account_id = ? AND e.origin = ? AND e.project_id = ?",
        [owner.account_id.to_value(), Value::Text(owner.origin.as_str().into()), owner.project_id.to_value()],
    );
    conditions.and_one_of("e.id", &filter.ids);
    conditions.and_one_of("e.rule_key", &filter.keys);
    conditions.and_contains("e.name", filter.name_contains.as_deref());
    conditions.and_equals("e.name", filter.name.as_deref());
    conditions.and_one_of("e.ending", &filter.endings);
    conditions.and_one_of("e.level", &filter.levels);
    conditions.and_equals("e.namespace", filter.namespace.as_deref());
    conditions.and_equals("e.metric", filter.metric.as_deref());
    conditions.and_equals("e.group_id", filter.group_id.as_ref());
    conditions.and_equals("e.masked", filter.masked.as_ref());
    conditions.and_equals("e.is_event", filter.is_event.as_ref());
    conditions.and_one_of("e.dimensions", &dimensions);
    conditions.and_equals("e.dimension_values", filter.values.as_deref());
    for (column, (from, to)) in [("e.began_at", filter.began), ("e.updated_at", filter.updated)] {
        if let Some(from) = from {
            conditions.and(&format!("{column} >= ?"), [Value::Integer(from.millis())]);
        }
        if let Some(to) = to {
            conditions.and(&format!("{column} <= ?"), [Value::Integer(to.millis())]);
        }
    }
    let sql = format!("SELECT COUNT(*) FROM alarms_episodes e {}", conditions.sql());
    let total = tx.query_one(&sql, conditions.values(), |row| row.get(0))?;
    let column = match order.by {
        EpisodeOrder::Updated => "e.updated_at",
        EpisodeOrder::Began => "e.began_at",
        EpisodeOrder::Level => {
            "CASE e.level WHEN 'critical' THEN 1 WHEN 'major' THEN 2 WHEN 'minor' THEN 3 ELSE 4 END"
        }
        EpisodeOrder::Id => "e.id",
    };
    let direction = if order.ascending { "" } else { " DESC" };
    let (clause, values) = conditions.paged(&format!("{column}{direction}, e.id{direction}"), page);
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM alarms_episodes e {clause}"), &values, bare)?;
    Ok(Page { items: dressed(tx, rows)?, total })
}

/// Episodes by number, whoever owns them.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, Episode>> {
    let mut rows = Vec::with_capacity(ids.len());
    for (places, values) in bulk::lists(ids, CHUNK, 1) {
        let sql = format!("SELECT {COLUMNS} FROM alarms_episodes e WHERE e.id IN ({places})");
        rows.extend(tx.query(&sql, &values, bare)?);
    }
    Ok(dressed(tx, rows)?.into_iter().map(|episode| (episode.id, episode)).collect())
}

/// Removes some episodes that ended before, with their notices and the versions that only they tell of; how many.
pub(crate) fn forget(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    let gone: Vec<(i64, i64)> = tx.query(
        "DELETE FROM alarms_episodes WHERE id IN
             (SELECT id FROM alarms_episodes WHERE ended_at < $1 ORDER BY ended_at LIMIT $2) RETURNING id, version_id",
        params![before, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let ids: Vec<i64> = gone.iter().map(|(id, _)| *id).collect();
    for (places, values) in bulk::lists(&ids, CHUNK, 1) {
        tx.execute(&format!("DELETE FROM alarms_notices WHERE episode_id IN ({places})"), &values)?;
    }
    let mut versions: Vec<i64> = gone.iter().map(|(_, version)| *version).collect();
    versions.sort_unstable();
    versions.dedup();
    for (places, values) in bulk::lists(&versions, CHUNK, 1) {
        tx.execute(
            &format!(
                "DELETE FROM alarms_versions WHERE id IN ({places})
                     AND NOT EXISTS (SELECT 1 FROM alarms_rules r WHERE r.version_id = alarms_versions.id)
                     AND NOT EXISTS (SELECT 1 FROM alarms_episodes e WHERE e.version_id = alarms_versions.id)"
            ),
            &values,
        )?;
    }
    Ok(gone.len() as u64)
}
