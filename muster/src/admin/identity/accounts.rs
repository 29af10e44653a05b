//! Accounts and projects.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::{Caller, NewAccount, NewProject, Service};
use serde_json::{Value, json};

use super::commands::{AccountCommand, ProjectCommand};
use super::rows::{account_row, project_row};
use super::{NewPassword, needed, show};

pub(super) fn account(
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

pub(super) fn project(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &ProjectCommand,
) -> Result<Value> {
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
