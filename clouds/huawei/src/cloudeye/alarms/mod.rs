//! Alarm rules and their records: one store of rules, in the spellings of V1.0 and v2.

pub(super) mod kept;
mod notifications;
pub(super) mod policies;
mod quotas;
mod records;
mod resources;
mod tags;
#[cfg(test)]
mod tests;
pub(super) mod v1;
pub(super) mod v2;
pub(super) mod words;

use muster_alarms::{NoData, Origin, Owner, RuleSpec, Silence};
use muster_core::Result;
use muster_identity::Caller;
use muster_wire::Cx;

use kept::Kept;
pub(super) use notifications::{NotificationsBody, NotificationsPatch};
pub(super) use quotas::ShowQuotas;
pub(super) use tags::ListCesTargetProjectTags;
use words::Kind;

use super::ids::{AlarmId, GroupId};
use super::{CloudEye, scope, validate};
use crate::request::{Malformed, required};

/// After three hours without a point nothing is known of a resource.
const NO_DATA: NoData = NoData::Unknown { after: Silence::Ms(3 * 60 * 60 * 1000), told: false };

/// Whose rules these are.
pub(in crate::cloudeye) fn owner(caller: &Caller) -> Owner<'_> {
    Owner { origin: Origin::CloudEye, account_id: &caller.account_id, project_id: &caller.project_id }
}

/// What the rules have in common that templates make on a group.
///
/// # Errors
/// When messages are switched on and nobody is to get them.
pub(super) fn rule_of_group(enterprise_project_id: &str, told: NotificationsPatch) -> Result<RuleSpec> {
    let mut kept = Kept { kind: Some(Kind::Group), ..Kept::default() };
    let mut spec = RuleSpec {
        no_data: NO_DATA,
        enterprise_project_id: enterprise_project_id.to_owned(),
        ..RuleSpec::default()
    };
    told.apply(&mut spec, &mut kept)?;
    kept.put(&mut spec);
    Ok(spec)
}

/// So many ids of rules in a body.
fn read_ids(ids: Option<Vec<String>>, most: usize) -> Result<Vec<String>, Malformed> {
    let ids = required("alarm_ids", ids)?;
    validate::count("alarm_ids", &ids, 1..=most)?;
    for id in &ids {
        AlarmId::parse(id)
            .ok_or_else(|| Malformed::field("alarm_ids", format!("must be {}", AlarmId::form())))?;
    }
    Ok(ids)
}

/// The group that a body names.
fn read_group(id: Option<&str>) -> Result<Option<GroupId>, Malformed> {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let read = GroupId::parse(id);
    read.map(Some)
        .ok_or_else(|| Malformed::field("resource_group_id", format!("must be {}", GroupId::form())))
}

/// The name of a group; nothing when it was deleted.
fn group_name(cx: &mut Cx<'_, '_, CloudEye>, id: i64) -> Result<String> {
    match cx.services.resources.get_group(cx.tx, scope(cx.caller), id) {
        Ok(group) => Ok(group.name),
        Err(muster_core::Error::NotFound { .. }) => Ok(String::new()),
        Err(error) => Err(error),
    }
}
