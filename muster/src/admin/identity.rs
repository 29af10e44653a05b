//! Accounts, users, access keys, projects and policies, as an operator administers them.
//!
//! The same types are what can be typed and what travels over the socket.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use clap::{Args, Subcommand};
use muster_core::{Error, Random, Result, Timestamp};
use muster_db::Tx;
use muster_identity::{
    AccessKey, Account, AccountName, Caller, NewAccessKey, NewAccount, NewPolicy, NewProject, NewUser,
    Origin, PasswordHash, Policy, PolicyName, Project, Proof, Secret, Service, Target, User, audit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Admin, RoleCommand};

/// Without the letters and digits that people mistake for each other.
const LEGIBLE: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
const HOUR_MS: i64 = 3_600_000;

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
    Role(RoleCommand),
}

/// Where a password comes from: standard input, or chance.
#[derive(Args, Clone, Default, Serialize, Deserialize)]
pub struct Password {
    /// Read the password from standard input; else one is made and printed
    #[arg(long)]
    pub password_stdin: bool,
    /// What was read.
    #[arg(skip)]
    pub given: Option<String>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// `muster account`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum AccountCommand {
    /// All accounts
    List,
    /// Make an account with its root user and its default project
    Create {
        name: String,
        #[command(flatten)]
        #[serde(default)]
        password: Password,
    },
    /// Let an account work again
    Enable { name: String },
    /// Stop all keys, sign-ins and sessions of an account
    Disable { name: String },
}

/// `muster user`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum UserCommand {
    /// All users of the account
    List,
    /// Make a user, who may do nothing until a policy is attached
    Create {
        name: String,
        #[arg(long, default_value = "")]
        description: String,
        /// Make a user who cannot sign in, only hold access keys
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
        #[command(flatten)]
        #[serde(default)]
        password: Password,
    },
    /// Set a new password; all sessions and tokens of the user end
    SetPassword {
        name: String,
        #[command(flatten)]
        #[serde(default)]
        password: Password,
    },
    /// Let a user work again
    Enable { name: String },
    /// Stop a user with its keys and sessions
    Disable { name: String },
    /// Delete a user with its keys and sessions
    Delete { name: String },
}

/// `muster access-key`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum AccessKeyCommand {
    /// All access keys of the account, or of one user
    List {
        #[arg(long)]
        user: Option<String>,
    },
    /// Make an access key; its secret is shown this once
    Create {
        /// Whose; the root user's unless told
        #[arg(long)]
        user: Option<String>,
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Make a new key for the same user; the old one works on for a while
    Rotate {
        id: String,
        /// For how long, in hours
        #[arg(long, default_value_t = 24)]
        overlap_hours: i64,
    },
    /// Let a key work again
    Enable { id: String },
    /// Stop a key
    Disable { id: String },
    /// Delete a key
    Delete { id: String },
}

/// `muster project`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum ProjectCommand {
    /// All projects of the account
    List,
    /// Make a project
    Create {
        name: String,
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Let a project be used again
    Enable { id: String },
    /// Stop a project
    Disable { id: String },
}

/// `muster policy`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum PolicyCommand {
    /// The account's own policies and the built-in ones
    List,
    /// A policy with its document
    Show { name: String },
    /// Make a policy from a document in any cloud's dialect, read from a file or from standard input (-)
    Put {
        name: String,
        /// A file, or - for standard input
        #[arg(value_name = "FILE")]
        document: String,
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Delete a policy that is attached to nobody
    Delete { name: String },
    /// Attach a policy to a user, a group or a role
    Attach {
        name: String,
        #[command(flatten)]
        to: Holder,
    },
    /// Take a policy away
    Detach {
        name: String,
        #[command(flatten)]
        to: Holder,
    },
    /// The policies attached to a user, a group or a role
    Attached {
        #[command(flatten)]
        to: Holder,
    },
}

/// Who holds a policy.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[group(required = true, multiple = false)]
#[expect(missing_docs, reason = "they are named after what they hold")]
pub struct Holder {
    #[arg(long)]
    pub user: Option<String>,
    #[arg(long)]
    pub group: Option<String>,
    #[arg(long)]
    pub role: Option<String>,
}

impl Holder {
    fn target(&self) -> Result<Target> {
        match (&self.user, &self.group, &self.role) {
            (Some(name), _, _) => Ok(Target::User(name.clone())),
            (_, Some(name), _) => Ok(Target::Group(name.clone())),
            (_, _, Some(name)) => Ok(Target::Role(name.clone())),
            _ => Err(Error::invalid("holder", "a user, a group or a role is needed")),
        }
    }
}

