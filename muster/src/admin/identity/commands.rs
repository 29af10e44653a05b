//! What can be asked, as it is typed and as it travels over the socket.
#![expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]

use clap::{Args, Subcommand};
use muster_core::{Error, Result};
use muster_identity::Target;
use serde::{Deserialize, Serialize};

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
pub struct Holder {
    #[arg(long)]
    pub user: Option<String>,
    #[arg(long)]
    pub group: Option<String>,
    #[arg(long)]
    pub role: Option<String>,
}

impl Holder {
    pub(super) fn target(&self) -> Result<Target> {
        match (&self.user, &self.group, &self.role) {
            (Some(name), _, _) => Ok(Target::User(name.clone())),
            (_, Some(name), _) => Ok(Target::Group(name.clone())),
            (_, _, Some(name)) => Ok(Target::Role(name.clone())),
            _ => Err(Error::invalid("holder", "a user, a group or a role is needed")),
        }
    }
}

/// `muster group`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupCommand {
    /// All user groups of the account
    List,
    /// Make a group, whose members have the policies that are attached to it
    Create {
        name: String,
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Delete a group; its members stay
    Delete { name: String },
    /// The members of a group
    Members { name: String },
    /// Put a user into a group
    Add { name: String, user: String },
    /// Take a user out of a group
    Remove { name: String, user: String },
}

/// `muster role`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleCommand {
    /// All roles of the account
    List,
    /// Make a role that may be assumed through STS, from a trust policy in a file or on standard input (-)
    Create {
        name: String,
        /// A file, or - for standard input
        #[arg(value_name = "TRUST_POLICY")]
        trust: String,
        #[arg(long, default_value = "")]
        description: String,
        /// The longest session, 900 to 43200 seconds; an hour unless told
        #[arg(long)]
        max_session_seconds: Option<i64>,
    },
    /// Delete a role; the keys of those who assumed it stop working
    Delete { name: String },
}

/// `muster audit`
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Rows at most, newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Rows before this one: the last id of the page before
    #[arg(long)]
    pub before: Option<i64>,
    /// This operation only
    #[arg(long)]
    pub operation: Option<String>,
    /// This principal only, such as acs:ram::1000000000000001:user/eve
    #[arg(long)]
    pub principal: Option<String>,
    /// About this thing only, by its id
    #[arg(long)]
    pub subject: Option<String>,
    /// Refusals only
    #[arg(long)]
    pub refused: bool,
}
