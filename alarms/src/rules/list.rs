//! Lists of rules.

use muster_core::{Page, PageRequest, Result};
use muster_db::{Conditions, Tx, Value};
use muster_metrics::join_dimensions;

use super::store::{COLUMNS, FROM, rule, values_of};
use crate::model::{Owner, Rule, RuleFilter, State, StateCounts};

/// A unit of the rule `r` in alarm.
const IN_ALARM: &str =
    "EXISTS (SELECT 1 FROM alarms_units u WHERE u.rule_id = r.id AND u.state NOT IN ('ok', 'unknown'))";
/// One of which nothing is known, or no unit at all.
const UNKNOWN: &str = "(EXISTS (SELECT 1 FROM alarms_units u WHERE u.rule_id = r.id AND u.state = 'unknown')
    OR NOT EXISTS (SELECT 1 FROM alarms_units u WHERE u.rule_id = r.id))";

fn listed<'f>(owner: Owner<'f>, filter: &'f RuleFilter) -> Conditions<'f> {
    let mut values = values_of(owner);
    let own = values.pop();
    let mut conditions = Conditions::new("r.account_id = ? AND r.origin = ?", values);
    if filter.projects.is_empty() {
        conditions.and("r.project_id = ?", own);
    } else {
        conditions.and_one_of("r.project_id", &filter.projects);
    }
    conditions.and_one_of("r.rule_key", &filter.keys);
    conditions.and_one_of("r.id", &filter.ids);
    conditions.and_contains("r.name", filter.name_contains.as_deref());
    conditions.and_equals("r.namespace", filter.namespace.as_deref());
    conditions.and_equals("r.group_id", filter.group_id.as_ref());
    conditions.and_equals("r.template_id", filter.template_id.as_ref());
    conditions.and_equals("r.enterprise_project_id", filter.enterprise_project_id.as_deref());
    conditions.and_equals("r.enabled", filter.enabled.as_ref());
    conditions.and_equals("r.is_event", filter.is_event.as_ref());
    let on_policy = |also: &str| {
        format!("EXISTS (SELECT 1 FROM alarms_policies p WHERE p.rule_id = r.id AND p.metric = ?{also})")
    };
    if let Some(metric) = &filter.metric {
        conditions.and(&on_policy(""), [Value::Text(metric.into())]);
    }
    if let Some(metric) = &filter.first_metric {
        conditions.and(&on_policy(" AND p.place = 0"), [Value::Text(metric.into())]);
    }
    let on_resource = |column: &str| {
        format!("EXISTS (SELECT 1 FROM alarms_resources t WHERE t.rule_id = r.id AND t.{column} = ?)")
    };
    if let Some(dimensions) = &filter.dimensions {
        conditions.and(&on_resource("dimensions"), [Value::Text(join_dimensions(dimensions).into())]);
    }
    if let Some(values) = &filter.values {
        conditions.and(&on_resource("dimension_values"), [Value::Text(values.into())]);
    }
    match filter.state {
        None => {}
        Some(State::Alarm(_)) => conditions.and(IN_ALARM, []),
        Some(State::Unknown) => conditions.and(&format!("NOT {IN_ALARM} AND {UNKNOWN}"), []),
        Some(State::Ok) => conditions.and(&format!("NOT {IN_ALARM} AND NOT {UNKNOWN}"), []),
    }
    conditions
}

pub(super) fn page(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &RuleFilter,
    page: PageRequest,
) -> Result<Page<Rule>> {
    let mut conditions = listed(owner, filter);
    let sql = format!("SELECT COUNT(*) FROM alarms_rules r {}", conditions.sql());
    let total = tx.query_one(&sql, conditions.values(), |row| row.get(0))?;
    if let Some(after) = filter.after {
        let condition = if filter.oldest_first { "r.id > ?" } else { "r.id < ?" };
        conditions.and(condition, [Value::Integer(after)]);
    }
    let (clause, values) = conditions.paged(if filter.oldest_first { "r.id" } else { "r.id DESC" }, page);
    let items = tx.query(&format!("SELECT {COLUMNS} {FROM} {clause}"), &values, rule)?;
    Ok(Page { items, total })
}

pub(super) fn count_by_state(tx: &mut Tx<'_>, owner: Owner<'_>, filter: &RuleFilter) -> Result<StateCounts> {
    let conditions = listed(owner, filter);
    let sql = format!(
        "SELECT CASE WHEN r.enabled = 0 THEN 'disabled' WHEN {IN_ALARM} THEN 'alarm' WHEN {UNKNOWN} THEN 'unknown'
             ELSE 'ok' END AS standing, COUNT(*) FROM alarms_rules r {} GROUP BY standing",
        conditions.sql()
    );
    let mut counts = StateCounts::default();
    tx.for_each(&sql, conditions.values(), |row| {
        let (standing, count): (String, u64) = (row.get(0)?, row.get(1)?);
        let place = match standing.as_str() {
            "disabled" => &mut counts.disabled,
            "alarm" => &mut counts.alarm,
            "unknown" => &mut counts.unknown,
            _ => &mut counts.ok,
        };
        *place = count;
        Ok(())
    })?;
    Ok(counts)
}
