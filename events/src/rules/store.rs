//! The SQL of rules, their targets, and what became of matches.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, beginning_with, bulk, params};
use serde::{Deserialize, Serialize};

use super::model::{Match, MatchFilter, OneOf, Outcome, Pattern, Rule, RuleFilter, RuleSpec, Target, Told};
use crate::model::{Category, Event, Kind};
use crate::store::{known, level_word, read_level};

const COLUMNS: &str = "id, account_id, name, description, kind, enabled, group_id, silence_ms, patterns, created_at, updated_at";
const MATCH: &str = "id, account_id, rule_id, rule_name, event_id, at, outcome, told";

/// A pattern in the store: in words.
#[derive(Serialize, Deserialize)]
struct StoredPattern {
    source: Option<String>,
    categories: OneOf<String>,
    levels: OneOf<String>,
    names: OneOf<String>,
    states: OneOf<String>,
    keyword: String,
    condition: String,
}

impl StoredPattern {
    fn of(pattern: &Pattern) -> Self {
        Self {
            source: pattern.source.clone(),
            categories: words(&pattern.categories, |category| category.as_str()),
            levels: words(&pattern.levels, |level| level_word(*level)),
            names: pattern.names.clone(),
            states: pattern.states.clone(),
            keyword: pattern.keyword.clone(),
            condition: pattern.condition.clone(),
        }
    }

    fn read(self) -> Result<Pattern> {
        Ok(Pattern {
            source: self.source,
            categories: read_words(self.categories, "category", Category::parse)?,
            levels: read_words(self.levels, "level", read_level)?,
            names: self.names,
            states: self.states,
            keyword: self.keyword,
            condition: self.condition,
        })
    }
}

fn words<T>(wanted: &OneOf<T>, word: impl Fn(&T) -> &'static str) -> OneOf<String> {
    match wanted {
        OneOf::Unsaid => OneOf::Unsaid,
        OneOf::Any => OneOf::Any,
        OneOf::These(these) => OneOf::These(these.iter().map(|one| word(one).to_owned()).collect()),
    }
}

fn read_words<T>(stored: OneOf<String>, what: &str, parse: fn(&str) -> Option<T>) -> Result<OneOf<T>> {
    Ok(match stored {
        OneOf::Unsaid => OneOf::Unsaid,
        OneOf::Any => OneOf::Any,
        OneOf::These(these) => {
            let read = these.iter().map(|word| known(what, parse(word), word));
            OneOf::These(read.collect::<Result<_>>()?)
        }
    })
}

/// Makes or replaces a rule; its number.
pub(super) fn put(tx: &mut Tx<'_>, account_id: &str, name: &str, spec: &RuleSpec) -> Result<i64> {
    let (id, now) = (tx.new_id()?, tx.now());
    let patterns: Vec<StoredPattern> = spec.patterns.iter().map(StoredPattern::of).collect();
    let patterns = serde_json::to_string(&patterns).map_err(Error::internal)?;
    tx.query_one(
        &format!(
            "INSERT INTO events_rules ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
             ON CONFLICT (account_id, name) DO UPDATE SET description = excluded.description, \
             kind = excluded.kind, enabled = excluded.enabled, group_id = excluded.group_id, \
             silence_ms = excluded.silence_ms, patterns = excluded.patterns, updated_at = excluded.updated_at \
             RETURNING id"
        ),
        params![
            id,
            account_id,
            name,
            spec.description,
            spec.kind.as_str(),
            spec.enabled,
            spec.group_id,
            spec.silence_ms,
            patterns,
            now
        ],
        |row| row.get(0),
    )
}

pub(super) fn count(tx: &mut Tx<'_>, account_id: &str) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM events_rules WHERE account_id = $1";
    tx.query_one(sql, params![account_id], |row| row.get(0))
}

