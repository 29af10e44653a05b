//! Notification masks: what keeps the messages of rules, policies or resources from people for a while.

mod batch_put;
mod batch_update_time;
mod bodies;
mod delete;
mod list;
mod list_resources;
#[cfg(test)]
mod tests;
mod times;
mod update;

pub(crate) use batch_put::BatchUpdateNotificationMasks;
pub(crate) use batch_update_time::BatchUpdateNotificationMaskTime;
pub(crate) use delete::BatchDeleteNotificationMasks;
pub(crate) use list::ListNotificationMasks;
pub(crate) use list_resources::ListNotificationMaskResources;
pub(crate) use update::UpdateNotificationMask;

use muster_alarms::masks::Kind;
use muster_alarms::{Policy, Rule};
use muster_identity::Caller;
use muster_metrics::Scope;
use serde_json::{Value, json};

use super::alarms::kept::{Kept, KeptPolicy};
use super::alarms::owner;
use super::alarms::policies::write_policy;
use super::alarms::words::KINDS;
use super::ids::MaskId;
use super::validate;
use crate::request::{Malformed, required};

const KIND: Kind = Kind::Notification;

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

/// The policies of a rule by number, as masks show them.
fn policies_of(rule: &Rule) -> Vec<(i64, Value)> {
    let kept = Kept::of(&rule.spec);
    let kind = KINDS.write(kept.kind(&rule.spec));
    let written = |(policy, kept): (&Policy, KeptPolicy)| {
        let mut body = write_policy(policy, &kept);
        // Masks call the level as templates do.
        if let Value::Object(body) = &mut body
            && let Some(level) = body.remove("level")
        {
            body.insert("alarm_level".to_owned(), level);
        }
        body["type"] = json!(kind);
        (policy.id, body)
    };
    kept.policies(&rule.spec).into_iter().map(written).collect()
}

/// A mask's key in the feature: the text of its number.
fn key(id: MaskId) -> String {
    id.get().to_string()
}

/// Ids of masks in a body.
fn read_ids(ids: Option<Vec<String>>) -> Result<Vec<MaskId>, Malformed> {
    const FIELD: &str = "notification_mask_ids";
    let ids = required(FIELD, ids)?;
    validate::count(FIELD, &ids, 1..=100)?;
    let read = |id: &String| {
        MaskId::parse(id).ok_or_else(|| Malformed::field(FIELD, format!("must be {}", MaskId::form())))
    };
    ids.iter().map(read).collect()
}
