//! Roles, and the temporary keys of those who assume them.

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;

use super::Service;
use crate::caller::{Caller, Principal};
use crate::model::{Role, TemporaryCredentials};
use crate::policy::{Document, TrustPolicy};
use crate::store::keys::{self, TemporaryKeyRow};
use crate::store::roles;
use crate::{names, secret};

/// Bounds of a temporary key's life, in seconds (`contracts/alibaba-rpc.md` 17).
const LEAST_SESSION_S: i64 = 900;
const USUAL_SESSION_S: i64 = 3_600;
const MOST_ROLE_SESSION_S: i64 = 43_200;
/// Huawei lets a user's own temporary keys live for a day (`contracts/huawei-auth.md` 6.3).
const MOST_USER_SESSION_S: i64 = 86_400;

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Who may assume it: a RAM trust policy.
    pub trust: String,
    /// The longest session in seconds, 900 to 43,200; an hour when absent.
    pub max_session_s: Option<i64>,
}

/// Who wants to become what.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// `acs:ram::1000000000000001:role/name`, possibly of another account.
    pub role_arn: String,
    /// What the session is to be called: 2 to 64 of letters, digits and `.@_-`.
    pub session_name: String,
    /// A document that narrows what the role may do.
    pub policy: Option<String>,
    /// How long, in seconds; an hour when absent.
    pub duration_s: Option<i64>,
    /// What a trust policy may ask for.
    pub external_id: Option<String>,
}

/// Somebody has become something.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// The keys.
    pub credentials: TemporaryCredentials,
    /// The role.
    pub role: Role,
    /// `acs:sts::1000000000000001:assumed-role/role/session`.
    pub arn: String,
}

impl Service {
    /// Makes a role, which may do nothing until a policy is attached.
    ///
    /// # Errors
    /// `AlreadyExists{what: "role"}`, `Invalid`, `Forbidden`.
    pub fn create_role(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewRole) -> Result<Role> {
        require(caller, "ram:CreateRole", &new.name)?;
        names::check("role name", &new.name, 64)?;
        names::check_description(&new.description)?;
        TrustPolicy::parse(&new.trust)?;
        let max_session_s = new.max_session_s.unwrap_or(USUAL_SESSION_S);
        if !(LEAST_SESSION_S..=MOST_ROLE_SESSION_S).contains(&max_session_s) {
            return Err(Error::invalid("max session duration", "900 to 43200 seconds"));
        }
        let role = Role {
            id: secret::hex_id(tx.random()),
            number: tx.new_id()?.to_string(),
            account_id: caller.account_id.clone(),
            name: new.name.clone(),
            description: new.description.clone(),
            trust: new.trust.clone(),
            max_session_s,
            created_at: tx.now(),
        };
        roles::insert(tx, &role)?;
        Ok(role)
    }

