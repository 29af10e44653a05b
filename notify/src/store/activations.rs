//! Activation links that may still be opened. Only the hash of a link's token is kept.

use muster_core::{Result, Timestamp};
use muster_db::{Tx, params};

use crate::model::{ChannelKind, ChannelState, Lang, stored};

/// A link that may be opened, and what it would activate.
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub(crate) account_id: String,
    pub(crate) contact_id: i64,
    pub(crate) contact: String,
    pub(crate) lang: Lang,
    pub(crate) kind: ChannelKind,
    pub(crate) value: String,
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    token_hash: &[u8],
    contact: i64,
    kind: ChannelKind,
    value: &str,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO notify_activations (token_hash, contact_id, kind, value, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
        params![token_hash, contact, kind.as_str(), value, expires_at],
    )?;
    Ok(())
}

/// The live link of this hash: not expired, and its channel still waits with the value that the link was
/// sent to.
pub(crate) fn find_live(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<Option<Activation>> {
    let now = tx.now();
    tx.query_optional(
        "SELECT c.id, c.name, c.lang, h.kind, h.value, c.account_id FROM notify_activations a \
         JOIN notify_channels h ON h.contact_id = a.contact_id AND h.kind = a.kind AND h.value = a.value \
         JOIN notify_contacts c ON c.id = a.contact_id \
         WHERE a.token_hash = $1 AND a.expires_at > $2 AND h.state = $3",
        params![token_hash, now, ChannelState::Pending.as_str()],
        |row| {
            let (lang, kind): (String, String) = (row.get(2usize)?, row.get(3usize)?);
            Ok(Activation {
                account_id: row.get(5usize)?,
                contact_id: row.get(0usize)?,
                contact: row.get(1usize)?,
                lang: stored(Lang::parse(&lang), "language", &lang)?,
                kind: stored(ChannelKind::parse(&kind), "channel", &kind)?,
                value: row.get(4usize)?,
            })
        },
    )
}

/// Ends all links of a channel: it was activated, changed or removed.
pub(crate) fn delete_of_channel(tx: &mut Tx<'_>, contact: i64, kind: ChannelKind) -> Result<()> {
    tx.execute(
        "DELETE FROM notify_activations WHERE contact_id = $1 AND kind = $2",
        params![contact, kind.as_str()],
    )?;
    Ok(())
}

/// Ends all links of a contact.
pub(crate) fn delete_of_contact(tx: &mut Tx<'_>, contact: i64) -> Result<()> {
    tx.execute("DELETE FROM notify_activations WHERE contact_id = $1", params![contact])?;
    Ok(())
}

/// Removes what has expired.
pub(crate) fn delete_expired(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute("DELETE FROM notify_activations WHERE expires_at <= $1", params![now])
}
