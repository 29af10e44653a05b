//! How many records an account has: kept as a number, so that no quota is checked by counting rows.

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::TaggedKind;

/// Counts one more of `kind`; refuses what is more than `limit`.
pub(super) fn add(tx: &mut Tx<'_>, account_id: &str, kind: TaggedKind, limit: u64) -> Result<()> {
    let held: u64 = tx.query_one(
        "INSERT INTO scheduled_counts (account_id, kind, held) VALUES ($1, $2, 1) \
         ON CONFLICT (account_id, kind) DO UPDATE SET held = scheduled_counts.held + 1 RETURNING held",
        params![account_id, kind.as_str()],
        |row| row.get(0),
    )?;
    if held > limit {
        // The caller's refusal takes the number back.
        return Err(Error::Quota { what: kind.plural(), limit });
    }
    Ok(())
}

/// Deletes the record `id` of `kind` and counts one less.
pub(super) fn delete(tx: &mut Tx<'_>, kind: TaggedKind, id: &str) -> Result<()> {
    let sql = format!("DELETE FROM {} WHERE id = $1 RETURNING account_id", kind.table());
    let owner: Option<String> = tx.query_optional(&sql, params![id], |row| row.get(0))?;
    if let Some(owner) = owner {
        tx.execute(
            "UPDATE scheduled_counts SET held = held - 1 WHERE account_id = $1 AND kind = $2",
            params![owner, kind.as_str()],
        )?;
    }
    Ok(())
}
