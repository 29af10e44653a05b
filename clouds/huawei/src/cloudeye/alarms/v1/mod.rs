//! Alarm rules as V1.0 has them: one condition, one resource. Of a rule that has several, the first is shown.

mod action;
mod bodies;
mod create;
mod delete;
mod list;
mod list_records;
mod show;
mod update;

pub(crate) use action::UpdateAlarmAction;
pub(crate) use create::CreateAlarm;
pub(crate) use delete::DeleteAlarm;
pub(crate) use list::ListAlarms;
pub(crate) use list_records::ListAlarmHistories;
pub(crate) use show::ShowAlarm;
pub(crate) use update::UpdateAlarm;

use std::collections::HashMap;

use muster_alarms::{Policy, Rule, State};
use muster_wire::Cx;
use serde_json::{Value, json};

use super::group_name;
use super::kept::{Kept, KeptPolicy};
use super::notifications::write_actions_v1;
use super::policies::write_condition;
use super::resources::{resources_of, write_dimensions};
use super::words::{KINDS, write_level, write_state};
use crate::cloudeye::CloudEye;
use crate::cloudeye::ids::GroupId;

/// A rule with how it stands.
fn write(cx: &mut Cx<'_, '_, CloudEye>, rule: &Rule, state: State) -> muster_core::Result<Value> {
    let spec = &rule.spec;
    let kept = Kept::of(spec);
    let kind = kept.kind(spec);
    let policies = kept.policies(spec);
    let first = policies.first();
    let dimensions = resources_of(spec, &kept).into_iter().next().unwrap_or_default();
    let (metric_name, condition, level) = match first {
        Some((policy, kept)) => (policy.subject.name(), write_condition(policy, kept, None), level(policy)),
        None => ("", serde_json::Map::new(), 2),
    };
    let mut metric = json!({
        "namespace": spec.namespace,
        "metric_name": metric_name,
        "dimensions": write_dimensions(&dimensions),
    });
    if let Some(id) = spec.target.group_id() {
        metric["resource_group_id"] = json!(GroupId::new(id).to_string());
        metric["resource_group_name"] = json!(group_name(cx, id)?);
    }
    Ok(json!({
        "alarm_id": rule.key,
        "alarm_name": spec.name,
        "alarm_description": spec.description,
        "metric": metric,
        "condition": condition,
        "alarm_enabled": rule.enabled,
        "alarm_level": level,
        "alarm_type": KINDS.write(kind),
        "alarm_action_enabled": spec.telling.on,
        "alarm_actions": write_actions_v1(&kept.alarm),
        "ok_actions": write_actions_v1(&kept.recovery),
        "insufficientdata_actions": write_actions_v1(&kept.no_data),
        "alarm_action_begin_time": kept.begin_time,
        "alarm_action_end_time": kept.end_time,
        "effective_timezone": kept.timezone,
        "update_time": rule.updated_at.millis(),
        // A single event recovers from nothing.
        "alarm_state": if kind.is_event() { "ok" } else { write_state(state) },
        "enterprise_project_id": spec.enterprise_project_id,
    }))
}

fn write_all(cx: &mut Cx<'_, '_, CloudEye>, rules: &[Rule]) -> muster_core::Result<Vec<Value>> {
    let ids: Vec<i64> = rules.iter().map(|rule| rule.id).collect();
    let states: HashMap<i64, State> = cx.services.alarms.worst_states(cx.tx, &ids)?;
    let state = |rule: &Rule| states.get(&rule.id).copied().unwrap_or(State::Unknown);
    rules.iter().map(|rule| write(cx, rule, state(rule))).collect()
}

fn level(policy: &Policy) -> usize {
    match &policy.condition {
        muster_alarms::Condition::Levels(levels) => levels.first().map_or(2, |one| write_level(one.level)),
        muster_alarms::Condition::Expression { level, .. } => write_level(*level),
    }
}

/// A policy changed by what a body says about it.
fn changed(
    policy: &Policy,
    kept: &KeptPolicy,
    shape: super::policies::Shape,
    change: impl FnOnce(&mut super::policies::PolicyBody),
) -> Result<(Policy, KeptPolicy), crate::request::Malformed> {
    let mut body: super::policies::PolicyBody =
        serde_json::from_value(super::policies::write_policy(policy, kept)).unwrap_or_default();
    change(&mut body);
    body.read("condition", shape)
}
