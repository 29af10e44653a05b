//! Whose access key is this?

use std::sync::Arc;
use std::time::Instant;

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use subtle::ConstantTimeEq;

use super::Service;
use crate::caller::{Identity, Principal};
use crate::model::User;
use crate::policy::Document;
use crate::rights::Rights;
use crate::secret::{self, Secret};
use crate::store;
use crate::store::keys::TemporaryKeyRow;

/// An access key with its secret and its owner: all that a wire needs to verify a request.
#[derive(Debug)]
pub struct Credential {
    /// The access key's id.
    pub id: String,
    /// The secret that signatures are made with.
    pub secret: Secret,
    /// Whether the key and its owner are enabled. The wires refuse the others, each in its own words.
    pub enabled: bool,
    /// Whose key it is.
    pub identity: Arc<Identity>,
    expires_at: Option<Timestamp>,
    token_digest: Option<[u8; 32]>,
}

/// Why the security token of a request does not fit its access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// A temporary key came without its token.
    Missing,
    /// The token is not the key's.
    Mismatch,
    /// Token and key are over.
    Expired,
}

impl Credential {
    /// Whether the key is temporary and needs its token beside it.
    pub fn is_temporary(&self) -> bool {
        self.token_digest.is_some()
    }

    /// Checks the security token that came with the key at the instant `now`. A lasting key has none.
    ///
    /// # Errors
    /// The fault, for the wire to word.
    pub fn check_token(&self, token: Option<&str>, now: Timestamp) -> Result<(), TokenFault> {
        match (&self.token_digest, token) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(TokenFault::Mismatch),
            (Some(_), None) => Err(TokenFault::Missing),
            (Some(expected), Some(token)) => {
                if !bool::from(secret::digest(token).ct_eq(expected)) {
                    Err(TokenFault::Mismatch)
                } else if self.expires_at.is_some_and(|end| now >= end) {
                    Err(TokenFault::Expired)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Whether a lasting key works at the instant `now`: it is enabled and a rotation's overlap has not ended.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.enabled && (self.is_temporary() || self.expires_at.is_none_or(|end| now < end))
    }
}

/// What is read from the store; the secret is opened outside of the transaction.
struct Found {
    id: String,
    sealed: Vec<u8>,
    enabled: bool,
    identity: Identity,
    expires_at: Option<Timestamp>,
    token_digest: Option<[u8; 32]>,
}

impl Service {
    /// The access key `id`, or nothing when there is none. At most a second old.
    ///
    /// # Errors
    /// Only when the store fails: an unknown key is not an error here.
    pub async fn credential(&self, id: &str) -> Result<Option<Arc<Credential>>> {
        if let Some(found) = self.credentials.get(id) {
            return Ok(Some(found));
        }
        let read_at = Instant::now();
        let (wanted, region) = (id.to_owned(), self.settings.region.clone());
        let found = self.db.read(move |tx| find(tx, &wanted, &region)).await?;
        self.keep(found, read_at)
    }

    /// As [`Service::credential`], for threads that may block.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn credential_blocking(&self, id: &str) -> Result<Option<Arc<Credential>>> {
        if let Some(found) = self.credentials.get(id) {
            return Ok(Some(found));
        }
        let read_at = Instant::now();
        let found = self.db.read_blocking(|tx| find(tx, id, &self.settings.region))?;
        self.keep(found, read_at)
    }

    fn keep(&self, found: Option<Found>, read_at: Instant) -> Result<Option<Arc<Credential>>> {
        let Some(found) = found else { return Ok(None) };
        let credential = Arc::new(Credential {
            secret: Secret::new(self.vault.open(&found.id, &found.sealed)?),
            id: found.id,
            enabled: found.enabled,
            identity: Arc::new(found.identity),
            expires_at: found.expires_at,
            token_digest: found.token_digest,
        });
        self.credentials.put(credential.id.clone(), Arc::clone(&credential), read_at);
        Ok(Some(credential))
    }
}

fn find(tx: &mut Tx<'_>, id: &str, region: &str) -> Result<Option<Found>> {
    if let Some((key, sealed)) = store::keys::with_secret(tx, id)? {
        let user = store::users::by_id(tx, &key.user_id)?.ok_or_else(|| orphan(id))?;
        let enabled = key.enabled && user.enabled;
        let identity = identity_of_user(tx, &user, None, region)?;
        let enabled = enabled && identity.account.enabled;
        let expires_at = key.expires_at;
        return Ok(Some(Found { id: key.id, sealed, enabled, identity, expires_at, token_digest: None }));
    }
    let Some(key) = store::keys::temporary(tx, id)? else { return Ok(None) };
    let (mut identity, enabled) = identity_of_temporary(tx, &key, region)?;
    identity.expires_at = Some(key.expires_at);
    Ok(Some(Found {
        enabled: enabled && identity.account.enabled,
        identity,
        expires_at: Some(key.expires_at),
        token_digest: Some(key.token_digest),
        sealed: key.secret,
        id: key.id,
    }))
}

fn orphan(id: &str) -> Error {
    Error::internal(format!("the access key {id} has no owner"))
}

pub(super) fn identity_of_user(
    tx: &mut Tx<'_>,
    user: &User,
    session_policy: Option<Document>,
    region: &str,
) -> Result<Identity> {
    let rights = if user.is_root {
        Rights { unrestricted: true, session_policy, ..Rights::default() }
    } else {
        Rights {
            unrestricted: false,
            documents: store::rights::of_user(tx, user)?,
            grants: store::rights::grants_of(tx, user)?,
            session_policy,
        }
    };
    let principal = if user.is_root {
        Principal::Root { user_id: user.id.clone(), name: user.name.clone() }
    } else {
        Principal::User { user_id: user.id.clone(), number: user.number.clone(), name: user.name.clone() }
    };
    identity(tx, &user.account_id, principal, rights, region)
}

fn identity_of_temporary(tx: &mut Tx<'_>, key: &TemporaryKeyRow, region: &str) -> Result<(Identity, bool)> {
    let session_policy = key.session_policy.as_deref().map(Document::parse).transpose()?;
    if let Some(user_id) = &key.user_id {
        let user = store::users::by_id(tx, user_id)?.ok_or_else(|| orphan(&key.id))?;
        return Ok((identity_of_user(tx, &user, session_policy, region)?, user.enabled));
    }
    let role_id = key.role_id.as_deref().ok_or_else(|| orphan(&key.id))?;
    let role = store::roles::by_id(tx, role_id)?.ok_or_else(|| orphan(&key.id))?;
    let rights = Rights {
        documents: store::rights::of_role(tx, &role.account_id, &role.id)?,
        session_policy,
        ..Rights::default()
    };
    let principal = Principal::AssumedRole {
        role_number: role.number,
        role: role.name,
        session: key.session_name.clone(),
    };
    Ok((identity(tx, &key.account_id, principal, rights, region)?, true))
}

fn identity(
    tx: &mut Tx<'_>,
    account_id: &str,
    principal: Principal,
    rights: Rights,
    region: &str,
) -> Result<Identity> {
    let account = store::accounts::account_by_id(tx, account_id)?
        .ok_or_else(|| Error::internal(format!("the account {account_id} does not exist")))?;
    let projects = store::accounts::projects(tx, account_id)?;
    let (region, rights) = (region.to_owned(), Arc::new(rights));
    Ok(Identity { account, principal, projects, region, rights, expires_at: None })
}
