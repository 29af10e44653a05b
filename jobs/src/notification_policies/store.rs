//! The SQL of notification policies.

use muster_core::Result;
use muster_db::{Row, Tx, containing, params};
use muster_identity::Caller;

use super::model::{NewPolicy, Policy, PolicyFilter, PolicyPage, PolicyPatch};

/// Whether the name was free.
pub(super) fn insert(tx: &mut Tx<'_>, caller: &Caller, new: &NewPolicy) -> Result<bool> {
    let (id, now) = (tx.new_id()?, tx.now());
    let rows = tx.execute(
        "INSERT INTO jobs_notification_policies (account_id, name, id, description, times, created_by, updated_by, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $7) ON CONFLICT (account_id, name) DO NOTHING",
        params![caller.account_id, new.name, id, new.description, new.times, caller.name(), now],
    )?;
    Ok(rows == 1)
}

pub(super) fn exists(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM jobs_notification_policies WHERE account_id = $1 AND name = $2",
        params![account, name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(super) fn times(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<String>> {
    tx.query_optional(
        "SELECT times FROM jobs_notification_policies WHERE account_id = $1 AND name = $2",
        params![account, name],
        |row| row.get(0),
    )
}

pub(super) fn list(tx: &mut Tx<'_>, account: &str, filter: &PolicyFilter) -> Result<PolicyPage> {
    let pattern = containing(filter.name_contains.as_deref().unwrap_or_default());
    let total: i64 = tx.query_one(
        "SELECT COUNT(*) FROM jobs_notification_policies WHERE account_id = $1 AND name LIKE $2 ESCAPE '\\'",
        params![account, pattern],
        |row| row.get(0),
    )?;
    // One more than wanted says whether another page follows.
    let mut items = tx.query(
        "SELECT id, name, description, times, created_by, updated_by, created_at, updated_at \
         FROM jobs_notification_policies WHERE account_id = $1 AND id > $2 AND name LIKE $3 ESCAPE '\\' \
         ORDER BY id LIMIT $4",
        params![account, filter.after, pattern, i64::from(filter.limit) + 1],
        policy,
    )?;
    let has_more = items.len() > filter.limit as usize;
    items.truncate(filter.limit as usize);
    Ok(PolicyPage { items, has_more, total: total.unsigned_abs() })
}

/// Whether there was one.
pub(super) fn update(tx: &mut Tx<'_>, caller: &Caller, name: &str, patch: &PolicyPatch) -> Result<bool> {
    let now = tx.now();
    let rows = tx.execute(
        "UPDATE jobs_notification_policies SET description = COALESCE($3, description), times = COALESCE($4, times), \
         updated_by = $5, updated_at = $6 WHERE account_id = $1 AND name = $2",
        params![caller.account_id, name, patch.description, patch.times, caller.name(), now],
    )?;
    Ok(rows == 1)
}

/// Whether there was one.
pub(super) fn delete(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let sql = "DELETE FROM jobs_notification_policies WHERE account_id = $1 AND name = $2";
    Ok(tx.execute(sql, params![account, name])? == 1)
}

fn policy(row: &Row<'_>) -> Result<Policy> {
    Ok(Policy {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        times: row.get(3)?,
        created_by: row.get(4)?,
        updated_by: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    })
}
