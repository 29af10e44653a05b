//! Sessions and tokens, by the digest of what the client holds.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Row, Tx, params};

use crate::model::{Session, SessionKind};

fn session(row: &Row<'_>) -> Result<Session> {
    let kind: String = row.get("kind")?;
    Ok(Session {
        kind: SessionKind::from_word(&kind).ok_or_else(|| Error::internal(format!("session kind {kind}")))?,
        account_id: row.get("account_id")?,
        user_id: row.get("user_id")?,
        project_id: row.get("project_id")?,
        csrf: row.get("csrf")?,
        created_at: row.get("created_at")?,
        extended_at: row.get("extended_at")?,
        expires_at: row.get("expires_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, digest: [u8; 32], session: &Session) -> Result<()> {
    tx.execute(
        "INSERT INTO identity_sessions (digest, kind, account_id, user_id, project_id, csrf, created_at, \
         extended_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            digest,
            session.kind.word(),
            session.account_id,
            session.user_id,
            session.project_id,
            session.csrf,
            session.created_at,
            session.extended_at,
            session.expires_at
        ],
    )?;
    Ok(())
}

pub(crate) fn by_digest(tx: &mut Tx<'_>, kind: SessionKind, digest: [u8; 32]) -> Result<Option<Session>> {
    tx.query_optional(
        "SELECT * FROM identity_sessions WHERE digest = $1 AND kind = $2",
        params![digest, kind.word()],
        session,
    )
}

pub(crate) fn extend(tx: &mut Tx<'_>, digest: [u8; 32], expires_at: Timestamp) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE identity_sessions SET extended_at = $2, expires_at = $3 WHERE digest = $1",
        params![digest, now, expires_at],
    )?;
    Ok(())
}

pub(crate) fn count_live(tx: &mut Tx<'_>, user_id: &str, kind: SessionKind) -> Result<u64> {
    let now = tx.now();
    tx.query_one(
        "SELECT count(*) FROM identity_sessions WHERE user_id = $1 AND kind = $2 AND expires_at > $3",
        params![user_id, kind.word(), now],
        |row| row.get(0),
    )
}

pub(crate) fn delete(tx: &mut Tx<'_>, kind: SessionKind, digest: [u8; 32]) -> Result<bool> {
    let sql = "DELETE FROM identity_sessions WHERE digest = $1 AND kind = $2";
    Ok(tx.execute(sql, params![digest, kind.word()])? > 0)
}

/// The live sessions of a user, newest first; a person has few.
pub(crate) fn live_of_user(tx: &mut Tx<'_>, user_id: &str) -> Result<Vec<Session>> {
    let now = tx.now();
    tx.query(
        "SELECT * FROM identity_sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC LIMIT 100",
        params![user_id, now],
        session,
    )
}

/// Ends all sessions of a user but one.
pub(crate) fn end_others(tx: &mut Tx<'_>, user_id: &str, kept: [u8; 32]) -> Result<u64> {
    tx.execute("DELETE FROM identity_sessions WHERE user_id = $1 AND digest <> $2", params![user_id, kept])
}

/// Ends whatever a user holds: sessions, tokens, temporary keys.
pub(crate) fn end_all(tx: &mut Tx<'_>, user_id: &str) -> Result<()> {
    tx.execute("DELETE FROM identity_sessions WHERE user_id = $1", params![user_id])?;
    tx.execute("DELETE FROM identity_temporary_keys WHERE user_id = $1", params![user_id])?;
    Ok(())
}

/// A day of grace, so that a client learns that its session is over rather than unknown.
pub(crate) fn prune(tx: &mut Tx<'_>) -> Result<u64> {
    let before = tx.now().plus_ms(-86_400_000);
    tx.execute("DELETE FROM identity_sessions WHERE expires_at < $1", params![before])
}
