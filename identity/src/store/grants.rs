//! Grants on single resources.

use muster_core::Result;
use muster_db::{Row, Tx, params};

use crate::model::Grant;

fn grant(row: &Row<'_>) -> Result<Grant> {
    Ok(Grant {
        resource: row.get("resource")?,
        user_id: row.get("user_id")?,
        user_name: row.get("user_name")?,
        can_grant: row.get("can_grant")?,
        created_at: row.get("created_at")?,
    })
}

pub(crate) fn put(tx: &mut Tx<'_>, account_id: &str, grant: &Grant) -> Result<()> {
    tx.execute(
        "INSERT INTO identity_grants (account_id, resource, user_id, user_name, can_grant, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, resource, user_id) \
         DO UPDATE SET user_name = excluded.user_name, can_grant = excluded.can_grant",
        params![
            account_id,
            grant.resource,
            grant.user_id,
            grant.user_name,
            grant.can_grant,
            grant.created_at
        ],
    )?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, account_id: &str, resource: &str, user_id: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM identity_grants WHERE account_id = $1 AND resource = $2 AND user_id = $3",
        params![account_id, resource, user_id],
    )?;
    Ok(())
}

pub(crate) fn delete_all(tx: &mut Tx<'_>, account_id: &str, resource: &str) -> Result<u64> {
    let sql = "DELETE FROM identity_grants WHERE account_id = $1 AND resource = $2";
    tx.execute(sql, params![account_id, resource])
}

pub(crate) fn of_resource(tx: &mut Tx<'_>, account_id: &str, resource: &str) -> Result<Vec<Grant>> {
    tx.query(
        "SELECT * FROM identity_grants WHERE account_id = $1 AND resource = $2 ORDER BY created_at, user_id",
        params![account_id, resource],
        grant,
    )
}
