//! User groups.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use crate::caller::Caller;
use crate::model::{User, UserGroup};
use crate::store::{user_groups, users};
use crate::{names, secret};

impl Service {
    /// Makes a user group.
    ///
    /// # Errors
    /// `AlreadyExists{what: "user group"}`, `Invalid`, `Forbidden`.
    pub fn create_user_group(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &str,
        description: &str,
    ) -> Result<UserGroup> {
        require(caller, "ram:CreateGroup", name)?;
        names::check("user group name", name, 64)?;
        names::check_description(description)?;
        let group = UserGroup {
            id: secret::hex_id(tx.random()),
            account_id: caller.account_id.clone(),
            name: name.to_owned(),
            description: description.to_owned(),
            created_at: tx.now(),
        };
        user_groups::insert(tx, &group)?;
        Ok(group)
    }

    /// The user groups of the caller's account.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn user_groups(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<UserGroup>> {
        require(caller, "ram:ListGroups", "*")?;
        user_groups::list(tx, &caller.account_id)
    }

    /// Deletes a user group; its members stay.
    ///
    /// # Errors
    /// `NotFound{what: "user group"}`, `Forbidden`.
    pub fn delete_user_group(&self, tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<()> {
        let group = find(tx, caller, "ram:DeleteGroup", name_or_id)?;
        user_groups::delete(tx, &group)?;
        self.forget_cached();
        Ok(())
    }

    /// Adds a user to a group; adding it again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub fn add_to_user_group(&self, tx: &mut Tx<'_>, caller: &Caller, group: &str, user: &str) -> Result<()> {
        let group = find(tx, caller, "ram:AddUserToGroup", group)?;
        let user = member(tx, caller, user)?;
        user_groups::add_member(tx, &group.id, &user.id)?;
        self.forget_cached();
        Ok(())
    }

    /// Takes a user out of a group; taking out who is not in it changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub fn remove_from_user_group(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        group: &str,
        user: &str,
    ) -> Result<()> {
        let group = find(tx, caller, "ram:RemoveUserFromGroup", group)?;
        let user = member(tx, caller, user)?;
        user_groups::remove_member(tx, &group.id, &user.id)?;
        self.forget_cached();
        Ok(())
    }

    /// The members of a group.
    ///
    /// # Errors
    /// `NotFound{what: "user group"}`, `Forbidden`.
    pub fn user_group_members(&self, tx: &mut Tx<'_>, caller: &Caller, group: &str) -> Result<Vec<User>> {
        let group = find(tx, caller, "ram:ListUsersForGroup", group)?;
        user_groups::members(tx, &group)
    }
}

/// A group that the caller may do `action` to. Policies name groups by name, so one that is meant by its id is asked
/// about by name too.
fn find(tx: &mut Tx<'_>, caller: &Caller, action: &str, name_or_id: &str) -> Result<UserGroup> {
    require(caller, action, name_or_id)?;
    let group = user_groups::find(tx, &caller.account_id, name_or_id)?;
    let group = group.ok_or_else(|| Error::not_found("user group", name_or_id))?;
    require(caller, action, &group.name)?;
    Ok(group)
}

fn member(tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<User> {
    users::find(tx, &caller.account_id, name_or_id)?.ok_or_else(|| Error::not_found("user", name_or_id))
}

fn require(caller: &Caller, action: &str, group: &str) -> Result<()> {
    caller.require(action, &format!("acs:ram::{}:group/{group}", caller.account_id))
}