pub(super) fn find(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Option<Rule>> {
    let sql = format!("SELECT {COLUMNS} FROM events_rules WHERE account_id = $1 AND name = $2");
    tx.query_optional(&sql, params![account_id, name], rule)
}

pub(super) fn by_id(tx: &mut Tx<'_>, id: i64) -> Result<Option<Rule>> {
    let sql = format!("SELECT {COLUMNS} FROM events_rules WHERE id = $1");
    tx.query_optional(&sql, params![id], rule)
}

pub(super) fn enabled(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<Rule>> {
    let sql = format!("SELECT {COLUMNS} FROM events_rules WHERE account_id = $1 AND enabled = 1 ORDER BY id");
    tx.query(&sql, params![account_id], rule)
}

pub(super) fn list(
    tx: &mut Tx<'_>,
    account_id: &str,
    filter: &RuleFilter,
    page: PageRequest,
) -> Result<Page<Rule>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_equals("group_id", filter.group_id.as_ref());
    wanted.and_equals("enabled", filter.enabled.as_ref());
    if let Some(prefix) = &filter.name_prefix {
        wanted.and("name LIKE ? ESCAPE '\\'", [Value::Text(beginning_with(prefix).into())]);
    }
    let count = format!("SELECT COUNT(*) FROM events_rules {}", wanted.sql());
    let total: i64 = tx.query_one(&count, wanted.values(), |row| row.get(0))?;
    let (wanted, values) = wanted.paged("created_at DESC, name", page);
    let items = tx.query(&format!("SELECT {COLUMNS} FROM events_rules {wanted}"), &values, rule)?;
    Ok(Page { items, total: total.unsigned_abs() })
}

/// Switches a rule; whether it exists.
pub(super) fn switch(tx: &mut Tx<'_>, account_id: &str, name: &str, enabled: bool) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        "UPDATE events_rules SET enabled = $3, updated_at = $4 WHERE account_id = $1 AND name = $2",
        params![account_id, name, enabled, now],
    )?;
    Ok(changed > 0)
}

/// Deletes a rule with its targets; whether it existed. What became of its matches stays.
pub(super) fn delete(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<bool> {
    let sql = "DELETE FROM events_rules WHERE account_id = $1 AND name = $2 RETURNING id";
    let Some(id) = tx.query_optional(sql, params![account_id, name], |row| row.get::<i64>(0))? else {
        return Ok(false);
    };
    tx.execute("DELETE FROM events_rule_targets WHERE rule_id = $1", params![id])?;
    tx.execute("DELETE FROM events_silences WHERE rule_id = $1", params![id])?;
    Ok(true)
}

fn rule(row: &Row<'_>) -> Result<Rule> {
    let kind: String = row.get(4)?;
    let patterns: Vec<StoredPattern> =
        serde_json::from_str(&row.get::<String>(8)?).map_err(Error::internal)?;
    Ok(Rule {
        id: row.get(0)?,
        account_id: row.get(1)?,
        name: row.get(2)?,
        spec: RuleSpec {
            description: row.get(3)?,
            kind: known("kind", Kind::parse(&kind), &kind)?,
            enabled: row.get(5)?,
            group_id: row.get(6)?,
            silence_ms: row.get(7)?,
            patterns: patterns.into_iter().map(StoredPattern::read).collect::<Result<_>>()?,
        },
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
    })
}

/// The targets of a rule, list by list in the order in which they were put.
pub(super) fn targets(tx: &mut Tx<'_>, rule_id: i64) -> Result<Vec<Target>> {
    tx.query(
        "SELECT sort, target_id, target FROM events_rule_targets WHERE rule_id = $1 ORDER BY sort, position, target_id",
        params![rule_id],
        |row| {
            let aim = serde_json::from_str(&row.get::<String>(2)?).map_err(Error::internal)?;
            Ok(Target { list: row.get(0)?, id: row.get(1)?, aim })
        },
    )
}

/// Puts a target; one of the same list and key is replaced in its place.
pub(super) fn put_target(tx: &mut Tx<'_>, rule_id: i64, target: &Target, position: i64) -> Result<()> {
    let aim = serde_json::to_string(&target.aim).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO events_rule_targets (rule_id, sort, target_id, position, target) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (rule_id, sort, target_id) DO UPDATE SET target = excluded.target",
        params![rule_id, target.list, target.id, position, aim],
    )?;
    Ok(())
}

/// Deletes the targets of this key from all lists of a rule; how many there were.
pub(super) fn delete_target(tx: &mut Tx<'_>, rule_id: i64, id: &str) -> Result<u64> {
    tx.execute("DELETE FROM events_rule_targets WHERE rule_id = $1 AND target_id = $2", params![rule_id, id])
}

pub(super) fn insert_matches(tx: &mut Tx<'_>, account_id: &str, matches: &[(&Rule, &Event)]) -> Result<()> {
    let (ids, now) = (tx.new_ids(matches.len())?, tx.now());
    let rows = matches.iter().zip(&ids).map(|((rule, event), id)| {
        [
            Value::Integer(*id),
            account_id.to_value(),
            Value::Integer(rule.id),
            rule.name.to_value(),
            Value::Integer(event.id),
            Value::Integer(now.millis()),
            Value::Text(Outcome::Pending.as_str().into()),
            Value::Text("[]".into()),
        ]
    });
    bulk::insert(tx, &format!("INSERT INTO events_matches ({MATCH})"), "", rows, |_| Ok(()))
}

