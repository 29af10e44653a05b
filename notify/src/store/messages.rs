//! The outbox: messages, their states, and a row for each attempt.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Row, ToValue, Tx, Value, params};

use super::Condition;
use crate::model::{Attempt, Medium, Message, MessageFilter, MessageState, NewMessage, stored};

const COLUMNS: &str = "id, key, purpose, contact, medium, target, content, state, detail, attempts, \
                       due_at, created_at, finished_at";

/// Queues a message, or notes that a rule silenced it; its id, or `None` when the account already has one with this key.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    account: &str,
    message: &NewMessage,
    silenced: Option<&str>,
) -> Result<Option<i64>> {
    let (id, now) = (tx.new_id()?, tx.now());
    let state = if silenced.is_some() { MessageState::Silenced } else { MessageState::Queued };
    let finished_at = silenced.map(|_| now);
    let content = serde_json::to_string(&message.content).map_err(Error::internal)?;
    tx.query_optional(
        "INSERT INTO notify_messages (id, account_id, key, purpose, contact, medium, target, content, \
         state, detail, attempts, due_at, created_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $11, $12) ON CONFLICT (account_id, key) \
         DO NOTHING RETURNING id",
        params![
            id,
            account,
            message.key,
            message.purpose,
            message.contact,
            message.medium.as_str(),
            message.target,
            content,
            state.as_str(),
            silenced.unwrap_or_default(),
            now,
            finished_at
        ],
        |row| row.get(0),
    )
}

/// Whether anything is due: asked by a read before a claim is written.
pub(crate) fn any_due(tx: &mut Tx<'_>) -> Result<bool> {
    let now = tx.now();
    let found = tx.query_optional(
        "SELECT 1 FROM notify_messages WHERE state IN ('queued', 'sending') AND due_at <= $1 LIMIT 1",
        params![now],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Takes up to `limit` messages, those first that have been due longest, with a lease of `lease_ms`, and
/// notes that an attempt has begun. An attempt that was never ended, because the server was killed in the
/// middle of it, is noted as interrupted.
pub(crate) fn claim(tx: &mut Tx<'_>, limit: i64, lease_ms: i64) -> Result<Vec<Message>> {
    let now = tx.now();
    let lease_end = now.plus_ms(lease_ms);
    let mut claimed = tx.query(
        &format!(
            "UPDATE notify_messages SET state = 'sending', attempts = attempts + 1, due_at = $2 WHERE id IN \
             (SELECT id FROM notify_messages WHERE state IN ('queued', 'sending') AND due_at <= $1 \
             ORDER BY due_at, id LIMIT $3) RETURNING {COLUMNS}"
        ),
        params![now, lease_end, limit],
        message,
    )?;
    claimed.sort_by_key(|message| message.id);
    for message in &claimed {
        tx.execute(
            "UPDATE notify_attempts SET outcome = 'interrupted', detail = 'the server was stopped before \
             the end was known' \
             WHERE message_id = $1 AND number = $2 AND finished_at IS NULL",
            params![message.id, message.attempts - 1],
        )?;
        tx.execute(
            "INSERT INTO notify_attempts (message_id, number, started_at, outcome, detail) \
             VALUES ($1, $2, $3, 'running', '')",
            params![message.id, message.attempts, now],
        )?;
    }
    Ok(claimed)
}

/// Whatever is under way is due again.
pub(crate) fn end_leases(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute("UPDATE notify_messages SET due_at = $1 WHERE state = 'sending'", params![now])
}

/// Writes down how an attempt ended.
pub(crate) fn end_attempt(
    tx: &mut Tx<'_>,
    message: i64,
    number: i64,
    outcome: &str,
    detail: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE notify_attempts SET finished_at = $3, outcome = $4, detail = $5 WHERE message_id = $1 \
         AND number = $2",
        params![message, number, now, outcome, detail],
    )?;
    Ok(())
}

/// The message of this attempt waits until `due_at`. Nothing happens if a later attempt has begun or the
/// message was withdrawn.
pub(crate) fn requeue(
    tx: &mut Tx<'_>,
    message: i64,
    number: i64,
    due_at: Timestamp,
    detail: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE notify_messages SET state = 'queued', due_at = $3, detail = $4 WHERE id = $1 \
         AND attempts = $2 AND state = 'sending'",
        params![message, number, due_at, detail],
    )?;
    Ok(())
}

/// The message of this attempt has reached its last state. That it went out is also written when it was
/// withdrawn meanwhile: that is the truth.
pub(crate) fn finish(
    tx: &mut Tx<'_>,
    message: i64,
    number: i64,
    state: MessageState,
    detail: &str,
) -> Result<()> {
    let now = tx.now();
    let went_out = matches!(state, MessageState::Delivered | MessageState::Written);
    tx.execute(
        "UPDATE notify_messages SET state = $3, detail = $4, finished_at = $5 \
         WHERE id = $1 AND attempts = $2 AND (state = 'sending' OR (state = 'cancelled' \
         AND CAST($6 AS BIGINT) = 1))",
        params![message, number, state.as_str(), detail, now, went_out],
    )?;
    Ok(())
}