    /// The roles of the caller's account.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn roles(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Role>> {
        require(caller, "ram:ListRoles", "*")?;
        roles::list(tx, &caller.account_id)
    }

    /// Deletes a role; keys of those who assumed it stop working.
    ///
    /// # Errors
    /// `NotFound{what: "role"}`, `Forbidden`.
    pub fn delete_role(&self, tx: &mut Tx<'_>, caller: &Caller, name_or_id: &str) -> Result<()> {
        require(caller, "ram:DeleteRole", name_or_id)?;
        let role = roles::find(tx, &caller.account_id, name_or_id)?;
        let role = role.ok_or_else(|| Error::not_found("role", name_or_id))?;
        // Policies name roles by name: one that is meant by its id is asked about by name too.
        require(caller, "ram:DeleteRole", &role.name)?;
        roles::delete(tx, &role)?;
        self.forget_cached();
        Ok(())
    }

    /// Gives the caller keys of a role that trusts it.
    ///
    /// # Errors
    /// `Invalid` with the field (`role arn`, `session name`, `policy`, `duration`), `NotFound{what: "role"}` for a
    /// role of the own account that does not exist, `Forbidden` for one that does not trust the caller and for
    /// any unknown one elsewhere.
    pub fn assume_role(&self, tx: &mut Tx<'_>, caller: &Caller, ask: &AssumeRole) -> Result<AssumedRole> {
        let (account_id, name) = parse_arn(&ask.role_arn)?;
        check_session_name(&ask.session_name)?;
        if let Some(policy) = &ask.policy {
            Document::parse(policy)?;
        }
        let forbidden = || Error::Forbidden { action: "sts:AssumeRole".to_owned() };
        caller.require("sts:AssumeRole", &ask.role_arn)?;
        let role = match roles::by_name(tx, account_id, name)? {
            Some(role) => role,
            None if account_id == caller.account_id => return Err(Error::not_found("role", name)),
            None => return Err(forbidden()),
        };
        if !trusts(&role, caller, ask.external_id.as_deref())? {
            return Err(forbidden());
        }
        let duration_s = ask.duration_s.unwrap_or(USUAL_SESSION_S.min(role.max_session_s));
        check_duration(duration_s, role.max_session_s)?;
        let key = NewTemporaryKey {
            account_id: &role.account_id,
            user_id: None,
            role_id: Some(&role.id),
            session_name: &ask.session_name,
            session_policy: ask.policy.as_deref(),
            expires_at: tx.now().plus_ms(duration_s * 1000),
        };
        let credentials = self.issue(tx, &key)?;
        let arn = format!("acs:sts::{}:assumed-role/{}/{}", role.account_id, role.name, ask.session_name);
        Ok(AssumedRole { credentials, role, arn })
    }

    /// Gives the caller temporary keys of its own, with its own rights. Those that a temporary key asks for end with
    /// it at the latest: nobody prolongs its own access without end.
    ///
    /// # Errors
    /// `Invalid{field: "duration"}`; `Forbidden` for an assumed role.
    pub fn issue_own_temporary_key(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        duration_s: Option<i64>,
    ) -> Result<TemporaryCredentials> {
        if matches!(caller.principal, Principal::AssumedRole { .. }) {
            return Err(Error::Forbidden { action: "iam:credentials:createTemporary".to_owned() });
        }
        let duration_s = duration_s.unwrap_or(LEAST_SESSION_S);
        check_duration(duration_s, MOST_USER_SESSION_S)?;
        let wanted = tx.now().plus_ms(duration_s * 1000);
        let expires_at = caller.identity.expires_at.map_or(wanted, |end| wanted.min(end));
        self.issue(
            tx,
            &NewTemporaryKey {
                account_id: &caller.account_id,
                user_id: Some(caller.user_id()),
                role_id: None,
                session_name: caller.name(),
                session_policy: None,
                expires_at,
            },
        )
    }

    fn issue(&self, tx: &mut Tx<'_>, new: &NewTemporaryKey<'_>) -> Result<TemporaryCredentials> {
        let random = tx.random();
        let credentials = TemporaryCredentials {
            access_key_id: secret::temporary_key_id(random),
            access_key_secret: secret::access_key_secret(random),
            security_token: secret::token(random),
            expires_at: new.expires_at,
        };
        let sealed =
            self.vault.seal(random, &credentials.access_key_id, credentials.access_key_secret.expose())?;
        keys::insert_temporary(
            tx,
            &TemporaryKeyRow {
                id: credentials.access_key_id.clone(),
                secret: sealed,
                token_digest: secret::digest(credentials.security_token.expose()),
                account_id: new.account_id.to_owned(),
                user_id: new.user_id.map(str::to_owned),
                role_id: new.role_id.map(str::to_owned),
                session_name: new.session_name.to_owned(),
                session_policy: new.session_policy.map(str::to_owned),
                expires_at: new.expires_at,
            },
        )?;
        Ok(credentials)
    }
}

struct NewTemporaryKey<'a> {
    account_id: &'a str,
    user_id: Option<&'a str>,
    role_id: Option<&'a str>,
    session_name: &'a str,
    session_policy: Option<&'a str>,
    expires_at: Timestamp,
}

fn parse_arn(arn: &str) -> Result<(&str, &str)> {
    let parts = arn.strip_prefix("acs:ram::").and_then(|rest| rest.split_once(":role/"));
    parts
        .filter(|(account, name)| account.len() == 16 && !name.is_empty())
        .ok_or_else(|| Error::invalid("role arn", "acs:ram::<account id>:role/<role name>"))
}

fn check_session_name(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".@_-".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(Error::invalid("session name", "2 to 64 letters, digits and . @ _ -"))
    }
}

fn check_duration(duration_s: i64, most: i64) -> Result<()> {
    if (LEAST_SESSION_S..=most).contains(&duration_s) {
        Ok(())
    } else {
        Err(Error::invalid("duration", format!("{LEAST_SESSION_S} to {most} seconds")))
    }
}

fn trusts(role: &Role, caller: &Caller, external_id: Option<&str>) -> Result<bool> {
    let own = match &caller.principal {
        Principal::AssumedRole { role, .. } => format!("acs:ram::{}:role/{role}", caller.account_id),
        Principal::Root { .. } | Principal::User { .. } => caller.arn(),
    };
    let whole_account = format!("acs:ram::{}:root", caller.account_id);
    let attributes: Vec<_> = external_id.map(|id| ("sts:ExternalId", id)).into_iter().collect();
    Ok(TrustPolicy::parse(&role.trust)?.trusts(&[&own, &whole_account], &caller.facts(&attributes)))
}

fn require(caller: &Caller, action: &str, role: &str) -> Result<()> {
    caller.require(action, &format!("acs:ram::{}:role/{role}", caller.account_id))
}
