//! The SQL of rules.

use muster_core::{Error, Result, Timestamp};
use muster_db::cluster::Served;
use muster_db::{Row, ToValue, Tx, Value, bulk, params};
use muster_metrics::join_dimensions;

use crate::model::{Dimensions, Origin, Owner, Rule, RuleSpec};

/// Rows of one statement.
const CHUNK: usize = 500;

/// The columns that [`rule`] reads, of `alarms_rules r` and `alarms_versions v`.
pub(crate) const COLUMNS: &str = "r.id, r.origin, r.account_id, r.project_id, r.rule_key, r.enabled, v.spec, \
                                  r.created_at, r.updated_at, r.version_id";
/// Where they come from.
pub(crate) const FROM: &str = "FROM alarms_rules r JOIN alarms_versions v ON v.id = r.version_id";

pub(crate) fn rule(row: &Row<'_>) -> Result<Rule> {
    let (origin, spec): (String, String) = (row.get(1)?, row.get(6)?);
    Ok(Rule {
        id: row.get(0)?,
        origin: self::origin(&origin)?,
        account_id: row.get(2)?,
        project_id: row.get(3)?,
        key: row.get(4)?,
        enabled: row.get(5)?,
        spec: serde_json::from_str(&spec).map_err(Error::internal)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

pub(crate) fn origin(word: &str) -> Result<Origin> {
    Origin::from_text(word).ok_or_else(|| Error::internal(format!("unknown origin {word:?} in the store")))
}

/// The rules of an owner with these ids on the wire, in no order.
/// The rules of an account that have one of these policies, by number.
pub(super) fn rules_of_policies(tx: &mut Tx<'_>, account_id: &str, policies: &[i64]) -> Result<Vec<i64>> {
    let mut rules = Vec::new();
    for (places, mut values) in bulk::lists(policies, CHUNK, 1) {
        values.push(account_id.to_value());
        let sql = format!(
            "SELECT DISTINCT rule_id FROM alarms_policies WHERE id IN ({places}) AND account_id = ${}",
            values.len()
        );
        rules.extend(tx.query(&sql, &values, |row| row.get::<i64>(0))?);
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules)
}

pub(super) fn by_keys(tx: &mut Tx<'_>, owner: Owner<'_>, keys: &[&str]) -> Result<Vec<Rule>> {
    let mut found = Vec::with_capacity(keys.len());
    for part in keys.chunks(CHUNK) {
        let places: Vec<String> = (4..4 + part.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE r.account_id = $1 AND r.origin = $2 AND r.project_id = $3
                 AND r.rule_key IN ({})",
            places.join(", ")
        );
        let mut values = values_of(owner);
        values.extend(part.iter().map(|key| Value::Text((*key).into())));
        found.extend(tx.query(&sql, &values, rule)?);
    }
    Ok(found)
}

pub(super) fn values_of(owner: Owner<'_>) -> Vec<Value<'_>> {
    vec![owner.account_id.to_value(), Value::Text(owner.origin.as_str().into()), owner.project_id.to_value()]
}

/// Counts so many more rules of the account, unless there would be more than `limit`.
pub(super) fn count_more(tx: &mut Tx<'_>, account_id: &str, more: i64, limit: u64) -> Result<bool> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    if more > limit {
        return Ok(false);
    }
    let changed = tx.execute(
        "INSERT INTO alarms_counts (account_id, rules) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET rules = alarms_counts.rules + $2 WHERE alarms_counts.rules <= $3",
        params![account_id, more, limit - more],
    )?;
    Ok(changed == 1)
}

pub(super) fn count_less(tx: &mut Tx<'_>, account_id: &str, less: i64) -> Result<()> {
    tx.execute(
        "UPDATE alarms_counts SET rules = rules - $2 WHERE account_id = $1",
        params![account_id, less],
    )?;
    Ok(())
}

pub(super) fn counted(tx: &mut Tx<'_>, account_id: &str) -> Result<u64> {
    let sql = "SELECT rules FROM alarms_counts WHERE account_id = $1";
    Ok(tx.query_optional(sql, params![account_id], |row| row.get(0))?.unwrap_or(0))
}

pub(super) fn insert(tx: &mut Tx<'_>, rule: &Rule) -> Result<()> {
    let version = insert_version(tx, rule)?;
    let spec = &rule.spec;
    tx.execute(
        "INSERT INTO alarms_rules (id, origin, account_id, project_id, rule_key, version_id, enabled, name, namespace,
             is_event, group_id, template_id, enterprise_project_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            rule.id,
            rule.origin,
            rule.account_id,
            rule.project_id,
            rule.key,
            version,
            rule.enabled,
            spec.name,
            spec.namespace,
            is_event(spec),
            spec.target.group_id(),
            spec.template_id,
            spec.enterprise_project_id,
            rule.created_at,
            rule.updated_at,
        ],
    )?;
    insert_parts(tx, rule)?;
    note_change(tx, rule.id)
}

/// Writes a rule in place of what it was.
pub(super) fn update(tx: &mut Tx<'_>, rule: &Rule, before: &Rule) -> Result<()> {
    let old = tx.query_one("SELECT version_id FROM alarms_rules WHERE id = $1", params![rule.id], |row| {
        row.get::<i64>(0)
    })?;
    let version = if rule.spec == before.spec { old } else { insert_version(tx, rule)? };
    let spec = &rule.spec;
    tx.execute(
        "UPDATE alarms_rules SET version_id = $2, enabled = $3, name = $4, namespace = $5, is_event = $6, group_id = $7,
             template_id = $8, enterprise_project_id = $9, updated_at = $10 WHERE id = $1",
        params![
            rule.id,
            version,
            rule.enabled,
            spec.name,
            spec.namespace,
            is_event(spec),
            spec.target.group_id(),
            spec.template_id,
            spec.enterprise_project_id,
            rule.updated_at,
        ],
    )?;
    if version != old {
        delete_version(tx, old)?;
    }
    if rule.spec.policies != before.spec.policies || rule.spec.target != before.spec.target {
        delete_parts(tx, rule.id)?;
        insert_parts(tx, rule)?;
    }
    note_change(tx, rule.id)
}

pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let sql = "DELETE FROM alarms_rules WHERE id = $1 RETURNING version_id";
    if let Some(version) = tx.query_optional(sql, params![id], |row| row.get::<i64>(0))? {
        delete_version(tx, version)?;
    }
    delete_parts(tx, id)?;
    note_change(tx, id)
}

fn insert_version(tx: &mut Tx<'_>, rule: &Rule) -> Result<i64> {
    let id = tx.new_id()?;
    let spec = serde_json::to_string(&rule.spec).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO alarms_versions (id, rule_id, spec) VALUES ($1, $2, $3)",
        params![id, rule.id, spec],
    )?;
    Ok(id)
}