/// Withdraws what has not gone out to `contact`: all of it, or what travels to one target.
pub(crate) fn cancel(
    tx: &mut Tx<'_>,
    account: &str,
    contact: &str,
    target: Option<&str>,
    why: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE notify_messages SET state = 'cancelled', detail = $4, finished_at = $5 \
         WHERE account_id = $1 AND contact = $2 AND state IN ('queued', 'sending') \
         AND target = COALESCE(CAST($3 AS TEXT), target)",
        params![account, contact, target, why, now],
    )?;
    Ok(())
}

/// Newest first.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    account: &str,
    filter: &MessageFilter,
    limit: i64,
) -> Result<Vec<Message>> {
    let mut condition = Condition::new("account_id = $", account.to_value());
    if let Some(state) = filter.state {
        // Written out, because the partial indexes of rare states serve no bound value.
        condition.sql.push_str(&format!(" AND state = '{}'", state.as_str()));
    }
    if let Some(contact) = &filter.contact {
        condition.and("contact = $", contact.to_value());
    }
    if let Some(before) = filter.before {
        condition.and("id < $", Value::Integer(before));
    }
    let limit = condition.bind(Value::Integer(limit));
    tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_messages WHERE {} ORDER BY id DESC LIMIT {limit}",
            condition.sql
        ),
        &condition.values,
        message,
    )
}

pub(crate) fn find(tx: &mut Tx<'_>, account: &str, id: i64) -> Result<Option<Message>> {
    tx.query_optional(
        &format!("SELECT {COLUMNS} FROM notify_messages WHERE account_id = $1 AND id = $2"),
        params![account, id],
        message,
    )
}

/// Those whose keys begin with `key` and a slash, in the order in which they were queued.
pub(crate) fn under(tx: &mut Tx<'_>, account: &str, key: &str) -> Result<Vec<Message>> {
    // The character after the slash ends the range: keys are compared by bytes.
    let (from, to) = (format!("{key}/"), format!("{key}0"));
    tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_messages WHERE account_id = $1 AND key > $2 AND key < $3 ORDER BY id"
        ),
        params![account, from, to],
        message,
    )
}

pub(crate) fn attempts(tx: &mut Tx<'_>, message: i64) -> Result<Vec<Attempt>> {
    tx.query(
        "SELECT number, started_at, finished_at, outcome, detail FROM notify_attempts \
         WHERE message_id = $1 ORDER BY number",
        params![message],
        |row| {
            Ok(Attempt {
                number: row.get(0usize)?,
                started_at: row.get(1usize)?,
                finished_at: row.get(2usize)?,
                outcome: row.get(3usize)?,
                detail: row.get(4usize)?,
            })
        },
    )
}

/// Removes messages, with their attempts, that ended before `before`; at most `limit` of them.
pub(crate) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<u64> {
    let old: Vec<i64> = tx.query(
        "SELECT id FROM notify_messages WHERE finished_at IS NOT NULL AND finished_at < $1 \
         ORDER BY finished_at LIMIT $2",
        params![before, limit],
        |row| row.get(0),
    )?;
    for id in &old {
        tx.execute("DELETE FROM notify_attempts WHERE message_id = $1", params![*id])?;
        tx.execute("DELETE FROM notify_messages WHERE id = $1", params![*id])?;
    }
    Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
}

/// How many messages that were queued since `from` are in which state, among the newest `most`.
pub(crate) fn count_by_state(
    tx: &mut Tx<'_>,
    account: &str,
    from: Timestamp,
    most: i64,
) -> Result<Vec<(MessageState, u64)>> {
    tx.query(
        "SELECT state, COUNT(*) FROM \
         (SELECT state, created_at FROM notify_messages WHERE account_id = $1 ORDER BY id DESC LIMIT $2) m \
         WHERE created_at >= $3 GROUP BY state",
        params![account, most, from],
        |row| {
            let state: String = row.get(0usize)?;
            Ok((stored(MessageState::parse(&state), "message state", &state)?, row.get(1usize)?))
        },
    )
}

fn message(row: &Row<'_>) -> Result<Message> {
    let (medium, content, state): (String, String, String) =
        (row.get(4usize)?, row.get(6usize)?, row.get(7usize)?);
    Ok(Message {
        id: row.get(0usize)?,
        key: row.get(1usize)?,
        purpose: row.get(2usize)?,
        contact: row.get(3usize)?,
        medium: stored(Medium::parse(&medium), "medium", &medium)?,
        target: row.get(5usize)?,
        content: serde_json::from_str(&content).map_err(Error::internal)?,
        state: stored(MessageState::parse(&state), "message state", &state)?,
        detail: row.get(8usize)?,
        attempts: row.get(9usize)?,
        next_attempt_at: row.get(10usize)?,
        created_at: row.get(11usize)?,
        finished_at: row.get(12usize)?,
    })
}
