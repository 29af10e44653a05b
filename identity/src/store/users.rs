//! Users and their passwords.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::User;
use crate::password::PasswordHash;

const COLUMNS: &str =
    "id, number, account_id, name, description, is_root, enabled, password_set_at, created_at";

pub(crate) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get("id")?,
        number: row.get("number")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        is_root: row.get("is_root")?,
        enabled: row.get("enabled")?,
        password_set_at: row.get("password_set_at")?,
        created_at: row.get("created_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, user: &User, password: Option<&PasswordHash>) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_users \
         (id, number, account_id, name, description, is_root, enabled, password_hash, password_set_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        params![
            user.id,
            user.number,
            user.account_id,
            user.name,
            user.description,
            user.is_root,
            user.enabled,
            password.map(PasswordHash::as_str),
            user.password_set_at,
            user.created_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("user", &user.name)) } else { Ok(()) }
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<User>> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM identity_users WHERE id = $1"), params![id], user)
}

pub(crate) fn by_name(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Option<User>> {
    tx.query_optional(
        &format!("SELECT {COLUMNS} FROM identity_users WHERE account_id = $1 AND name = $2"),
        params![account_id, name],
        user,
    )
}

/// By name, or by either of its ids.
pub(crate) fn find(tx: &mut Tx<'_>, account_id: &str, name_or_id: &str) -> Result<Option<User>> {
    // A name may look like another user's id; the name was chosen by people, so it wins.
    tx.query_optional(
        &format!(
            "SELECT {COLUMNS} FROM identity_users WHERE account_id = $1 AND (name = $2 OR id = $2 OR number = $2) \
             ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END"
        ),
        params![account_id, name_or_id],
        user,
    )
}

pub(crate) fn root_of(tx: &mut Tx<'_>, account_id: &str) -> Result<Option<User>> {
    tx.query_optional(
        &format!("SELECT {COLUMNS} FROM identity_users WHERE account_id = $1 AND is_root = 1"),
        params![account_id],
        user,
    )
}

pub(crate) fn list(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<User>> {
    tx.query(
        &format!("SELECT {COLUMNS} FROM identity_users WHERE account_id = $1 ORDER BY is_root DESC, name"),
        params![account_id],
        user,
    )
}

pub(crate) fn password(tx: &mut Tx<'_>, id: &str) -> Result<Option<PasswordHash>> {
    let hash: Option<Option<String>> =
        tx.query_optional("SELECT password_hash FROM identity_users WHERE id = $1", params![id], |row| {
            row.get(0)
        })?;
    Ok(hash.flatten().map(PasswordHash::stored))
}

pub(crate) fn set_password(tx: &mut Tx<'_>, id: &str, password: &PasswordHash) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE identity_users SET password_hash = $2, password_set_at = $3 WHERE id = $1",
        params![id, password.as_str(), now],
    )?;
    Ok(())
}

pub(crate) fn set_enabled(tx: &mut Tx<'_>, id: &str, enabled: bool) -> Result<()> {
    tx.execute("UPDATE identity_users SET enabled = $2 WHERE id = $1", params![id, enabled])?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    for sql in [
        "DELETE FROM identity_access_keys WHERE user_id = $1",
        "DELETE FROM identity_temporary_keys WHERE user_id = $1",
        "DELETE FROM identity_sessions WHERE user_id = $1",
        "DELETE FROM identity_user_group_members WHERE user_id = $1",
        "DELETE FROM identity_users WHERE id = $1",
    ] {
        tx.execute(sql, params![user.id])?;
    }
    tx.execute(
        "DELETE FROM identity_attachments WHERE account_id = $1 AND target_id = $2",
        params![user.account_id, user.id],
    )?;
    tx.execute(
        "DELETE FROM identity_grants WHERE account_id = $1 AND user_id IN ($2, $3)",
        params![user.account_id, user.id, user.number],
    )?;
    Ok(())
}
