//! Users.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use crate::caller::Caller;
use crate::model::User;
use crate::names;
use crate::password::PasswordHash;
use crate::secret;
use crate::store::{self, sessions};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Sign-in name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Without one the user cannot sign in, only hold access keys.
    pub password: Option<PasswordHash>,
}

impl Service {
    /// Makes a user, who may do nothing until a policy is attached.
    ///
    /// # Errors
    /// `AlreadyExists{what: "user"}`, `Invalid`, `Forbidden`.
    pub fn create_user(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewUser) -> Result<User> {
        require(caller, "ram:CreateUser", &new.name)?;
        names::check("user name", &new.name, 64)?;
        names::check_description(&new.description)?;
        let now = tx.now();
        let user = User {
            id: secret::hex_id(tx.random()),
            number: tx.new_id()?.to_string(),
            account_id: caller.account_id.clone(),
            name: new.name.clone(),
            description: new.description.clone(),
            is_root: false,
            enabled: true,
            password_set_at: new.password.as_ref().map(|_| now),
            created_at: now,
        };
        store::users::insert(tx, &user, new.password.as_ref())?;
        Ok(user)
    }

    /// The users of the caller's account, the root user first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn users(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<User>> {
        require(caller, "ram:ListUsers", "*")?;
        store::users::list(tx, &caller.account_id)
    }

    /// A user of the caller's account, by name, id or number.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `Forbidden`.
    pub fn user(&self, tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<User> {
        require(caller, "ram:GetUser", name_or_id)?;
        let user = find(tx, caller, name_or_id)?;
        require(caller, "ram:GetUser", &user.name)?;
        Ok(user)
    }

    /// Lets a user work or stops it, with its keys and sessions.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `Forbidden`, `Conflict{what: "root user"}`.
    pub fn set_user_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name_or_id: &str,
        enabled: bool,
    ) -> Result<()> {
        let user = self.user_to_change(tx, caller, "ram:UpdateUser", name_or_id)?;
        not_root(&user, "the root user cannot be disabled")?;
        store::users::set_enabled(tx, &user.id, enabled)?;
        if !enabled {
            sessions::end_all(tx, &user.id)?;
        }
        self.forget_cached();
        Ok(())
    }

    /// Deletes a user with its keys, sessions, memberships and attachments. What it made stays the account's.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `Forbidden`, `Conflict{what: "root user"}`.
    pub fn delete_user(&self, tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<()> {
        let user = self.user_to_change(tx, caller, "ram:DeleteUser", name_or_id)?;
        not_root(&user, "the root user cannot be deleted")?;
        store::users::delete(tx, &user)?;
        self.forget_cached();
        Ok(())
    }

    /// Sets somebody's password: a reset. All the user's sessions, tokens and temporary keys end.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `Forbidden`.
    pub fn set_password(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name_or_id: &str,
        password: &PasswordHash,
    ) -> Result<()> {
        let user = self.user_to_change(tx, caller, "ram:UpdateLoginProfile", name_or_id)?;
        self.replace_password(tx, &user, password)
    }

    /// Only the root user changes the root user: who may manage users must not become root by it. Policies name
    /// users by name, so whoever is meant by id or number is asked about by name too.
    pub(super) fn user_to_change(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        action: &str,
        name_or_id: &str,
    ) -> Result<User> {
        require(caller, action, name_or_id)?;
        let user = find(tx, caller, name_or_id)?;
        require(caller, action, &user.name)?;
        if user.is_root && !caller.is_root() {
            return Err(Error::Forbidden { action: action.to_owned() });
        }
        Ok(user)
    }
}

fn find(tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<User> {
    store::users::find(tx, &caller.account_id, name_or_id)?
        .ok_or_else(|| Error::not_found("user", name_or_id))
}

fn require(caller: &Caller, action: &str, user: &str) -> Result<()> {
    caller.require(action, &format!("acs:ram::{}:user/{user}", caller.account_id))
}

fn not_root(user: &User, why: &str) -> Result<()> {
    if user.is_root { Err(Error::conflict("root user", why)) } else { Ok(()) }
}
