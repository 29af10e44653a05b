//! The SQL of units.

use std::collections::HashMap;

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::{Conditions, Row, ToValue, Tx, Value, bulk, params};
use muster_metrics::{Sample, join_dimensions, split_dimensions};

use crate::model::{Ending, Owner, State, Unit, UnitFilter};

/// Numbers that one statement names.
const CHUNK: usize = 500;

pub(super) const COLUMNS: &str = "u.rule_id, u.policy_id, u.dimensions, u.state, u.since, u.episode_id, u.told_at, \
                                  u.last_at, u.last_value";

pub(super) fn unit(row: &Row<'_>) -> Result<Unit> {
    let (dimensions, state): (String, String) = (row.get(2)?, row.get(3)?);
    let (at, value): (Option<_>, Option<_>) = (row.get(7)?, row.get(8)?);
    Ok(Unit {
        rule_id: row.get(0)?,
        policy_id: row.get(1)?,
        dimensions: split_dimensions(&dimensions),
        state: self::state(&state)?,
        since: row.get(4)?,
        episode_id: row.get(5)?,
        told_at: row.get(6)?,
        last: at.zip(value).map(|(at, value)| Sample { at, value }),
    })
}

pub(super) fn state(word: &str) -> Result<State> {
    State::from_text(word).ok_or_else(|| Error::internal(format!("unknown state {word:?} in the store")))
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &UnitFilter,
    page: PageRequest,
) -> Result<Page<Unit>> {
    let dimensions: Vec<String> = filter.dimensions.iter().map(|one| join_dimensions(one)).collect();
    let mut conditions = Conditions::new(
        "r.account_id = ? AND r.origin = ? AND r.project_id = ?",
        [owner.account_id.to_value(), Value::Text(owner.origin.as_str().into()), owner.project_id.to_value()],
    );
    conditions.and_one_of("u.rule_id", &filter.rule_ids);
    conditions.and_one_of("u.dimensions", &dimensions);
    conditions.and_equals("r.group_id", filter.group_id.as_ref());
    conditions.and_equals("r.namespace", filter.namespace.as_deref());
    if filter.in_alarm {
        conditions.and("u.state NOT IN ('ok', 'unknown')", []);
    }
    if let Some(before) = filter.since_before {
        conditions.and("u.since < ?", [Value::Integer(before.millis())]);
    }
    let from = "FROM alarms_units u JOIN alarms_rules r ON r.id = u.rule_id";
    let sql = format!("SELECT COUNT(*) {from} {}", conditions.sql());
    let total = tx.query_one(&sql, conditions.values(), |row| row.get(0))?;
    let (clause, values) = conditions.paged("u.since, u.policy_id, u.dimensions", page);
    let items = tx.query(&format!("SELECT {COLUMNS} {from} {clause}"), &values, unit)?;
    Ok(Page { items, total })
}

pub(crate) fn worst(tx: &mut Tx<'_>, rules: &[i64]) -> Result<HashMap<i64, State>> {
    let mut worst: HashMap<i64, State> = HashMap::with_capacity(rules.len());
    for (places, values) in bulk::lists(rules, CHUNK, 1) {
        let sql = format!("SELECT DISTINCT rule_id, state FROM alarms_units WHERE rule_id IN ({places})");
        tx.for_each(&sql, &values, |row| {
            let state = state(&row.get::<String>(1)?)?;
            worst.entry(row.get(0)?).and_modify(|known| *known = known.worse(state)).or_insert(state);
            Ok(())
        })?;
    }
    for rule in rules {
        worst.entry(*rule).or_insert(State::Unknown);
    }
    Ok(worst)
}

/// Ends what a rule has open, and forgets how its units stand.
pub(crate) fn close_rule(tx: &mut Tx<'_>, rule_id: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE alarms_episodes SET ending = $2, ended_at = $3, updated_at = $3 WHERE rule_id = $1 AND ending = 'open'",
        params![rule_id, Ending::Invalid, now],
    )?;
    tx.execute("DELETE FROM alarms_units WHERE rule_id = $1", params![rule_id])?;
    Ok(())
}

/// Ends what these policies have open, and forgets how their units stand.
pub(crate) fn close_policies(tx: &mut Tx<'_>, policies: &[i64], ending: Ending) -> Result<()> {
    let now = tx.now();
    for policy in policies {
        tx.execute(
            "UPDATE alarms_episodes SET ending = $2, ended_at = $3, updated_at = $3
             WHERE id IN (SELECT episode_id FROM alarms_units WHERE policy_id = $1 AND episode_id IS NOT NULL)",
            params![policy, ending, now],
        )?;
        tx.execute("DELETE FROM alarms_units WHERE policy_id = $1", params![policy])?;
    }
    Ok(())
}

/// Ends what a unit has open without a word, and forgets how it stands.
pub(crate) fn end(tx: &mut Tx<'_>, policy_id: i64, dimensions: &str, ending: Ending) -> Result<()> {
    let sql = "DELETE FROM alarms_units WHERE policy_id = $1 AND dimensions = $2 RETURNING episode_id";
    let episode = tx.query_optional(sql, params![policy_id, dimensions], |row| row.get::<Option<i64>>(0))?;
    if let Some(episode) = episode.flatten() {
        let now = tx.now();
        tx.execute(
            "UPDATE alarms_episodes SET ending = $2, ended_at = $3, updated_at = $3
             WHERE id = $1 AND ending = 'open'",
            params![episode, ending, now],
        )?;
    }
    Ok(())
}

/// A unit as it is kept, for an engine that starts.
pub(crate) struct KeptUnit {
    pub(crate) policy_id: i64,
    pub(crate) dimensions: String,
    pub(crate) state: State,
    pub(crate) told_at: Option<muster_core::Timestamp>,
    pub(crate) last: Option<Sample>,
}

/// All units of these rules.
pub(crate) fn of_rules(tx: &mut Tx<'_>, rules: &[i64], mut take: impl FnMut(i64, KeptUnit)) -> Result<()> {
    for (places, values) in bulk::lists(rules, CHUNK, 1) {
        let sql = format!(
            "SELECT rule_id, policy_id, dimensions, state, told_at, last_at, last_value FROM alarms_units
             WHERE rule_id IN ({places})"
        );
        tx.for_each(&sql, &values, |row| {
            let (at, value): (Option<_>, Option<_>) = (row.get(5)?, row.get(6)?);
            let unit = KeptUnit {
                policy_id: row.get(1)?,
                dimensions: row.get(2)?,
                state: state(&row.get::<String>(3)?)?,
                told_at: row.get(4)?,
                last: at.zip(value).map(|(at, value)| Sample { at, value }),
            };
            take(row.get(0)?, unit);
            Ok(())
        })?;
    }
    Ok(())
}
