//! Users, their groups and their access keys.

use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::{AccessKey, Caller, NewAccessKey, NewUser, Secret, Service};
use serde_json::{Value, json};

use super::commands::{AccessKeyCommand, GroupCommand, UserCommand};
use super::rows::{group_row, key_row, user_row};
use super::{NewPassword, needed, show};

const HOUR_MS: i64 = 3_600_000;

pub(super) fn user(
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

pub(super) fn group(
    identity: &Service,
    tx: &mut Tx<'_>,
    caller: &Caller,
    command: &GroupCommand,
) -> Result<Value> {
    match command {
        GroupCommand::List => Ok(identity.user_groups(tx, caller)?.iter().map(group_row).collect()),
        GroupCommand::Create { name, description } => {
            identity.create_user_group(tx, caller, name, description).map(|group| group_row(&group))
        }
        GroupCommand::Delete { name } => {
            identity.delete_user_group(tx, caller, name).map(|()| json!({ "name": name, "deleted": true }))
        }
        GroupCommand::Members { name } => {
            Ok(identity.user_group_members(tx, caller, name)?.iter().map(user_row).collect())
        }
        GroupCommand::Add { name, user } => identity
            .add_to_user_group(tx, caller, name, user)
            .map(|()| json!({ "name": name, "user": user, "member": true })),
        GroupCommand::Remove { name, user } => identity
            .remove_from_user_group(tx, caller, name, user)
            .map(|()| json!({ "name": name, "user": user, "member": false })),
    }
}

pub(super) fn access_key(
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
