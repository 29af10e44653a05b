//! Access keys, lasting and temporary.

use muster_core::{Error, Result, Timestamp};
use muster_db::{Row, Tx, params};

use crate::model::AccessKey;

fn access_key(row: &Row<'_>) -> Result<AccessKey> {
    Ok(AccessKey {
        id: row.get("id")?,
        uuid: row.get("uuid")?,
        account_id: row.get("account_id")?,
        user_id: row.get("user_id")?,
        description: row.get("description")?,
        enabled: row.get("enabled")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(crate) fn insert(tx: &mut Tx<'_>, key: &AccessKey, sealed: &[u8]) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_access_keys \
         (id, uuid, account_id, user_id, secret, description, enabled, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        params![
            key.id,
            key.uuid,
            key.account_id,
            key.user_id,
            sealed,
            key.description,
            key.enabled,
            key.expires_at,
            key.created_at,
            key.updated_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("access key", &key.id)) } else { Ok(()) }
}

/// A key with its sealed secret.
pub(crate) fn with_secret(tx: &mut Tx<'_>, id: &str) -> Result<Option<(AccessKey, Vec<u8>)>> {
    tx.query_optional("SELECT * FROM identity_access_keys WHERE id = $1", params![id], |row| {
        Ok((access_key(row)?, row.get("secret")?))
    })
}

/// By its id or by its record's uuid.
pub(crate) fn find(tx: &mut Tx<'_>, account_id: &str, id_or_uuid: &str) -> Result<Option<AccessKey>> {
    tx.query_optional(
        "SELECT * FROM identity_access_keys WHERE account_id = $1 AND (id = $2 OR uuid = $2)",
        params![account_id, id_or_uuid],
        access_key,
    )
}

pub(crate) fn of_account(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<AccessKey>> {
    tx.query(
        "SELECT * FROM identity_access_keys WHERE account_id = $1 ORDER BY created_at, id",
        params![account_id],
        access_key,
    )
}

pub(crate) fn count_of_user(tx: &mut Tx<'_>, user_id: &str) -> Result<u64> {
    tx.query_one("SELECT count(*) FROM identity_access_keys WHERE user_id = $1", params![user_id], |row| {
        row.get(0)
    })
}

pub(crate) fn update(tx: &mut Tx<'_>, key: &AccessKey) -> Result<()> {
    tx.execute(
        "UPDATE identity_access_keys SET description = $2, enabled = $3, expires_at = $4, updated_at = $5 \
         WHERE id = $1",
        params![key.id, key.description, key.enabled, key.expires_at, key.updated_at],
    )?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM identity_access_keys WHERE id = $1", params![id])?;
    Ok(())
}

/// Keys whose overlap has ended are disabled, not deleted: people look for them in the list.
pub(crate) fn disable_expired(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE identity_access_keys SET enabled = 0, expires_at = NULL, updated_at = $1 \
         WHERE expires_at IS NOT NULL AND expires_at <= $1",
        params![now],
    )
}

/// A temporary key as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct TemporaryKeyRow {
    pub(crate) id: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) token_digest: [u8; 32],
    pub(crate) account_id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) role_id: Option<String>,
    pub(crate) session_name: String,
    pub(crate) session_policy: Option<String>,
    pub(crate) expires_at: Timestamp,
}

pub(crate) fn insert_temporary(tx: &mut Tx<'_>, key: &TemporaryKeyRow) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO identity_temporary_keys (id, secret, token_digest, account_id, user_id, role_id, \
         session_name, session_policy, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            key.id,
            key.secret,
            key.token_digest,
            key.account_id,
            key.user_id,
            key.role_id,
            key.session_name,
            key.session_policy,
            now,
            key.expires_at
        ],
    )?;
    Ok(())
}

pub(crate) fn temporary(tx: &mut Tx<'_>, id: &str) -> Result<Option<TemporaryKeyRow>> {
    tx.query_optional("SELECT * FROM identity_temporary_keys WHERE id = $1", params![id], |row| {
        let digest: Vec<u8> = row.get("token_digest")?;
        Ok(TemporaryKeyRow {
            id: row.get("id")?,
            secret: row.get("secret")?,
            token_digest: digest
                .try_into()
                .map_err(|_| Error::internal("a token digest of another length"))?,
            account_id: row.get("account_id")?,
            user_id: row.get("user_id")?,
            role_id: row.get("role_id")?,
            session_name: row.get("session_name")?,
            session_policy: row.get("session_policy")?,
            expires_at: row.get("expires_at")?,
        })
    })
}

/// An hour of grace, so that a client learns that its token is over rather than unknown.
pub(crate) fn prune_temporary(tx: &mut Tx<'_>) -> Result<u64> {
    let before = tx.now().plus_ms(-3_600_000);
    tx.execute("DELETE FROM identity_temporary_keys WHERE expires_at < $1", params![before])
}
