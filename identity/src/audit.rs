//! The audit log: who did what, from where, under which request id, with which outcome.

use std::net::IpAddr;

use muster_core::{Error, Result, Timestamp, Uuid};
use muster_db::{Row, Tx, params};

use crate::Caller;

/// What is said of one change.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Through which door: the API as its cloud names it, `console` or `cli`.
    pub api: &'a str,
    /// The operation, as its API names it.
    pub operation: &'a str,
    /// The kind and the id of the thing that it was about, where there is one.
    pub subject: Option<(&'a str, &'a str)>,
    /// The code with which it was refused; nothing when it was done.
    pub refusal: Option<&'a str>,
}

/// Longer names and ids than any contract allows are cut; the log is no place to store bodies.
const MOST_CHARACTERS: usize = 256;

/// Adds a row, in the transaction of the change itself.
pub fn record(tx: &mut Tx<'_>, caller: &Caller, entry: &NewEntry<'_>) -> Result<()> {
    let author = Author {
        account_id: &caller.account_id,
        principal: &caller.arn(),
        source_ip: caller.source_ip,
        request_id: caller.request_id,
    };
    record_by(tx, &author, entry)
}

/// Who made a change. Somebody without an account here, let in by a link of a mail, is one without being a [`Caller`].
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The account that the change belongs to.
    pub account_id: &'a str,
    /// Who it was, in words that no RAM name can be.
    pub principal: &'a str,
    /// From where.
    pub source_ip: IpAddr,
    /// Under which request id.
    pub request_id: Uuid,
}

/// As [`record`], for an author who is no caller.
pub fn record_by(tx: &mut Tx<'_>, author: &Author<'_>, entry: &NewEntry<'_>) -> Result<()> {
    let id = tx.new_id()?;
    let at = tx.now();
    let (kind, subject) = entry.subject.unzip();
    tx.execute(
        "INSERT INTO identity_audit (id, at, account_id, principal, source_ip, request_id, api, operation, \
         subject_kind, subject_id, refusal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            id,
            at,
            author.account_id,
            author.principal,
            author.source_ip.to_string(),
            author.request_id.to_string(),
            entry.api,
            entry.operation,
            kind,
            subject.map(cut),
            entry.refusal
        ],
    )?;
    Ok(())
}

/// Does `part` and adds its row, in one transaction: a refusal leaves the row only, a failure below us nothing.
///
/// # Errors
/// The inner one is what `part` said; the outer one means that nothing was recorded either.
pub fn recorded<T>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (api, operation): (&str, &str),
    subject: Option<(&str, &str)>,
    part: impl FnOnce(&mut Tx<'_>) -> Result<T>,
) -> Result<Result<T>> {
    let outcome = tx.attempt(part);
    let refusal = match &outcome {
        Err(Error::Internal { .. } | Error::Unavailable { .. }) => return outcome.map(Ok),
        Err(error) => Some(error.kind()),
        Ok(_) => None,
    };
    record(tx, caller, &NewEntry { api, operation, subject, refusal })?;
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
    /// From where.
    pub source_ip: String,
    /// Under which request id.
    pub request_id: String,
    /// Through which door.
    pub api: String,
    /// What.
    pub operation: String,
    /// The kind of thing that it was about.
    pub subject_kind: Option<String>,
    /// The id of that thing.
    pub subject_id: Option<String>,
    /// The code with which it was refused; nothing when it was done.
    pub refusal: Option<String>,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Rows before this id: the last id of the page before.
    pub before: Option<i64>,
    /// This operation only.
    pub operation: Option<String>,
    /// This principal only.
    pub principal: Option<String>,
    /// About this thing only, by its id.
    pub subject_id: Option<String>,
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
         WHERE ($4 = '' OR operation = $4) AND ($5 = '' OR principal = $5) AND ($6 = '' OR subject_id = $6) \
         AND ($7 = 0 OR refusal IS NOT NULL) ORDER BY id DESC LIMIT $8",
        params![
            account_id,
            filter.before.unwrap_or(i64::MAX),
            MOST_LOOKED_AT,
            filter.operation.as_deref().unwrap_or_default(),
            filter.principal.as_deref().unwrap_or_default(),
            filter.subject_id.as_deref().unwrap_or_default(),
            filter.refused_only,
            limit
        ],
        row,
    )
}

/// What happened within one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCount {
    /// When the hour began.
    pub hour: Timestamp,
    /// Changes that were made.
    pub done: u64,
    /// Changes that were refused.
    pub refused: u64,
}

/// Changes of an account since `from`, by the hour, the oldest hour first. Hours without a change are left out.
///
/// It looks through the newest 20,000 rows, so that no question can stall the store.
pub fn count_by_hour(tx: &mut Tx<'_>, account_id: &str, from: Timestamp) -> Result<Vec<HourCount>> {
    const HOUR_MS: i64 = 3_600_000;
    tx.query(
        "SELECT at / 3600000, COUNT(*), SUM(CASE WHEN refusal IS NULL THEN 0 ELSE 1 END) FROM \
         (SELECT at, refusal FROM identity_audit WHERE account_id = $1 ORDER BY id DESC LIMIT $2) a \
         WHERE at >= $3 GROUP BY at / 3600000 ORDER BY at / 3600000",
        params![account_id, MOST_LOOKED_AT, from],
        |row| {
            let (hour, all): (i64, u64) = (row.get(0)?, row.get(1)?);
            let refused: u64 = row.get(2)?;
            Ok(HourCount { hour: Timestamp::from_millis(hour * HOUR_MS), done: all - refused, refused })
        },
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
        source_ip: row.get("source_ip")?,
        request_id: row.get("request_id")?,
        api: row.get("api")?,
        operation: row.get("operation")?,
        subject_kind: row.get("subject_kind")?,
        subject_id: row.get("subject_id")?,
        refusal: row.get("refusal")?,
    })
}
