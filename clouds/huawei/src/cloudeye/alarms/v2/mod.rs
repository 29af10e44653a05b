//! Alarm rules as v2 has them.

mod action;
mod change_resources;
mod create;
mod delete;
mod list;
mod list_policies;
mod list_records;
mod list_resources;
mod update_notifications;
mod update_policies;

pub(crate) use action::BatchEnableAlarmRules;
pub(crate) use change_resources::{AddAlarmRuleResources, DeleteAlarmRuleResources};
pub(crate) use create::CreateAlarmRules;
pub(crate) use delete::BatchDeleteAlarmRules;
pub(crate) use list::ListAlarmRules;
pub(crate) use list_policies::ListAlarmRulePolicies;
pub(crate) use list_records::ListAlarmHistories;
pub(crate) use list_resources::ListAlarmRuleResources;
pub(crate) use update_notifications::UpdateAlarmNotifications;
pub(crate) use update_policies::UpdateAlarmRulePolicies;

use muster_alarms::RuleSpec;
use muster_core::PageRequest;
use serde_json::{Value, json};

use super::kept::Kept;
use super::notifications::write_actions;
use super::policies::write_policy;
use crate::request::{Malformed, Request};

/// `offset` and `limit`; lists of rules and their parts give ten unless asked for more.
fn page(request: &Request, limit: u64) -> Result<PageRequest, Malformed> {
    Ok(PageRequest {
        offset: request.number("offset", 0..=10_000, 0)?,
        limit: request.number("limit", 1..=100, limit)?,
    })
}

/// Part of a list that is at hand as a whole.
fn cut(all: Vec<Value>, page: PageRequest) -> (Vec<Value>, usize) {
    let total = all.len();
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    (all.into_iter().skip(skip).take(take).collect(), total)
}

fn write_policies(spec: &RuleSpec, kept: &Kept) -> Vec<Value> {
    kept.policies(spec).iter().map(|(policy, kept)| write_policy(policy, kept)).collect()
}

/// Who is told and when.
fn write_notifications(spec: &RuleSpec, kept: &Kept) -> Value {
    json!({
        "notification_enabled": spec.telling.on,
        "alarm_notifications": write_actions(&kept.alarm),
        "ok_notifications": write_actions(&kept.recovery),
        "notification_begin_time": kept.begin_time,
        "notification_end_time": kept.end_time,
        "effective_timezone": kept.timezone,
    })
}

/// Puts the fields of `more` into `body`.
fn extend(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}
