//! The SQL of masks.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};
use muster_metrics::Scope;

use super::model::{Kind, Mask, Target};

const MASK: &str = "id, project_id, kind, key, enabled, spec, created_at, updated_at";

/// What is counted of an account.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    /// Masks that there are.
    pub(super) used: u64,
    /// A number that grows with each change.
    pub(super) changes: i64,
}

pub(super) fn counters(tx: &mut Tx<'_>, account_id: &str) -> Result<Counters> {
    let found = tx.query_optional(
        "SELECT used, changes FROM alarm_mask_counters WHERE account_id = $1",
        params![account_id],
        |row| Ok(Counters { used: row.get(0)?, changes: row.get(1)? }),
    )?;
    Ok(found.unwrap_or_default())
}

/// Notes that the account's masks changed, and that there are `more` of them.
pub(super) fn changed(tx: &mut Tx<'_>, account_id: &str, more: i64) -> Result<Counters> {
    tx.query_one(
        "INSERT INTO alarm_mask_counters (account_id, used, changes) VALUES ($1, $2, 1)
         ON CONFLICT (account_id) DO UPDATE
         SET used = alarm_mask_counters.used + $2, changes = alarm_mask_counters.changes + 1
         RETURNING used, changes",
        params![account_id, more],
        |row| Ok(Counters { used: row.get(0)?, changes: row.get(1)? }),
    )
}

/// Whether it went in: not where its key is taken.
pub(super) fn insert(tx: &mut Tx<'_>, account_id: &str, mask: &Mask) -> Result<bool> {
    let spec = serde_json::to_string(&mask.spec).map_err(Error::internal)?;
    let inserted = tx.execute(
        "INSERT INTO alarm_masks (id, account_id, project_id, kind, key, enabled, spec, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, project_id, kind, key) DO NOTHING",
        params![
            mask.id,
            account_id,
            mask.project_id,
            mask.kind.word(),
            mask.key,
            mask.enabled,
            spec,
            mask.created_at,
            mask.updated_at
        ],
    )?;
    if inserted == 1 {
        insert_targets(tx, mask)?;
    }
    Ok(inserted == 1)
}

pub(super) fn update(tx: &mut Tx<'_>, mask: &Mask) -> Result<()> {
    let spec = serde_json::to_string(&mask.spec).map_err(Error::internal)?;
    tx.execute(
        "UPDATE alarm_masks SET enabled = $2, spec = $3, updated_at = $4 WHERE id = $1",
        params![mask.id, mask.enabled, spec, mask.updated_at],
    )?;
    tx.execute("DELETE FROM alarm_mask_targets WHERE mask_id = $1", params![mask.id])?;
    insert_targets(tx, mask)
}

fn insert_targets(tx: &mut Tx<'_>, mask: &Mask) -> Result<()> {
    for target in mask.spec.covers.targets() {
        let (word, id) = target.word_and_id();
        tx.execute(
            "INSERT INTO alarm_mask_targets (what, target_id, mask_id) VALUES ($1, $2, $3)",
            params![word, id, mask.id],
        )?;
    }
    Ok(())
}

pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM alarm_masks WHERE id = $1", params![id])?;
    tx.execute("DELETE FROM alarm_mask_targets WHERE mask_id = $1", params![id])?;
    Ok(())
}

pub(super) fn by_key(tx: &mut Tx<'_>, scope: Scope<'_>, kind: Kind, key: &str) -> Result<Option<Mask>> {
    tx.query_optional(
        &format!(
            "SELECT {MASK} FROM alarm_masks
             WHERE account_id = $1 AND project_id = $2 AND kind = $3 AND key = $4"
        ),
        params![scope.account_id, scope.project_id, kind.word(), key],
        read_mask,
    )
}

pub(super) fn of_account(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<Mask>> {
    tx.query(&format!("SELECT {MASK} FROM alarm_masks WHERE account_id = $1"), params![account_id], read_mask)
}

/// The account's masks that name this, oldest first.
pub(super) fn naming(tx: &mut Tx<'_>, account_id: &str, target: Target) -> Result<Vec<Mask>> {
    let columns = MASK.replace("id, project_id", "m.id, m.project_id");
    let (word, id) = target.word_and_id();
    tx.query(
        &format!(
            "SELECT {columns} FROM alarm_mask_targets t JOIN alarm_masks m ON m.id = t.mask_id
             WHERE t.what = $1 AND t.target_id = $2 AND m.account_id = $3 ORDER BY m.id"
        ),
        params![word, id, account_id],
        read_mask,
    )
}

fn read_mask(row: &Row<'_>) -> Result<Mask> {
    let (kind, spec): (String, String) = (row.get("kind")?, row.get("spec")?);
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.word() == kind)
        .ok_or_else(|| Error::internal(format!("the store holds the unknown kind {kind} of a mask")))?;
    Ok(Mask {
        id: row.get("id")?,
        kind,
        project_id: row.get("project_id")?,
        key: row.get("key")?,
        enabled: row.get("enabled")?,
        spec: serde_json::from_str(&spec).map_err(Error::internal)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
