//! Roles, as an operator administers them. What a role may do, `muster policy attach --role` says.

use clap::Subcommand;
use muster_core::Result;
use muster_db::Tx;
use muster_identity::{Caller, NewRole, Role, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `muster role`
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "what fields mean follows from the variants' texts, which are the command's help"
)]
pub enum RoleCommand {
    /// All roles of the account
    List,
    /// Make a role, which may do nothing until a policy is attached
    Create {
        name: String,
        /// Who may assume it: a RAM trust policy in a file, or - for standard input
        #[arg(value_name = "FILE")]
        trust: String,
        #[arg(long, default_value = "")]
        description: String,
        /// The longest session, in seconds: 900 to 43200; an hour unless told
        #[arg(long)]
        max_session_seconds: Option<i64>,
    },
    /// Delete a role; the keys of those who assumed it stop working
    Delete { name: String },
}

impl RoleCommand {
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::List)
    }

    /// As for the audit log.
    pub(super) fn audited(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::List => ("ListRoles", "role", ""),
            Self::Create { name, .. } => ("CreateRole", "role", name),
            Self::Delete { name } => ("DeleteRole", "role", name),
        }
    }

    pub(super) fn run(&self, identity: &Service, tx: &mut Tx<'_>, caller: &Caller) -> Result<Value> {
        match self {
            Self::List => Ok(identity.roles(tx, caller)?.iter().map(row).collect()),
            Self::Create { name, trust, description, max_session_seconds } => {
                let new = NewRole {
                    name: name.clone(),
                    description: description.clone(),
                    trust: trust.clone(),
                    max_session_s: *max_session_seconds,
                };
                identity.create_role(tx, caller, &new).map(|role| row(&role))
            }
            Self::Delete { name } => {
                identity.delete_role(tx, caller, name).map(|()| json!({ "name": name, "deleted": true }))
            }
        }
    }
}

fn row(role: &Role) -> Value {
    json!({ "name": role.name, "arn": format!("acs:ram::{}:role/{}", role.account_id, role.name),
            "max_session_seconds": role.max_session_s, "description": role.description,
            "created_at": role.created_at.to_string() })
}
