//! Signing in with a password, and changing it.
//!
//! Nothing here runs inside a caller's transaction: hashing takes tens of milliseconds, and the store has one
//! writer.

use std::net::IpAddr;
use std::sync::Arc;

use muster_core::{Error, Result};
use muster_db::Tx;
use tokio::task::spawn_blocking;

use super::Service;
use super::credential::identity_of_user;
use super::start::ROOT_USER_NAME;
use crate::caller::{Caller, Identity};
use crate::model::{Account, User};
use crate::password::{PasswordHash, Proof};
use crate::store::{accounts, sessions, users};

/// How a sign-in names an account.
#[derive(Clone, Debug)]
pub enum AccountName {
    /// The first account: where nothing else is said.
    First,
    /// By its name (Huawei's domain name, ZStack's account name).
    Name(String),
    /// By Huawei's domain id, ZStack's account uuid, or the 16 digits.
    Id(String),
}

/// Who wants to sign in.
#[derive(Clone, Debug)]
pub enum SignInName {
    /// A user by name, within an account.
    User(AccountName, String),
    /// A user by id (32 hexadecimal digits).
    UserId(String),
    /// The root user of an account; `admin` as a name stands for the first account, as in ZStack.
    Root(AccountName),
}

/// A user whose password was right.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The user with its rights, ready to make callers of.
    pub identity: Arc<Identity>,
}

impl Service {
    /// Checks a password.
    ///
    /// # Errors
    /// `Unauthenticated` when anything does not fit: who exists is not revealed. `Throttled` after too many
    /// attempts.
    pub async fn sign_in(
        self: &Arc<Self>,
        name: SignInName,
        proof: Proof,
        source_ip: IpAddr,
    ) -> Result<SignedIn> {
        let service = Arc::clone(self);
        on_blocking_thread(move || service.sign_in_blocking(&name, &proof, source_ip)).await
    }

    /// As [`Service::sign_in`], for threads that may block.
    ///
    /// # Errors
    /// As [`Service::sign_in`].
    pub fn sign_in_blocking(&self, name: &SignInName, proof: &Proof, source_ip: IpAddr) -> Result<SignedIn> {
        let (counted, found) = self.db.read_blocking(|tx| {
            let user = find(tx, name)?;
            let counted = counted_as(tx, name, user.as_ref())?;
            let Some(user) = user else { return Ok((counted, None)) };
            let hash = users::password(tx, &user.id)?;
            let identity = identity_of_user(tx, &user, None, &self.settings.region)?;
            Ok((counted, Some((user, hash, identity))))
        })?;
        self.throttle.attempt(source_ip, &counted, self.clock.0.now())?;
        let hash = found.as_ref().and_then(|(_, hash, _)| hash.as_ref());
        let proved = self.passwords.verify(hash, proof)?;
        match found {
            Some((user, _, identity)) if proved && user.enabled && identity.account.enabled => {
                self.throttle.succeeded(source_ip, &counted);
                Ok(SignedIn { user, identity: Arc::new(identity) })
            }
            _ => Err(Error::Unauthenticated { why: "the user name or the password is wrong".to_owned() }),
        }
    }

    /// The stored form of a new password, for [`Service::create_user`] and [`Service::set_password`].
    ///
    /// # Errors
    /// `Invalid{field: "password"}`.
    pub async fn hash_password(self: &Arc<Self>, proof: Proof) -> Result<PasswordHash> {
        let service = Arc::clone(self);
        on_blocking_thread(move || service.hash_password_blocking(&proof)).await
    }

    /// As [`Service::hash_password`], for threads that may block.
    ///
    /// # Errors
    /// `Invalid{field: "password"}`.
    pub fn hash_password_blocking(&self, proof: &Proof) -> Result<PasswordHash> {
        self.passwords.hash(proof, &mut self.draw())
    }

    /// Whether `proof` is the caller's present password, as a change of it must show. Attempts are counted like
    /// sign-ins.
    ///
    /// # Errors
    /// `Unauthenticated`, `Throttled`.
    pub async fn prove_again(self: &Arc<Self>, caller: &Caller, proof: Proof) -> Result<()> {
        let name = SignInName::UserId(caller.user_id().to_owned());
        self.sign_in(name, proof, caller.source_ip).await.map(drop)
    }

    /// Sets the caller's own password, which it has [proved](Service::prove_again) to know. All its sessions,
    /// tokens and temporary keys end.
    ///
    /// # Errors
    /// `Forbidden` for an assumed role, which has no password.
    pub fn change_own_password(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        password: &PasswordHash,
    ) -> Result<()> {
        let user = users::by_id(tx, caller.user_id())?;
        let user = user.ok_or_else(|| Error::Forbidden { action: "ram:ChangePassword".to_owned() })?;
        self.replace_password(tx, &user, password)
    }

    pub(super) fn replace_password(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        password: &PasswordHash,
    ) -> Result<()> {
        users::set_password(tx, &user.id, password)?;
        sessions::end_all(tx, &user.id)?;
        self.forget_cached();
        Ok(())
    }
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|panic| Err(Error::internal(panic)))
}

fn find(tx: &mut Tx<'_>, name: &SignInName) -> Result<Option<User>> {
    match name {
        SignInName::UserId(id) => users::by_id(tx, id),
        SignInName::User(account, name) => match find_account(tx, account)? {
            Some(account) => users::by_name(tx, &account.id, name),
            None => Ok(None),
        },
        SignInName::Root(account) => {
            let account = match (find_account(tx, account)?, account) {
                (None, AccountName::Name(name)) if name == ROOT_USER_NAME => accounts::first_account(tx)?,
                (found, _) => found,
            };
            match account {
                Some(account) => users::root_of(tx, &account.id),
                None => Ok(None),
            }
        }
    }
}

/// What attempts are counted under: one user is one user, however it is named. Who does not exist is told from others
/// by the same rule, so that the counting does not show who exists.
fn counted_as(tx: &mut Tx<'_>, name: &SignInName, user: Option<&User>) -> Result<String> {
    if let Some(user) = user {
        return Ok(user.id.clone());
    }
    let text = match name {
        SignInName::UserId(id) => id.clone(),
        SignInName::User(account, user) => {
            let account = match (find_account(tx, account)?, account) {
                (Some(account), _) => account.id,
                (None, AccountName::Name(text) | AccountName::Id(text)) => text.clone(),
                (None, AccountName::First) => String::new(),
            };
            format!("{account}/{user}")
        }
        SignInName::Root(AccountName::Name(text) | AccountName::Id(text)) => text.clone(),
        SignInName::Root(AccountName::First) => String::new(),
    };
    // Only a real name needs its own counter; this bounds what an invented one can take.
    Ok(text.chars().take(128).collect())
}

pub(super) fn find_account(tx: &mut Tx<'_>, name: &AccountName) -> Result<Option<Account>> {
    match name {
        AccountName::First => accounts::first_account(tx),
        AccountName::Name(name) => accounts::account_by_name(tx, name),
        AccountName::Id(id) if id.len() == 16 => accounts::account_by_id(tx, id),
        AccountName::Id(id) => accounts::account_by_uuid(tx, id),
    }
}
