//! Access keys: making, listing, disabling, rotating.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use crate::caller::Caller;
use crate::model::AccessKey;
use crate::names;
use crate::secret::{self, Secret};
use crate::store::{keys, users};

/// The longest overlap of a rotation: a month.
const MOST_OVERLAP_MS: i64 = 31 * 86_400_000;

/// An access key to be made.
#[derive(Clone, Debug)]
pub struct NewAccessKey {
    /// Whose: the user's name, id or number.
    pub user: String,
    /// Id and secret where the client chooses them, as ZStack's may; random otherwise.
    pub chosen: Option<(String, Secret)>,
    /// Free text.
    pub description: String,
}

impl Service {
    /// Makes an access key. This is the only time that its secret is given.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `AlreadyExists{what: "access key"}` (also when another account has the id, which
    /// is unique in the installation), `Quota{what: "access keys"}`, `Invalid`, `Forbidden`.
    pub fn create_access_key(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        new: &NewAccessKey,
    ) -> Result<(AccessKey, Secret)> {
        let user = self.user_to_change(tx, caller, "ram:CreateAccessKey", &new.user)?;
        names::check_description(&new.description)?;
        let (id, secret) = match &new.chosen {
            Some((id, secret)) => {
                check_chosen(id, secret)?;
                (id.clone(), secret.clone())
            }
            None => (secret::access_key_id(tx.random()), secret::access_key_secret(tx.random())),
        };
        self.insert_access_key(tx, &user, id, secret, &new.description)
    }

    fn insert_access_key(
        &self,
        tx: &mut Tx<'_>,
        user: &crate::model::User,
        id: String,
        secret: Secret,
        description: &str,
    ) -> Result<(AccessKey, Secret)> {
        let limit = self.settings.max_access_keys;
        if keys::count_of_user(tx, &user.id)? >= limit {
            return Err(Error::Quota { what: "access keys", limit });
        }
        let now = tx.now();
        let key = AccessKey {
            uuid: secret::hex_id(tx.random()),
            account_id: user.account_id.clone(),
            user_id: user.id.clone(),
            description: description.to_owned(),
            enabled: true,
            expires_at: None,
            created_at: now,
            updated_at: now,
            id,
        };
        let sealed = self.vault.seal(tx.random(), &key.id, secret.expose())?;
        keys::insert(tx, &key, &sealed)?;
        Ok((key, secret))
    }

    /// The access keys of the caller's account, oldest first; of one user only, if one is named.
    ///
    /// # Errors
    /// `NotFound{what: "user"}`, `Forbidden`.
    pub fn access_keys(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        user: Option<&str>,
    ) -> Result<Vec<AccessKey>> {
        let all = format!("acs:ram::{}:user/{}", caller.account_id, user.unwrap_or("*"));
        caller.require("ram:ListAccessKeys", &all)?;
        let mut found = keys::of_account(tx, &caller.account_id)?;
        if let Some(name) = user {
            let user = users::find(tx, &caller.account_id, name)?;
            let user = user.ok_or_else(|| Error::not_found("user", name))?;
            found.retain(|key| key.user_id == user.id);
        }
        Ok(found)
    }

    /// An access key of the caller's account, by its id or by ZStack's uuid of the record.
    ///
    /// # Errors
    /// `NotFound{what: "access key"}`, `Forbidden`.
    pub fn access_key(&self, tx: &mut Tx<'_>, caller: &Caller, id_or_uuid: &str) -> Result<AccessKey> {
        caller.require("ram:ListAccessKeys", &format!("acs:ram::{}:user/*", caller.account_id))?;
        find(tx, caller, id_or_uuid)
    }

    /// Lets an access key work or stops it.
    ///
    /// # Errors
    /// `NotFound{what: "access key"}`, `Forbidden`.
    pub fn set_access_key_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id_or_uuid: &str,
        enabled: bool,
    ) -> Result<AccessKey> {
        let key = self.key_to_change(tx, caller, "ram:UpdateAccessKey", id_or_uuid)?;
        // An old key that is enabled again after its rotation works without end.
        let expires_at = key.expires_at.filter(|_| !enabled);
        let key = AccessKey { enabled, expires_at, updated_at: tx.now(), ..key };
        keys::update(tx, &key)?;
        self.forget_cached();
        Ok(key)
    }

    /// Deletes an access key.
    ///
    /// # Errors
    /// `NotFound{what: "access key"}`, `Forbidden`.
    pub fn delete_access_key(&self, tx: &mut Tx<'_>, caller: &Caller, id_or_uuid: &str) -> Result<()> {
        let key = self.key_to_change(tx, caller, "ram:DeleteAccessKey", id_or_uuid)?;
        keys::delete(tx, &key.id)?;
        self.forget_cached();
        Ok(())
    }

    /// Makes a new key for the same user; the old one goes on working for `overlap_ms`, so that clients can be
    /// changed one after the other.
    ///
    /// # Errors
    /// As [`Service::create_access_key`]; `Invalid{field: "overlap"}`; `Conflict{what: "disabled access key"}`.
    pub fn rotate_access_key(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id_or_uuid: &str,
        overlap_ms: i64,
    ) -> Result<(AccessKey, Secret)> {
        let old = self.key_to_change(tx, caller, "ram:CreateAccessKey", id_or_uuid)?;
        if !(0..=MOST_OVERLAP_MS).contains(&overlap_ms) {
            return Err(Error::invalid("overlap", "0 to 31 days"));
        }
        if !old.enabled {
            return Err(Error::conflict("disabled access key", "a disabled access key is not rotated"));
        }
        let user = self.user_to_change(tx, caller, "ram:CreateAccessKey", &old.user_id)?;
        let (id, secret) = (secret::access_key_id(tx.random()), secret::access_key_secret(tx.random()));
        let made = self.insert_access_key(tx, &user, id, secret, &old.description)?;
        let now = tx.now();
        keys::update(tx, &AccessKey { expires_at: Some(now.plus_ms(overlap_ms)), updated_at: now, ..old })?;
        self.forget_cached();
        Ok(made)
    }

    fn key_to_change(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        action: &str,
        id_or_uuid: &str,
    ) -> Result<AccessKey> {
        caller.require(action, &format!("acs:ram::{}:user/*", caller.account_id))?;
        let key = find(tx, caller, id_or_uuid)?;
        self.user_to_change(tx, caller, action, &key.user_id)?;
        Ok(key)
    }
}

fn find(tx: &mut Tx<'_>, caller: &Caller, id_or_uuid: &str) -> Result<AccessKey> {
    keys::find(tx, &caller.account_id, id_or_uuid)?.ok_or_else(|| Error::not_found("access key", id_or_uuid))
}

/// Ids and secrets that a client may choose: what every wire can carry unescaped. ZStack's lengths
/// (`contracts/zstack.md` 1.9) are the lower bound; other vendors' forms are longer.
pub(super) fn check_chosen(id: &str, secret: &Secret) -> Result<()> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !(10..=32).contains(&id.len()) || !plain(id) {
        return Err(Error::invalid("access key id", "10 to 32 letters and digits"));
    }
    let secret = secret.expose();
    if !(10..=64).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid("access key secret", "10 to 64 visible ASCII characters"));
    }
    Ok(())
}