pub(super) fn any_pending(tx: &mut Tx<'_>) -> Result<bool> {
    let sql = "SELECT 1 FROM events_matches WHERE outcome = 'pending' LIMIT 1";
    Ok(tx.query_optional(sql, &[], |_| Ok(()))?.is_some())
}

/// The oldest matches about which nobody has decided.
pub(super) fn pending(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<Match>> {
    let sql =
        format!("SELECT {MATCH} FROM events_matches WHERE outcome = 'pending' ORDER BY id LIMIT {limit}");
    tx.query(&sql, &[], matched)
}

pub(super) fn settle(tx: &mut Tx<'_>, id: i64, outcome: Outcome, told: &[Told]) -> Result<()> {
    let told = serde_json::to_string(told).map_err(Error::internal)?;
    tx.execute(
        "UPDATE events_matches SET outcome = $2, told = $3 WHERE id = $1",
        params![id, outcome.as_str(), told],
    )?;
    Ok(())
}

pub(super) fn matches(tx: &mut Tx<'_>, account_id: &str, filter: &MatchFilter) -> Result<Vec<Match>> {
    let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
    wanted.and_equals("event_id", filter.event_id.as_ref());
    if let Some(before) = filter.before {
        wanted.and("id < ?", [Value::Integer(before)]);
    }
    let page = PageRequest { offset: 0, limit: filter.limit.into() };
    let (wanted, values) = wanted.paged("id DESC", page);
    tx.query(&format!("SELECT {MATCH} FROM events_matches {wanted}"), &values, matched)
}

fn matched(row: &Row<'_>) -> Result<Match> {
    let outcome: String = row.get(6)?;
    Ok(Match {
        id: row.get(0)?,
        account_id: row.get(1)?,
        rule_id: row.get(2)?,
        rule_name: row.get(3)?,
        event_id: row.get(4)?,
        at: row.get(5)?,
        outcome: known("outcome", Outcome::parse(&outcome), &outcome)?,
        told: serde_json::from_str(&row.get::<String>(7)?).map_err(Error::internal)?,
    })
}

/// When somebody was told last of this subject by this rule.
pub(super) fn told_at(tx: &mut Tx<'_>, rule_id: i64, subject: &str) -> Result<Option<Timestamp>> {
    let sql = "SELECT told_at FROM events_silences WHERE rule_id = $1 AND subject = $2";
    tx.query_optional(sql, params![rule_id, subject], |row| row.get(0))
}

pub(super) fn note_told(tx: &mut Tx<'_>, rule_id: i64, subject: &str, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO events_silences (rule_id, subject, told_at) VALUES ($1, $2, $3) \
         ON CONFLICT (rule_id, subject) DO UPDATE SET told_at = excluded.told_at",
        params![rule_id, subject, at],
    )?;
    Ok(())
}

/// Forgets matches from before `before`, at most `limit`, the oldest first; how many.
pub(crate) fn prune_matches(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    let sql = format!(
        "DELETE FROM events_matches WHERE id IN (SELECT id FROM (SELECT id, at FROM events_matches ORDER BY id \
         LIMIT {limit}) AS oldest WHERE at < $1)"
    );
    Ok(usize::try_from(tx.execute(&sql, params![before])?).unwrap_or(usize::MAX))
}

/// The same for when somebody was told last.
pub(crate) fn prune_silences(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    let sql = format!(
        "DELETE FROM events_silences WHERE (rule_id, subject) IN (SELECT rule_id, subject FROM events_silences \
         WHERE told_at < $1 ORDER BY told_at LIMIT {limit})"
    );
    Ok(usize::try_from(tx.execute(&sql, params![before])?).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use muster_alarms::Level;

    use super::*;

    #[test]
    fn a_pattern_is_read_as_it_was_written() {
        let pattern = Pattern {
            source: Some("ECS".to_owned()),
            categories: OneOf::These(vec![Category::Exception, Category::Maintenance]),
            levels: OneOf::These(vec![Level::Major, Level::Critical]),
            names: OneOf::Any,
            states: OneOf::Unsaid,
            keyword: "disk".to_owned(),
            condition: "level: CRITICAL".to_owned(),
        };
        let text = serde_json::to_string(&StoredPattern::of(&pattern)).unwrap();
        let read: StoredPattern = serde_json::from_str(&text).unwrap();
        assert_eq!(read.read().unwrap(), pattern);
    }
}
