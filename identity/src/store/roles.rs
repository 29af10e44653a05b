//! Roles that can be assumed.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::Role;

fn role(row: &Row<'_>) -> Result<Role> {
    Ok(Role {
        id: row.get("id")?,
        number: row.get("number")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        trust: row.get("trust")?,
        max_session_s: row.get("max_session_s")?,
        created_at: row.get("created_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, role: &Role) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_roles \
         (id, number, account_id, name, description, trust, max_session_s, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        params![
            role.id,
            role.number,
            role.account_id,
            role.name,
            role.description,
            role.trust,
            role.max_session_s,
            role.created_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("role", &role.name)) } else { Ok(()) }
}

pub(crate) fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Role>> {
    tx.query_optional("SELECT * FROM identity_roles WHERE id = $1", params![id], role)
}

pub(crate) fn by_name(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Option<Role>> {
    tx.query_optional(
        "SELECT * FROM identity_roles WHERE account_id = $1 AND name = $2",
        params![account_id, name],
        role,
    )
}

/// By name or id.
pub(crate) fn find(tx: &mut Tx<'_>, account_id: &str, name_or_id: &str) -> Result<Option<Role>> {
    tx.query_optional(
        "SELECT * FROM identity_roles WHERE account_id = $1 AND (name = $2 OR id = $2) \
         ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END",
        params![account_id, name_or_id],
        role,
    )
}

pub(crate) fn list(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<Role>> {
    tx.query("SELECT * FROM identity_roles WHERE account_id = $1 ORDER BY name", params![account_id], role)
}

pub(crate) fn delete(tx: &mut Tx<'_>, role: &Role) -> Result<()> {
    tx.execute("DELETE FROM identity_temporary_keys WHERE role_id = $1", params![role.id])?;
    tx.execute(
        "DELETE FROM identity_attachments WHERE account_id = $1 AND target_id = $2",
        params![role.account_id, role.id],
    )?;
    tx.execute("DELETE FROM identity_roles WHERE id = $1", params![role.id])?;
    Ok(())
}
