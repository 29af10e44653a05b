//! Notification policies: at what times of the week which channels may be used.

mod model;
mod store;
#[cfg(test)]
mod tests;
mod times;

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

pub use model::{NewPolicy, Policy, PolicyFilter, PolicyPage, PolicyPatch};
pub use times::{ChannelTimes, TIMES};

use crate::app_groups::{self, AppGroup};
use crate::text;

/// What errors call a notification policy.
pub const POLICY: &str = "notification policy";
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 256;

/// Makes a policy.
///
/// # Errors
/// `Invalid`; `AlreadyExists` "notification policy".
pub fn create(tx: &mut Tx<'_>, caller: &Caller, new: &NewPolicy) -> Result<()> {
    text::name("name", &new.name, LONGEST_NAME)?;
    text::at_most("description", &new.description, LONGEST_DESCRIPTION)?;
    ChannelTimes::parse(&new.times)?;
    if store::insert(tx, caller, new)? { Ok(()) } else { Err(Error::already_exists(POLICY, &new.name)) }
}

/// One page of the policies that fit, oldest first.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut Tx<'_>, caller: &Caller, filter: &PolicyFilter) -> Result<PolicyPage> {
    store::list(tx, &caller.account_id, filter)
}

/// The groups that a policy filters, oldest first.
///
/// # Errors
/// Those of the store.
pub fn groups_of(tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Vec<AppGroup>> {
    app_groups::of_policy(tx, &caller.account_id, name)
}

/// Changes what `patch` names.
///
/// # Errors
/// `Invalid`; `NotFound` "notification policy".
pub fn update(tx: &mut Tx<'_>, caller: &Caller, name: &str, patch: &PolicyPatch) -> Result<()> {
    if let Some(description) = &patch.description {
        text::at_most("description", description, LONGEST_DESCRIPTION)?;
    }
    if let Some(times) = &patch.times {
        ChannelTimes::parse(times)?;
    }
    if store::update(tx, caller, name, patch)? { Ok(()) } else { Err(Error::not_found(POLICY, name)) }
}

/// Removes a policy that no group names.
///
/// # Errors
/// `NotFound` "notification policy"; `Conflict` "notification policy is in use".
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<()> {
    let groups = app_groups::of_policy(tx, &caller.account_id, name)?;
    if let Some(group) = groups.first() {
        let why = format!("application group {} still uses notification policy {name}", group.group_id);
        return Err(Error::conflict("notification policy is in use", why));
    }
    if store::delete(tx, &caller.account_id, name)? { Ok(()) } else { Err(Error::not_found(POLICY, name)) }
}

pub(crate) fn exists(tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<bool> {
    store::exists(tx, &caller.account_id, name)
}

/// At what times the channels of a policy may be used; nothing when there is no such policy.
pub(crate) fn times(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<ChannelTimes>> {
    store::times(tx, account, name)?.map(|text| ChannelTimes::parse(&text)).transpose()
}