/// Removes a version unless an episode tells of it.
fn delete_version(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM alarms_versions
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM alarms_episodes e WHERE e.version_id = $1)",
        params![id],
    )?;
    Ok(())
}

fn insert_parts(tx: &mut Tx<'_>, rule: &Rule) -> Result<()> {
    let policies = rule.spec.policies.iter().zip(0_i64..).map(|(policy, place)| {
        [
            Value::Integer(policy.id),
            Value::Integer(rule.id),
            Value::Integer(place),
            rule.account_id.to_value(),
            rule.project_id.to_value(),
            Value::Integer(policy.subject.is_event().into()),
            Value::Text(policy.subject.name().into()),
        ]
    });
    let head = "INSERT INTO alarms_policies (id, rule_id, place, account_id, project_id, is_event, metric)";
    bulk::insert(tx, head, "", policies, |_| Ok(()))?;
    let named = rule.spec.target.named().iter().map(|dimensions| {
        [
            Value::Integer(rule.id),
            rule.account_id.to_value(),
            rule.project_id.to_value(),
            Value::Text(join_dimensions(dimensions).into()),
            Value::Text(joined_values(dimensions).into()),
        ]
    });
    let head = "INSERT INTO alarms_resources (rule_id, account_id, project_id, dimensions, dimension_values)";
    bulk::insert(tx, head, "ON CONFLICT (rule_id, dimensions) DO NOTHING", named, |_| Ok(()))
}

fn delete_parts(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM alarms_policies WHERE rule_id = $1", params![id])?;
    tx.execute("DELETE FROM alarms_resources WHERE rule_id = $1", params![id])?;
    Ok(())
}

/// Tells the engines that a rule was made, changed or deleted.
fn note_change(tx: &mut Tx<'_>, rule_id: i64) -> Result<()> {
    // Numbers must appear in the order in which they were given.
    tx.exclusive("alarms.changes")?;
    let (id, now) = (tx.new_id()?, tx.now());
    tx.execute(
        "INSERT INTO alarms_changes (id, rule_id, at) VALUES ($1, $2, $3)",
        params![id, rule_id, now],
    )?;
    tx.signal(super::JUDGE);
    Ok(())
}

/// Whether it is about events.
fn is_event(spec: &RuleSpec) -> bool {
    spec.policies.iter().any(|policy| policy.subject.is_event())
}

/// The values of dimensions, joined by commas in the order of the names.
pub(crate) fn joined_values(dimensions: &Dimensions) -> String {
    let values: Vec<&str> = dimensions.iter().map(|(_, value)| value.as_str()).collect();
    values.join(",")
}

/// Whether a rule of the account, of whatever project, has this key.
pub(super) fn is_taken(tx: &mut Tx<'_>, owner: Owner<'_>, key: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM alarms_rules WHERE account_id = $1 AND origin = $2 AND rule_key = $3";
    let found = tx.query_optional(sql, params![owner.account_id, owner.origin, key], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Rules by number, whoever owns them, each with the number of its version.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<(Rule, i64)>> {
    let mut found = Vec::with_capacity(ids.len());
    for (places, values) in bulk::lists(ids, CHUNK, 1) {
        let sql = format!("SELECT {COLUMNS} {FROM} WHERE r.id IN ({places})");
        found.extend(tx.query(&sql, &values, |row| Ok((rule(row)?, row.get(9)?)))?);
    }
    Ok(found)
}

/// Hands over the enabled rules that this node serves, those with greater numbers than `after` in their order, at most
/// `limit`.
pub(crate) fn enabled_after(tx: &mut Tx<'_>, served: &Served, after: i64, limit: i64) -> Result<Vec<Rule>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE r.id > $1 AND r.enabled = 1{} ORDER BY r.id LIMIT $2",
        served.and("r.id")
    );
    tx.query(&sql, params![after, limit], rule)
}

/// The last change.
pub(crate) fn last_change(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one("SELECT COALESCE(MAX(id), 0) FROM alarms_changes", &[], |row| row.get(0))
}

/// Rules that changed after `after`: the numbers of the changes with those of the rules, oldest first.
pub(crate) fn changes_after(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    tx.query(
        "SELECT id, rule_id FROM alarms_changes WHERE id > $1 ORDER BY id LIMIT $2",
        params![after, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Removes changes from before, at most `limit`, but not the last one; how many.
pub(crate) fn forget_changes(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM alarms_changes WHERE id IN (SELECT id FROM alarms_changes WHERE at < $1
             AND id < (SELECT MAX(id) FROM alarms_changes) ORDER BY id LIMIT $2)",
        params![before, limit],
    )
}
