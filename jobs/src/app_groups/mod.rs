//! Application groups: the workers that share an AppKey, and the jobs that run on them.

pub mod admission;
mod model;
pub mod monitor;
mod service;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use muster_core::{Error, Result};
use muster_db::Tx;

pub use model::{AppGroup, AppGroupFilter, AppGroupPatch, Edition, NewAppGroup, Platform};
pub use service::{APP_GROUP, REFERENCED_POLICY, Service};

/// A list across groups asks each of them, so there is an end to it.
pub const MOST_LOOKED_AT: i64 = 200;

/// Whether a namespace holds any group.
pub(crate) fn any_in(tx: &mut Tx<'_>, account: &str, namespace: &str) -> Result<bool> {
    store::any_in(tx, account, namespace)
}

/// The account's group of this name.
///
/// # Errors
/// `NotFound` "app group".
pub(crate) fn find(tx: &mut Tx<'_>, account: &str, namespace: &str, group_id: &str) -> Result<AppGroup> {
    store::find(tx, account, namespace, group_id)?.ok_or_else(|| Error::not_found(APP_GROUP, group_id))
}

/// The group with this number, whoever owns it: for engines.
pub(crate) fn by_number(tx: &mut Tx<'_>, id: i64) -> Result<Option<AppGroup>> {
    store::by_number(tx, id)
}

/// The account's groups that a list across groups looks at: one group if it is named, else the newest.
///
/// # Errors
/// `NotFound` "app group".
pub(crate) fn looked_at(tx: &mut Tx<'_>, account: &str, group: Option<i64>) -> Result<Vec<i64>> {
    match group {
        Some(id) => match store::by_id(tx, account, id)? {
            Some(group) => Ok(vec![group.id]),
            None => Err(Error::not_found(APP_GROUP, id.to_string())),
        },
        None => store::numbers(tx, account, MOST_LOOKED_AT),
    }
}

/// Counts one job more in the group, unless it has as many as it may.
pub(crate) fn count_job(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    store::count_job(tx, id)
}

/// Counts `jobs` jobs less in the group.
pub(crate) fn forget_jobs(tx: &mut Tx<'_>, id: i64, jobs: i64) -> Result<()> {
    store::forget_jobs(tx, id, jobs)
}

/// The groups that name a notification policy, oldest first.
pub(crate) fn of_policy(tx: &mut Tx<'_>, account: &str, policy: &str) -> Result<Vec<AppGroup>> {
    store::of_policy(tx, account, policy)
}

/// Which of these groups are of the basic edition.
pub(crate) fn basic_among(tx: &mut Tx<'_>, groups: impl Iterator<Item = i64>) -> Result<HashSet<i64>> {
    let mut ids: Vec<i64> = groups.collect();
    ids.sort_unstable();
    ids.dedup();
    store::basic_among(tx, &ids)
}
