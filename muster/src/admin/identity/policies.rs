//! Policies and roles.

use muster_core::Result;
use muster_db::Tx;
use muster_identity::{Caller, NewPolicy, NewRole, PolicyName, Service};
use serde_json::{Value, json};

use super::commands::{PolicyCommand, RoleCommand};
use super::rows::{policy_row, role_row};

pub(super) fn policy(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &PolicyCommand,
) -> Result<Value> {
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

pub(super) fn role(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &RoleCommand,
) -> Result<Value> {
    match command {
        RoleCommand::List => Ok(identity.roles(tx, caller)?.iter().map(role_row).collect()),
        RoleCommand::Create { name, trust, description, max_session_seconds } => {
            let new = NewRole {
                name: name.clone(),
                description: description.clone(),
                trust: trust.clone(),
                max_session_s: *max_session_seconds,
            };
            identity.create_role(tx, caller, &new).map(|role| role_row(&role))
        }
        RoleCommand::Delete { name } => {
            identity.delete_role(tx, caller, name).map(|()| json!({ "name": name, "deleted": true }))
        }
    }
}
