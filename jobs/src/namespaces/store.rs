//! The SQL of namespaces.

use muster_core::Result;
use muster_db::{Row, Tx, containing, params};

use super::model::{Namespace, NamespaceFilter, NamespacePatch};

/// Whether it was new.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    account: &str,
    uid: &str,
    name: &str,
    description: &str,
) -> Result<bool> {
    let (id, now) = (tx.new_id()?, tx.now());
    let rows = tx.execute(
        "INSERT INTO jobs_namespaces (account_id, uid, id, name, description, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (account_id, uid) DO NOTHING",
        params![account, uid, id, name, description, now],
    )?;
    Ok(rows == 1)
}

pub(super) fn list(tx: &mut Tx<'_>, account: &str, filter: &NamespaceFilter) -> Result<Vec<Namespace>> {
    const COLUMNS: &str = "SELECT uid, name, description, created_at, updated_at FROM jobs_namespaces";
    let pattern = containing(filter.name_contains.as_deref().unwrap_or_default());
    match &filter.uid {
        Some(uid) => tx.query(
            &format!("{COLUMNS} WHERE account_id = $1 AND uid = $2 AND name LIKE $3 ESCAPE '\\'"),
            params![account, uid, pattern],
            namespace,
        ),
        None => tx.query(
            &format!("{COLUMNS} WHERE account_id = $1 AND name LIKE $2 ESCAPE '\\' ORDER BY id"),
            params![account, pattern],
            namespace,
        ),
    }
}

pub(super) fn count(tx: &mut Tx<'_>, account: &str) -> Result<u64> {
    let count: i64 = tx.query_one(
        "SELECT COUNT(*) FROM jobs_namespaces WHERE account_id = $1",
        params![account],
        |row| row.get(0),
    )?;
    Ok(count.unsigned_abs())
}

/// Whether there was one.
pub(super) fn update(tx: &mut Tx<'_>, account: &str, uid: &str, patch: &NamespacePatch) -> Result<bool> {
    let now = tx.now();
    let rows = tx.execute(
        "UPDATE jobs_namespaces SET name = COALESCE($3, name), description = COALESCE($4, description), \
         updated_at = $5 WHERE account_id = $1 AND uid = $2",
        params![account, uid, patch.name, patch.description, now],
    )?;
    Ok(rows == 1)
}

/// Whether there was one.
pub(super) fn delete(tx: &mut Tx<'_>, account: &str, uid: &str) -> Result<bool> {
    let rows =
        tx.execute("DELETE FROM jobs_namespaces WHERE account_id = $1 AND uid = $2", params![account, uid])?;
    Ok(rows == 1)
}

fn namespace(row: &Row<'_>) -> Result<Namespace> {
    Ok(Namespace {
        uid: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
    })
}