impl IdentityCommand {
    /// Whether it only looks.
    fn reads(&self) -> bool {
        if let Self::Role(command) = self {
            return command.reads();
        }
        matches!(
            self,
            Self::Account(AccountCommand::List)
                | Self::User(UserCommand::List)
                | Self::AccessKey(AccessKeyCommand::List { .. })
                | Self::Project(ProjectCommand::List)
                | Self::Policy(
                    PolicyCommand::List | PolicyCommand::Show { .. } | PolicyCommand::Attached { .. }
                )
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
                AccessKeyCommand::Create { .. } => ("CreateAccessKey", "access key", ""),
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
            Self::Role(command) => command.audited(),
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
        IdentityCommand::Account(command) => account(identity, tx, caller, command, password),
        IdentityCommand::User(command) => user(identity, tx, caller, command, password),
        IdentityCommand::AccessKey(command) => access_key(identity, tx, caller, command),
        IdentityCommand::Project(command) => project(identity, tx, caller, command),
        IdentityCommand::Policy(command) => policy(identity, tx, caller, command),
        IdentityCommand::Role(command) => command.run(identity, tx, caller),
    }
}

fn account(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &AccountCommand,
    password: Option<&NewPassword>,
) -> Result<Value> {
    match command {
        AccountCommand::List => Ok(identity.accounts(tx, caller)?.iter().map(account_row).collect()),
        AccountCommand::Create { name, .. } => {
            let new = needed(password)?;
            let account = NewAccount { name: name.clone(), password: new.hash.clone() };
            let (account, user, project) = identity.create_account(tx, caller, &account)?;
            let mut made = account_row(&account);
            made["user"] = json!(user.name);
            made["project_id"] = json!(project.id);
            made["project_name"] = json!(project.name);
            show(&mut made, new);
            Ok(made)
        }
        AccountCommand::Enable { name } | AccountCommand::Disable { name } => {
            let enabled = matches!(command, AccountCommand::Enable { .. });
            let accounts = identity.accounts(tx, caller)?;
            let found =
                accounts.iter().find(|account| [&account.name, &account.id, &account.uuid].contains(&name));
            let account = found.ok_or_else(|| Error::not_found("account", name))?;
            identity.set_account_enabled(tx, caller, &account.id, enabled)?;
            Ok(json!({ "id": account.id, "name": account.name, "enabled": enabled }))
        }
    }
}

fn user(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &UserCommand,
    password: Option<&NewPassword>,
) -> Result<Value> {
    match command {
        UserCommand::List => Ok(identity.users(tx, caller)?.iter().map(user_row).collect()),
        UserCommand::Create { name, description, .. } => {
            let new = NewUser {
                name: name.clone(),
                description: description.clone(),
                password: password.map(|new| new.hash.clone()),
            };
            let mut made = user_row(&identity.create_user(tx, caller, &new)?);
            if let Some(password) = password {
                show(&mut made, password);
            }
            Ok(made)
        }
        UserCommand::SetPassword { name, .. } => {
            let new = needed(password)?;
            identity.set_password(tx, caller, name, &new.hash)?;
            let mut made = json!({ "name": name });
            show(&mut made, new);
            Ok(made)
        }
        UserCommand::Enable { name } => identity
            .set_user_enabled(tx, caller, name, true)
            .map(|()| json!({ "name": name, "enabled": true })),
        UserCommand::Disable { name } => identity
            .set_user_enabled(tx, caller, name, false)
            .map(|()| json!({ "name": name, "enabled": false })),
        UserCommand::Delete { name } => {
            identity.delete_user(tx, caller, name).map(|()| json!({ "name": name, "deleted": true }))
        }
    }
}

fn access_key(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &AccessKeyCommand,
) -> Result<Value> {
    let with_secret = |(key, secret): (AccessKey, Secret)| {
        let mut row = key_row(&key);
        row["secret"] = json!(secret.expose());
        row
    };
    match command {
        AccessKeyCommand::List { user } => {
            Ok(identity.access_keys(tx, caller, user.as_deref())?.iter().map(key_row).collect())
        }
        AccessKeyCommand::Create { user, description } => {
            let user = match user {
                Some(user) => user.clone(),
                None => root(identity, tx, caller)?,
            };
            let new = NewAccessKey { user, chosen: None, description: description.clone() };
            identity.create_access_key(tx, caller, &new).map(with_secret)
        }
        AccessKeyCommand::Rotate { id, overlap_hours } => {
            let overlap_ms = overlap_hours.saturating_mul(HOUR_MS);
            identity.rotate_access_key(tx, caller, id, overlap_ms).map(with_secret)
        }
        AccessKeyCommand::Enable { id } => {
            identity.set_access_key_enabled(tx, caller, id, true).map(|key| key_row(&key))
        }
        AccessKeyCommand::Disable { id } => {
            identity.set_access_key_enabled(tx, caller, id, false).map(|key| key_row(&key))
        }
        AccessKeyCommand::Delete { id } => {
            identity.delete_access_key(tx, caller, id).map(|()| json!({ "id": id, "deleted": true }))
        }
    }
}

/// The id of the account's root user.
fn root(identity: &Service, tx: &mut Tx<'_>, caller: &Caller) -> Result<String> {
    let users = identity.users(tx, caller)?;
    let root = users.into_iter().find(|user| user.is_root);
    root.map(|user| user.id).ok_or_else(|| Error::internal("an account without a root user"))
}

fn project(identity: &Service, tx: &mut Tx<'_>, caller: &Caller, command: &ProjectCommand) -> Result<Value> {
    let set = |tx: &mut Tx<'_>, id: &str, enabled: bool| {
        identity.set_project_enabled(tx, caller, id, enabled).map(|_| json!({ "id": id, "enabled": enabled }))
    };
    match command {
        ProjectCommand::List => Ok(identity.projects(tx, caller)?.iter().map(project_row).collect()),
        ProjectCommand::Create { name, description } => {
            let new = NewProject { name: name.clone(), description: description.clone() };
            identity.create_project(tx, caller, &new).map(|project| project_row(&project))
        }
        ProjectCommand::Enable { id } => set(tx, id, true),
        ProjectCommand::Disable { id } => set(tx, id, false),
    }
}

