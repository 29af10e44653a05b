//! Application groups: the workers that share an AppKey, and the jobs that run on them.

mod model;
pub mod monitor;
mod service;
mod store;
#[cfg(test)]
mod tests;

use muster_core::Result;
use muster_db::Tx;

pub use model::{AppGroup, AppGroupFilter, AppGroupPatch, Edition, NewAppGroup, Platform};
pub use service::{APP_GROUP, REFERENCED_POLICY, Service};

/// Whether a namespace holds any group.
pub(crate) fn any_in(tx: &mut Tx<'_>, account: &str, namespace: &str) -> Result<bool> {
    store::any_in(tx, account, namespace)
}

/// The groups that name a notification policy, oldest first.
pub(crate) fn of_policy(tx: &mut Tx<'_>, account: &str, policy: &str) -> Result<Vec<AppGroup>> {
    store::of_policy(tx, account, policy)
}
