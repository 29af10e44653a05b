//! Policies, and whom they are attached to.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use crate::caller::Caller;
use crate::model::Policy;
use crate::names;
use crate::policy::{Document, SystemPolicy, system_policies};
use crate::store::{policies, roles, user_groups, users};

/// A policy to be made.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Its name, unique among the account's own policies.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The document, in any dialect.
    pub document: String,
}

/// What a policy is attached to, each by name or id.
#[derive(Clone, Debug)]
pub enum Target {
    /// A user.
    User(String),
    /// A user group.
    Group(String),
    /// A role.
    Role(String),
}

/// Which policy: an account's own may have the name of a built-in one.
#[derive(Clone, Debug)]
pub struct PolicyName {
    /// Its name.
    pub name: String,
    /// Whether it is built in; when nothing is said, the account's own goes first.
    pub is_system: Option<bool>,
}

impl PolicyName {
    /// The account's own policy of this name, else the built-in one.
    pub fn any(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_system: None }
    }
}

impl Service {
    /// Makes a policy.
    ///
    /// # Errors
    /// `AlreadyExists{what: "policy"}`, `Invalid{field: "policy"}`, `Forbidden`.
    pub fn create_policy(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewPolicy) -> Result<Policy> {
        require(caller, "ram:CreatePolicy", &new.name)?;
        names::check("policy name", &new.name, 128)?;
        names::check_description(&new.description)?;
        Document::parse(&new.document)?;
        let now = tx.now();
        let policy = Policy {
            name: new.name.clone(),
            is_system: false,
            description: new.description.clone(),
            document: new.document.clone(),
            created_at: now,
            updated_at: now,
        };
        policies::insert(tx, &caller.account_id, &policy)?;
        Ok(policy)
    }

    /// The account's own policies, then the built-in ones.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn policies(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Policy>> {
        require(caller, "ram:ListPolicies", "*")?;
        let mut found = policies::list(tx, &caller.account_id)?;
        found.extend(system_policies().iter().map(built_in));
        Ok(found)
    }

    /// One policy.
    ///
    /// # Errors
    /// `NotFound{what: "policy"}`, `Forbidden`.
    pub fn policy(&self, tx: &mut Tx<'_>, caller: &Caller, name: &PolicyName) -> Result<Policy> {
        require(caller, "ram:GetPolicy", &name.name)?;
        find(tx, caller, name)
    }

    /// Replaces the document of one of the account's own policies; it counts from the next second at the latest.
    ///
    /// # Errors
    /// `NotFound{what: "policy"}`, `Invalid{field: "policy"}`, `Forbidden`.
    pub fn update_policy(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &str,
        document: &str,
    ) -> Result<Policy> {
        require(caller, "ram:UpdatePolicy", name)?;
        Document::parse(document)?;
        let policy = own(tx, caller, name)?;
        let policy = Policy { document: document.to_owned(), updated_at: tx.now(), ..policy };
        policies::update(tx, &caller.account_id, &policy)?;
        self.forget_cached();
        Ok(policy)
    }

    /// Deletes one of the account's own policies.
    ///
    /// # Errors
    /// `NotFound{what: "policy"}`, `Conflict{what: "attached policy"}`, `Forbidden`.
    pub fn delete_policy(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<()> {
        require(caller, "ram:DeletePolicy", name)?;
        own(tx, caller, name)?;
        if policies::is_attached(tx, &caller.account_id, name)? {
            return Err(Error::conflict("attached policy", format!("the policy {name} is attached")));
        }
        policies::delete(tx, &caller.account_id, name)
    }

    /// Attaches a policy.
    ///
    /// # Errors
    /// `NotFound`, `AlreadyExists{what: "policy attachment"}`, `Forbidden`, `Conflict{what: "root user"}`: the
    /// root user may do everything whatever is attached, so a policy on it would only mislead.
    pub fn attach_policy(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &PolicyName,
        target: &Target,
    ) -> Result<()> {
        require(caller, "ram:AttachPolicy", &name.name)?;
        let policy = find(tx, caller, name)?;
        let target = resolve(tx, caller, target)?;
        if !policies::attach(tx, &caller.account_id, &policy, (target.kind, &target.id))? {
            return Err(Error::already_exists("policy attachment", &policy.name));
        }
        self.forget_cached();
        Ok(())
    }

    /// Takes a policy away.
    ///
    /// # Errors
    /// `NotFound`, also when it was not attached; `Forbidden`.
    pub fn detach_policy(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        name: &PolicyName,
        target: &Target,
    ) -> Result<()> {
        require(caller, "ram:DetachPolicy", &name.name)?;
        let policy = find(tx, caller, name)?;
        let target = resolve(tx, caller, target)?;
        if !policies::detach(tx, &caller.account_id, &policy, &target.id)? {
            return Err(Error::not_found("policy attachment", &policy.name));
        }
        self.forget_cached();
        Ok(())
    }

    /// The policies attached to one target, by name.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub fn attached_policies(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        target: &Target,
    ) -> Result<Vec<PolicyName>> {
        require(caller, "ram:ListPolicies", "*")?;
        let target = resolve(tx, caller, target)?;
        let attached = policies::attached(tx, &caller.account_id, &target.id)?;
        let named = |(name, is_system)| PolicyName { name, is_system: Some(is_system) };
        Ok(attached.into_iter().map(named).collect())
    }
}

struct Resolved {
    kind: &'static str,
    id: String,
}

fn resolve(tx: &mut Tx<'_>, caller: &Caller, target: &Target) -> Result<Resolved> {
    let account = &caller.account_id;
    match target {
        Target::User(name) => {
            let user = users::find(tx, account, name)?.ok_or_else(|| Error::not_found("user", name))?;
            if user.is_root {
                return Err(Error::conflict("root user", "the root user may do everything already"));
            }
            Ok(Resolved { kind: "user", id: user.id })
        }
        Target::Group(name) => {
            let group = user_groups::find(tx, account, name)?;
            let group = group.ok_or_else(|| Error::not_found("user group", name))?;
            Ok(Resolved { kind: "group", id: group.id })
        }
        Target::Role(name) => {
            let role = roles::find(tx, account, name)?.ok_or_else(|| Error::not_found("role", name))?;
            Ok(Resolved { kind: "role", id: role.id })
        }
    }
}

fn find(tx: &mut Tx<'_>, caller: &Caller, name: &PolicyName) -> Result<Policy> {
    if name.is_system != Some(true)
        && let Some(policy) = policies::by_name(tx, &caller.account_id, &name.name)?
    {
        return Ok(policy);
    }
    let system = system_policies().iter().find(|policy| policy.name == name.name);
    match system {
        Some(policy) if name.is_system != Some(false) => Ok(built_in(policy)),
        _ => Err(Error::not_found("policy", &name.name)),
    }
}

fn own(tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Policy> {
    policies::by_name(tx, &caller.account_id, name)?.ok_or_else(|| Error::not_found("policy", name))
}

fn built_in(policy: &SystemPolicy) -> Policy {
    Policy {
        name: policy.name.to_owned(),
        is_system: true,
        description: policy.description.to_owned(),
        document: policy.document.to_owned(),
        created_at: muster_core::Timestamp::default(),
        updated_at: muster_core::Timestamp::default(),
    }
}

fn require(caller: &Caller, action: &str, policy: &str) -> Result<()> {
    caller.require(action, &format!("acs:ram::{}:policy/{policy}", caller.account_id))
}