fn policy(identity: &Service, tx: &mut Tx<'_>, caller: &Caller, command: &PolicyCommand) -> Result<Value> {
    match command {
        PolicyCommand::List => Ok(identity.policies(tx, caller)?.iter().map(policy_row).collect()),
        PolicyCommand::Show { name } => {
            let policy = identity.policy(tx, caller, &PolicyName::any(name))?;
            let mut row = policy_row(&policy);
            row["document"] =
                serde_json::from_str(&policy.document).unwrap_or(Value::String(policy.document));
            Ok(row)
        }
        PolicyCommand::Put { name, document, description } => {
            let own = identity
                .policies(tx, caller)?
                .into_iter()
                .any(|policy| !policy.is_system && policy.name == *name);
            let policy = if own {
                identity.update_policy(tx, caller, name, document)?
            } else {
                let new = NewPolicy {
                    name: name.clone(),
                    description: description.clone(),
                    document: document.clone(),
                };
                identity.create_policy(tx, caller, &new)?
            };
            Ok(policy_row(&policy))
        }
        PolicyCommand::Delete { name } => {
            identity.delete_policy(tx, caller, name).map(|()| json!({ "name": name, "deleted": true }))
        }
        PolicyCommand::Attach { name, to } => identity
            .attach_policy(tx, caller, &PolicyName::any(name), &to.target()?)
            .map(|()| json!({ "name": name, "attached": true })),
        PolicyCommand::Detach { name, to } => identity
            .detach_policy(tx, caller, &PolicyName::any(name), &to.target()?)
            .map(|()| json!({ "name": name, "attached": false })),
        PolicyCommand::Attached { to } => {
            let row = |policy: &PolicyName| json!({ "name": policy.name, "built_in": policy.is_system });
            Ok(identity.attached_policies(tx, caller, &to.target()?)?.iter().map(row).collect())
        }
    }
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

fn at(instant: Timestamp) -> String {
    instant.to_string()
}

fn account_row(account: &Account) -> Value {
    json!({ "id": account.id, "name": account.name, "domain_id": account.uuid, "enabled": account.enabled,
            "created_at": at(account.created_at) })
}

fn user_row(user: &User) -> Value {
    json!({ "id": user.id, "number": user.number, "name": user.name, "root": user.is_root, "enabled": user.enabled,
            "signs_in": user.has_password, "description": user.description, "created_at": at(user.created_at) })
}

fn key_row(key: &AccessKey) -> Value {
    json!({ "id": key.id, "user_id": key.user_id, "enabled": key.enabled, "expires_at": key.expires_at.map(at),
            "description": key.description, "created_at": at(key.created_at) })
}

fn project_row(project: &Project) -> Value {
    json!({ "id": project.id, "name": project.name, "default": project.is_default, "enabled": project.enabled,
            "description": project.description, "created_at": at(project.created_at) })
}

fn policy_row(policy: &Policy) -> Value {
    json!({ "name": policy.name, "built_in": policy.is_system, "description": policy.description })
}
