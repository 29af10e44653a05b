//! Access keys, as ZStack manages them.

mod change_state;
mod create;
mod delete;
mod query;

use jiff::tz::TimeZone;
use muster_identity::{AccessKey, Caller};

pub(crate) use change_state::ChangeAccessKeyState;
pub(crate) use create::CreateAccessKey;
pub(crate) use delete::DeleteAccessKey;
pub(crate) use query::QueryAccessKey;

use crate::date;
use crate::reply::Members;

/// A key as the wire shows it; two members begin with a capital letter. Its secret is shown once, by `create`.
fn members(key: &AccessKey, caller: &Caller, zone: &TimeZone) -> Members {
    let description = Some(key.description.as_str()).filter(|text| !text.is_empty());
    Members::new()
        .with("uuid", key.uuid.as_str())
        .with_some("description", description)
        .with("accountUuid", caller.domain_id.as_str())
        .with("userUuid", key.user_id.as_str())
        .with("AccessKeyID", key.id.as_str())
        .with("state", if key.enabled { "Enabled" } else { "Disabled" })
        .with("createDate", date::print(key.created_at, zone))
        .with("lastOpDate", date::print(key.updated_at, zone))
}
