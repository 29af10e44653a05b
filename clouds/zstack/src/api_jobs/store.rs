//! The results on disk.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Tx, params};

/// A result to keep.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) success: bool,
    pub(crate) body: String,
    pub(crate) webhook_url: Option<String>,
}

/// A result whose webhook is due.
pub(super) struct Due {
    pub(super) id: String,
    pub(super) success: bool,
    pub(super) body: String,
    pub(super) url: String,
    pub(super) attempts: i64,
}

/// Refuses an id that was used before.
pub(crate) fn check_new(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    match find(tx, id)? {
        None => Ok(()),
        Some(_) => Err(Error::already_exists("X-Job-UUID", id)),
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, stored: &Stored) -> Result<()> {
    let now = tx.now();
    let due_at = stored.webhook_url.is_some().then_some(now);
    tx.execute(
        "INSERT INTO zstack_api_jobs \
         (id, created_at, success, body, webhook_url, webhook_attempts, webhook_due_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6)",
        params![stored.id, now, stored.success, stored.body, stored.webhook_url, due_at],
    )?;
    if due_at.is_some() {
        tx.signal(super::deliver::NAME);
    }
    Ok(())
}

/// Whether it succeeded, and the body.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<(bool, String)>> {
    tx.query_optional("SELECT success, body FROM zstack_api_jobs WHERE id = $1", params![id], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub(super) fn due(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Due>> {
    let now = tx.now();
    tx.query(
        "SELECT id, success, body, webhook_url, webhook_attempts FROM zstack_api_jobs \
         WHERE webhook_due_at <= $1 ORDER BY webhook_due_at LIMIT $2",
        params![now, limit],
        |row| {
            Ok(Due {
                id: row.get(0)?,
                success: row.get(1)?,
                body: row.get(2)?,
                url: row.get(3)?,
                attempts: row.get(4)?,
            })
        },
    )
}

/// Notes an attempt; without a next one the webhook is done with.
pub(super) fn note(tx: &mut Tx<'_>, id: &str, next_at: Option<Timestamp>) -> Result<()> {
    tx.execute(
        "UPDATE zstack_api_jobs SET webhook_attempts = webhook_attempts + 1, webhook_due_at = $2 \
         WHERE id = $1",
        params![id, next_at],
    )?;
    Ok(())
}

/// Deletes results older than `before` whose webhook is done with.
pub(super) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM zstack_api_jobs WHERE id IN \
         (SELECT id FROM zstack_api_jobs WHERE created_at < $1 AND webhook_due_at IS NULL LIMIT $2)",
        params![before, limit],
    )
}
