//! Permissions on single application groups.

mod grant_permission;
mod revoke_permission;

pub(super) use grant_permission::GrantPermission;
pub(super) use revoke_permission::RevokePermission;
