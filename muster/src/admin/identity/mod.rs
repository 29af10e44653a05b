//! Accounts, users, groups, access keys, projects, policies, roles and the audit log, as an operator sees them.
//!
//! The same types are what can be typed and what travels over the socket.

mod accounts;
mod commands;
mod policies;
mod rows;
mod users;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use muster_core::{Error, Random, Result};
use muster_db::Tx;
use muster_identity::audit::{self, AuditFilter};
use muster_identity::{AccountName, Caller, Origin, PasswordHash, Proof, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Admin;
pub use commands::{
    AccessKeyCommand, AccountCommand, AuditQuery, GroupCommand, Holder, Password, PolicyCommand,
    ProjectCommand, RoleCommand, UserCommand,
};

/// Without the letters and digits that people mistake for each other.
const LEGIBLE: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// What is to be done, in which account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityRequest {
    /// Name or id of the account; the first one unless told.
    pub account: Option<String>,
    /// What is to be done.
    pub command: IdentityCommand,
}

/// Who is administered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names its own type")]
pub enum IdentityCommand {
    Account(AccountCommand),
    User(UserCommand),
    AccessKey(AccessKeyCommand),
    Project(ProjectCommand),
    Policy(PolicyCommand),
    Group(GroupCommand),
    Role(RoleCommand),
    Audit(AuditQuery),
}

impl IdentityCommand {
    /// Whether it only looks.
    fn reads(&self) -> bool {
        matches!(
            self,
            Self::Account(AccountCommand::List)
                | Self::User(UserCommand::List)
                | Self::AccessKey(AccessKeyCommand::List { .. })
                | Self::Project(ProjectCommand::List)
                | Self::Policy(
                    PolicyCommand::List | PolicyCommand::Show { .. } | PolicyCommand::Attached { .. }
                )
                | Self::Group(GroupCommand::List | GroupCommand::Members { .. })
                | Self::Role(RoleCommand::List)
                | Self::Audit(_)
        )
    }

    /// The operation's name, and kind and name of its subject, for the audit log.
    fn audited(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::Account(command) => match command {
                AccountCommand::List => ("ListAccounts", "account", ""),
                AccountCommand::Create { name, .. } => ("CreateAccount", "account", name),
                AccountCommand::Enable { name } => ("EnableAccount", "account", name),
                AccountCommand::Disable { name } => ("DisableAccount", "account", name),
            },
            Self::User(command) => match command {
                UserCommand::List => ("ListUsers", "user", ""),
                UserCommand::Create { name, .. } => ("CreateUser", "user", name),
                UserCommand::SetPassword { name, .. } => ("SetPassword", "user", name),
                UserCommand::Enable { name } => ("EnableUser", "user", name),
                UserCommand::Disable { name } => ("DisableUser", "user", name),
                UserCommand::Delete { name } => ("DeleteUser", "user", name),
            },
            Self::AccessKey(command) => match command {
                AccessKeyCommand::List { .. } => ("ListAccessKeys", "access key", ""),
                AccessKeyCommand::Create { user, .. } => {
                    ("CreateAccessKey", "user", user.as_deref().unwrap_or_default())
                }
                AccessKeyCommand::Rotate { id, .. } => ("RotateAccessKey", "access key", id),
                AccessKeyCommand::Enable { id } => ("EnableAccessKey", "access key", id),
                AccessKeyCommand::Disable { id } => ("DisableAccessKey", "access key", id),
                AccessKeyCommand::Delete { id } => ("DeleteAccessKey", "access key", id),
            },
            Self::Project(command) => match command {
                ProjectCommand::List => ("ListProjects", "project", ""),
                ProjectCommand::Create { name, .. } => ("CreateProject", "project", name),
                ProjectCommand::Enable { id } => ("EnableProject", "project", id),
                ProjectCommand::Disable { id } => ("DisableProject", "project", id),
            },
            Self::Policy(command) => match command {
                PolicyCommand::List => ("ListPolicies", "policy", ""),
                PolicyCommand::Show { name } => ("GetPolicy", "policy", name),
                PolicyCommand::Put { name, .. } => ("PutPolicy", "policy", name),
                PolicyCommand::Delete { name } => ("DeletePolicy", "policy", name),
                PolicyCommand::Attach { name, .. } => ("AttachPolicy", "policy", name),
                PolicyCommand::Detach { name, .. } => ("DetachPolicy", "policy", name),
                PolicyCommand::Attached { .. } => ("ListAttachedPolicies", "policy", ""),
            },
            Self::Group(command) => match command {
                GroupCommand::List => ("ListGroups", "user group", ""),
                GroupCommand::Create { name, .. } => ("CreateGroup", "user group", name),
                GroupCommand::Delete { name } => ("DeleteGroup", "user group", name),
                GroupCommand::Members { name } => ("ListUsersForGroup", "user group", name),
                GroupCommand::Add { name, .. } => ("AddUserToGroup", "user group", name),
                GroupCommand::Remove { name, .. } => ("RemoveUserFromGroup", "user group", name),
            },
            Self::Role(command) => match command {
                RoleCommand::List => ("ListRoles", "role", ""),
                RoleCommand::Create { name, .. } => ("CreateRole", "role", name),
                RoleCommand::Delete { name } => ("DeleteRole", "role", name),
            },
            Self::Audit(_) => ("ListAudit", "audit", ""),
        }
    }

    /// The password that this command sets: read, or made. Nothing when it sets none.
    fn password(&self, random: &mut Random) -> Option<String> {
        let (Self::Account(AccountCommand::Create { password, .. })
        | Self::User(
            UserCommand::Create { password, no_password: false, .. }
            | UserCommand::SetPassword { password, .. },
        )) = self
        else {
            return None;
        };
        Some(password.given.clone().unwrap_or_else(|| random.text(LEGIBLE, 24)))
    }
}

