//! Signing in and out.

mod log_in;
mod log_out;
mod renew;

use jiff::tz::TimeZone;
use muster_core::Timestamp;

pub(crate) use log_in::{log_in, log_in_by_account, log_in_by_user};
pub(crate) use log_out::{log_out, validate};
pub(crate) use renew::RenewSession;

use crate::date;
use crate::reply::{Members, Reply, class};

/// A session as the wire shows it.
fn session_reply(
    uuid: &str,
    account_uuid: &str,
    user_uuid: &str,
    (created_at, expires_at): (Timestamp, Timestamp),
    zone: &TimeZone,
) -> Reply {
    let members = Members::new()
        .with("accountUuid", account_uuid)
        .with("userUuid", user_uuid)
        .with("expiredDate", date::print(expires_at, zone))
        .with("createDate", date::print(created_at, zone));
    // Whoever has the uuid has the session.
    Reply::inventory(class::SESSION, members).with_secret("uuid", uuid)
}
