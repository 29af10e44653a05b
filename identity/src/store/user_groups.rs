//! User groups and their members.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::{User, UserGroup};
use crate::store::users;

fn group(row: &Row<'_>) -> Result<UserGroup> {
    Ok(UserGroup {
        id: row.get("id")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        created_at: row.get("created_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, group: &UserGroup) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_user_groups (id, account_id, name, description, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        params![group.id, group.account_id, group.name, group.description, group.created_at],
    )?;
    if inserted == 0 { Err(Error::already_exists("user group", &group.name)) } else { Ok(()) }
}

/// By name or id.
pub(crate) fn find(tx: &mut Tx<'_>, account_id: &str, name_or_id: &str) -> Result<Option<UserGroup>> {
    tx.query_optional(
        "SELECT * FROM identity_user_groups WHERE account_id = $1 AND (name = $2 OR id = $2) \
         ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END",
        params![account_id, name_or_id],
        group,
    )
}

pub(crate) fn list(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<UserGroup>> {
    tx.query(
        "SELECT * FROM identity_user_groups WHERE account_id = $1 ORDER BY name",
        params![account_id],
        group,
    )
}

pub(crate) fn delete(tx: &mut Tx<'_>, group: &UserGroup) -> Result<()> {
    tx.execute("DELETE FROM identity_user_group_members WHERE group_id = $1", params![group.id])?;
    tx.execute(
        "DELETE FROM identity_attachments WHERE account_id = $1 AND target_id = $2",
        params![group.account_id, group.id],
    )?;
    tx.execute("DELETE FROM identity_user_groups WHERE id = $1", params![group.id])?;
    Ok(())
}

pub(crate) fn add_member(tx: &mut Tx<'_>, group_id: &str, user_id: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO identity_user_group_members (user_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![user_id, group_id],
    )?;
    Ok(())
}

pub(crate) fn remove_member(tx: &mut Tx<'_>, group_id: &str, user_id: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM identity_user_group_members WHERE user_id = $1 AND group_id = $2",
        params![user_id, group_id],
    )?;
    Ok(())
}

pub(crate) fn members(tx: &mut Tx<'_>, group: &UserGroup) -> Result<Vec<User>> {
    let members: Vec<String> = tx.query(
        "SELECT user_id FROM identity_user_group_members WHERE group_id = $1",
        params![group.id],
        |row| row.get(0),
    )?;
    let mut users = users::list(tx, &group.account_id)?;
    users.retain(|user| members.contains(&user.id));
    Ok(users)
}
