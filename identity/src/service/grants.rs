//! Grants on single resources: SchedulerX's permissions on an application group.
//!
//! Whether a caller may grant is decided like any other operation, by the vendor's action on the resource; a
//! grant answers for that action too, so here it is checked that the grant may be passed on.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use crate::caller::{Caller, Principal};
use crate::model::Grant;
use crate::store::grants;

impl Service {
    /// Grants a user every action on a resource; granting it again updates name and right to pass it on.
    ///
    /// # Errors
    /// `Forbidden` for somebody who holds a grant without that right and no policy for `action`.
    pub fn put_grant(&self, tx: &mut Tx<'_>, caller: &Caller, action: &str, grant: &Grant) -> Result<()> {
        may_pass_on(tx, caller, action, &grant.resource)?;
        let grant = Grant { created_at: tx.now(), ..grant.clone() };
        grants::put(tx, &caller.account_id, &grant)?;
        self.forget_cached();
        Ok(())
    }

    /// Takes a grant back; taking back what was not granted changes nothing.
    ///
    /// # Errors
    /// As [`Service::put_grant`].
    pub fn revoke_grant(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        action: &str,
        resource: &str,
        user_id: &str,
    ) -> Result<()> {
        may_pass_on(tx, caller, action, resource)?;
        grants::delete(tx, &caller.account_id, resource, user_id)?;
        self.forget_cached();
        Ok(())
    }

    /// Forgets all grants on a resource that is being deleted, so that a later one of its name starts without any.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn drop_grants(&self, tx: &mut Tx<'_>, caller: &Caller, resource: &str) -> Result<()> {
        if grants::delete_all(tx, &caller.account_id, resource)? > 0 {
            self.forget_cached();
        }
        Ok(())
    }

    /// The grants on a resource, oldest first.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn grants(&self, tx: &mut Tx<'_>, caller: &Caller, resource: &str) -> Result<Vec<Grant>> {
        grants::of_resource(tx, &caller.account_id, resource)
    }
}

fn may_pass_on(tx: &mut Tx<'_>, caller: &Caller, action: &str, resource: &str) -> Result<()> {
    if caller.is_allowed_without_grants(action, resource) {
        return Ok(());
    }
    let mine = |grant: &Grant| match &caller.principal {
        Principal::User { user_id, number, .. } => grant.user_id == *user_id || grant.user_id == *number,
        Principal::Root { .. } | Principal::AssumedRole { .. } => false,
    };
    let granted = grants::of_resource(tx, &caller.account_id, resource)?;
    if granted.iter().any(|grant| grant.can_grant && mine(grant)) && caller.require(action, resource).is_ok()
    {
        Ok(())
    } else {
        Err(Error::Forbidden { action: action.to_owned() })
    }
}
