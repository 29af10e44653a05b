//! The audit log: who did what, from where, under which request id, with which outcome.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Row, Tx, params};

use crate::Caller;

/// What a caller asked for, for the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a> {
    /// Through which door: an API's name, `console` or `cli`.
    pub api: &'a str,
    /// The operation's name.
    pub action: &'a str,
    /// What it was about, as far as the request says; empty when it does not.
    pub resource: &'a str,
}

/// The outcome of what was done.
pub const DONE: &str = "ok";

/// Longer names and ids than any contract allows are cut; the log is no place to store bodies.
const MOST_CHARACTERS: usize = 256;

/// Writes one row. `outcome` is [`DONE`], or the error's kind or code.
pub fn record(tx: &mut Tx<'_>, caller: &Caller, what: Audited<'_>, outcome: &str) -> Result<()> {
    let id = tx.new_id()?;
    let (at, principal) = (tx.now(), caller.arn());
    tx.execute(
        "INSERT INTO identity_audit \
         (id, at, account_id, principal, api, action, resource, source_ip, request_id, outcome) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            at,
            caller.account_id,
            principal,
            what.api,
            what.action,
            cut(what.resource),
            caller.source_ip.to_string(),
            caller.request_id,
            outcome
        ],
    )?;
    Ok(())
}

/// Does `part` and writes its outcome, in one transaction: a refusal is recorded, a failure below us is not.
///
/// # Errors
/// What `part` says. The outer error means that nothing was recorded either.
pub fn recorded<T>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    what: Audited<'_>,
    part: impl FnOnce(&mut Tx<'_>) -> Result<T>,
) -> Result<Result<T>> {
    let outcome = tx.attempt(part);
    match &outcome {
        Ok(_) => record(tx, caller, what, DONE)?,
        Err(Error::Internal { .. } | Error::Unavailable { .. }) => return outcome.map(Ok),
        Err(error) => record(tx, caller, what, error.kind())?,
    }
    Ok(outcome)
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(MOST_CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Grows with time: the key of the next page.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// In which account.
    pub account_id: String,
    /// Who, by its RAM name.
    pub principal: String,
    /// Through which door.
    pub api: String,
    /// What.
    pub action: String,
    /// On what.
    pub resource: String,
    /// From where.
    pub source_ip: String,
    /// Under which request id.
    pub request_id: String,
    /// [`DONE`], or why not.
    pub outcome: String,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Rows before this id: the last id of the page before.
    pub before: Option<i64>,
    /// This operation only.
    pub action: Option<String>,
    /// This principal only.
    pub principal: Option<String>,
    /// Refusals only.
    pub refused_only: bool,
}

/// How far one page looks back for rows that fit a filter.
const MOST_LOOKED_AT: i64 = 20_000;

/// The newest rows of an account that fit, newest first, `limit` at most.
///
/// A filter looks through the newest 20,000 rows before `before`, so that no question can stall the store.
pub fn list(tx: &mut Tx<'_>, account_id: &str, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRow>> {
    tx.query(
        "SELECT * FROM (SELECT * FROM identity_audit WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3) a \
         WHERE ($4 = '' OR action = $4) AND ($5 = '' OR principal = $5) AND ($6 = 0 OR outcome <> 'ok') \
         ORDER BY id DESC LIMIT $7",
        params![
            account_id,
            filter.before.unwrap_or(i64::MAX),
            MOST_LOOKED_AT,
            filter.action.as_deref().unwrap_or_default(),
            filter.principal.as_deref().unwrap_or_default(),
            filter.refused_only,
            limit
        ],
        row,
    )
}

/// Deletes rows older than `before`, `limit` at most.
pub(crate) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    // Ids grow with time, so the oldest rows are the first ones.
    tx.execute(
        "DELETE FROM identity_audit WHERE id IN \
         (SELECT id FROM (SELECT id, at FROM identity_audit ORDER BY id LIMIT $2) a WHERE at < $1)",
        params![before, limit],
    )
}

fn row(row: &Row<'_>) -> Result<AuditRow> {
    Ok(AuditRow {
        id: row.get("id")?,
        at: row.get("at")?,
        account_id: row.get("account_id")?,
        principal: row.get("principal")?,
        api: row.get("api")?,
        action: row.get("action")?,
        resource: row.get("resource")?,
        source_ip: row.get("source_ip")?,
        request_id: row.get("request_id")?,
        outcome: row.get("outcome")?,
    })
}
