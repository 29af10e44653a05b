//! Policies and what they are attached to.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::Policy;

fn policy(row: &Row<'_>) -> Result<Policy> {
    Ok(Policy {
        name: row.get("name")?,
        is_system: false,
        description: row.get("description")?,
        document: row.get("document")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, account_id: &str, policy: &Policy) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_policies (account_id, name, description, document, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        params![
            account_id,
            policy.name,
            policy.description,
            policy.document,
            policy.created_at,
            policy.updated_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("policy", &policy.name)) } else { Ok(()) }
}

pub(crate) fn by_name(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Option<Policy>> {
    tx.query_optional(
        "SELECT * FROM identity_policies WHERE account_id = $1 AND name = $2",
        params![account_id, name],
        policy,
    )
}

pub(crate) fn list(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<Policy>> {
    tx.query(
        "SELECT * FROM identity_policies WHERE account_id = $1 ORDER BY name",
        params![account_id],
        policy,
    )
}

pub(crate) fn update(tx: &mut Tx<'_>, account_id: &str, policy: &Policy) -> Result<()> {
    tx.execute(
        "UPDATE identity_policies SET description = $3, document = $4, updated_at = $5 \
         WHERE account_id = $1 AND name = $2",
        params![account_id, policy.name, policy.description, policy.document, policy.updated_at],
    )?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM identity_policies WHERE account_id = $1 AND name = $2",
        params![account_id, name],
    )?;
    Ok(())
}

pub(crate) fn is_attached(tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM identity_attachments WHERE account_id = $1 AND policy = $2 AND is_system = 0 LIMIT 1",
        params![account_id, name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whether it was not attached before.
pub(crate) fn attach(
    tx: &mut Tx<'_>,
    account_id: &str,
    policy: &Policy,
    (kind, target_id): (&str, &str),
) -> Result<bool> {
    let now = tx.now();
    let inserted = tx.execute(
        "INSERT INTO identity_attachments (account_id, target_id, policy, is_system, target_kind, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        params![account_id, target_id, policy.name, policy.is_system, kind, now],
    )?;
    Ok(inserted > 0)
}

/// Whether it was attached before.
pub(crate) fn detach(tx: &mut Tx<'_>, account_id: &str, policy: &Policy, target_id: &str) -> Result<bool> {
    let deleted = tx.execute(
        "DELETE FROM identity_attachments WHERE account_id = $1 AND target_id = $2 AND policy = $3 \
         AND is_system = $4",
        params![account_id, target_id, policy.name, policy.is_system],
    )?;
    Ok(deleted > 0)
}

/// Names of the attached policies, and whether each is a system policy.
pub(crate) fn attached(tx: &mut Tx<'_>, account_id: &str, target_id: &str) -> Result<Vec<(String, bool)>> {
    tx.query(
        "SELECT policy, is_system FROM identity_attachments WHERE account_id = $1 AND target_id = $2 \
         ORDER BY policy, is_system",
        params![account_id, target_id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