/// A password that is to be set.
struct NewPassword {
    /// Shown, unless it was given.
    made: Option<String>,
    hash: PasswordHash,
}

/// The operator as the root user of an account.
pub(super) fn caller(admin: &Admin, account: Option<&str>, random: &mut Random) -> Result<Caller> {
    let origin = Origin {
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        secure: true,
        request_id: random.uuid(),
        at: admin.world.clock.now(),
    };
    admin.identity.act_as_root(&account_name(account), origin)
}

pub(super) fn execute(admin: &Admin, request: &IdentityRequest) -> Result<Value> {
    let mut random = Random::from_seed(&admin.world.random.seed());
    let caller = caller(admin, request.account.as_deref(), &mut random)?;
    let command = request.command.clone();
    // Hashing takes a while: before the transaction, not inside.
    let password = match command.password(&mut random) {
        None => None,
        Some(text) => {
            let hash = admin.identity.hash_password_blocking(&Proof::Plain(text.clone()))?;
            Some(NewPassword { made: Some(text).filter(|_| !was_given(&command)), hash })
        }
    };
    let identity = Arc::clone(&admin.identity);
    if command.reads() {
        return admin.db.read_blocking(|tx| run(&identity, tx, &caller, &command, None));
    }
    admin.db.write_blocking(move |tx| {
        let (operation, kind, subject) = command.audited();
        let subject = Some((kind, subject)).filter(|(_, subject)| !subject.is_empty());
        audit::recorded(tx, &caller, ("cli", operation), subject, |tx| {
            run(&identity, tx, &caller, &command, password.as_ref())
        })
    })?
}

fn was_given(command: &IdentityCommand) -> bool {
    match command {
        IdentityCommand::Account(AccountCommand::Create { password, .. })
        | IdentityCommand::User(
            UserCommand::Create { password, .. } | UserCommand::SetPassword { password, .. },
        ) => password.given.is_some(),
        _ => false,
    }
}

fn account_name(text: Option<&str>) -> AccountName {
    let is_id = |text: &str| {
        (text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit()))
            || (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    match text {
        None => AccountName::First,
        Some(id) if is_id(id) => AccountName::Id(id.to_owned()),
        Some(name) => AccountName::Name(name.to_owned()),
    }
}

fn run(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &IdentityCommand,
    password: Option<&NewPassword>,
) -> Result<Value> {
    match command {
        IdentityCommand::Account(command) => accounts::account(identity, tx, caller, command, password),
        IdentityCommand::User(command) => users::user(identity, tx, caller, command, password),
        IdentityCommand::AccessKey(command) => users::access_key(identity, tx, caller, command),
        IdentityCommand::Project(command) => accounts::project(identity, tx, caller, command),
        IdentityCommand::Policy(command) => policies::policy(identity, tx, caller, command),
        IdentityCommand::Group(command) => users::group(identity, tx, caller, command),
        IdentityCommand::Role(command) => policies::role(identity, tx, caller, command),
        IdentityCommand::Audit(query) => audit_rows(tx, caller, query),
    }
}

fn audit_rows(tx: &mut Tx<'_>, caller: &Caller, query: &AuditQuery) -> Result<Value> {
    let filter = AuditFilter {
        before: query.before,
        operation: query.operation.clone(),
        principal: query.principal.clone(),
        subject_id: query.subject.clone(),
        refused_only: query.refused,
    };
    Ok(audit::list(tx, &caller.account_id, &filter, query.limit)?.iter().map(rows::audit_row).collect())
}

fn needed(password: Option<&NewPassword>) -> Result<&NewPassword> {
    password.ok_or_else(|| Error::internal("a command that sets a password came without one"))
}

/// Adds a password that was made here: nobody else knows it.
fn show(row: &mut Value, password: &NewPassword) {
    if let Some(made) = &password.made {
        row["password"] = json!(made);
    }
}
