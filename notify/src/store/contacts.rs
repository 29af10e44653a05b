//! Contacts and their channels.

use muster_core::{Browse, Page, PageRequest, Result, Timestamp};
use muster_db::{Row, ToValue, Tx, Value, params};

use super::{Condition, starts_with};
use crate::model::{Channel, ChannelKind, ChannelState, Contact, ContactFilter, Lang, stored};

const COLUMNS: &str = "c.id, c.name, c.description, c.lang, c.created_at, c.updated_at";

/// Makes or changes a contact; its id.
pub(crate) fn upsert(
    tx: &mut Tx<'_>,
    account: &str,
    name: &str,
    description: &str,
    lang: Option<Lang>,
    default: Lang,
) -> Result<i64> {
    let (id, now) = (tx.new_id()?, tx.now());
    tx.query_one(
        "INSERT INTO notify_contacts (id, account_id, name, description, lang, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, COALESCE(CAST($5 AS TEXT), $6), $7, $7) \
         ON CONFLICT (account_id, name) DO UPDATE SET description = $4, lang = COALESCE(CAST($5 AS TEXT), notify_contacts.lang), updated_at = $7 \
         RETURNING id",
        params![id, account, name, description, lang.map(Lang::as_str), default.as_str(), now],
        |row| row.get(0),
    )
}

/// Makes a contact without channels unless there is one of this name.
pub(crate) fn insert_if_missing(tx: &mut Tx<'_>, account: &str, name: &str, lang: Lang) -> Result<bool> {
    let (id, now) = (tx.new_id()?, tx.now());
    let rows = tx.execute(
        "INSERT INTO notify_contacts (id, account_id, name, description, lang, created_at, updated_at) \
         VALUES ($1, $2, $3, '', $4, $5, $5) ON CONFLICT (account_id, name) DO NOTHING",
        params![id, account, name, lang.as_str(), now],
    )?;
    Ok(rows == 1)
}

pub(crate) fn find(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<Contact>> {
    let found = tx.query_optional(
        &format!("SELECT {COLUMNS} FROM notify_contacts c WHERE c.account_id = $1 AND c.name = $2"),
        params![account, name],
        bare,
    )?;
    found.map(|contact| whole(tx, account, contact)).transpose()
}

pub(crate) fn exists(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM notify_contacts WHERE account_id = $1 AND name = $2",
        params![account, name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Newest first; equal ages by name.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    account: &str,
    filter: &ContactFilter,
    page: PageRequest,
) -> Result<Page<Contact>> {
    let mut condition = Condition::new("c.account_id = $", account.to_value());
    if let Some(name) = &filter.name {
        condition.and("c.name = $", name.to_value());
    }
    if let Some(prefix) = &filter.name_prefix {
        starts_with(&mut condition, "c.name", prefix);
    }
    if filter.channel.is_some() || filter.channel_value.is_some() {
        let mut channel = String::from("SELECT h.contact_id FROM notify_channels h WHERE h.account_id = $1");
        if let Some(kind) = filter.channel {
            let place = condition.bind(kind.as_str().to_value());
            channel.push_str(&format!(" AND h.kind = {place}"));
        }
        if let Some(value) = &filter.channel_value {
            let place = condition.bind(value.to_value());
            channel.push_str(&format!(" AND h.value = {place}"));
        }
        condition.sql.push_str(&format!(" AND c.id IN ({channel})"));
    }
    let total = tx.query_one(
        &format!("SELECT COUNT(*) FROM notify_contacts c WHERE {}", condition.sql),
        &condition.values,
        |row| row.get(0),
    )?;
    let (limit, offset) =
        (condition.bind(Value::Integer(page.sql_limit())), condition.bind(Value::Integer(page.sql_offset())));
    let contacts = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_contacts c WHERE {} ORDER BY c.created_at DESC, c.name \
             LIMIT {limit} OFFSET {offset}",
            condition.sql
        ),
        &condition.values,
        bare,
    )?;
    let items = contacts.into_iter().map(|contact| whole(tx, account, contact)).collect::<Result<_>>()?;
    Ok(Page { items, total })
}

/// Newest first, without a count.
pub(crate) fn browse(tx: &mut Tx<'_>, account: &str, browse: &Browse<'_>) -> Result<Vec<Contact>> {
    let (at, name) = browse.after.unwrap_or((Timestamp::from_millis(i64::MAX), ""));
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM notify_contacts WHERE account_id = $1 AND created_at <= $2 \
         AND (created_at < $2 OR name > $3) ORDER BY created_at DESC, name LIMIT $4) c \
         WHERE c.name LIKE $5 ESCAPE '\\' ORDER BY c.created_at DESC, c.name LIMIT $6"
    );
    let found = tx.query(
        &sql,
        params![account, at, name, browse.read_limit(), muster_db::containing(browse.text), browse.limit],
        bare,
    )?;
    found.into_iter().map(|contact| whole(tx, account, contact)).collect()
}

/// Those whose name begins with `text`, by name; then those with exactly this address or number.
pub(crate) fn search(tx: &mut Tx<'_>, account: &str, text: &str, limit: u32) -> Result<Vec<Contact>> {
    let mut condition = Condition::new("c.account_id = $", account.to_value());
    starts_with(&mut condition, "c.name", text);
    let place = condition.bind(Value::Integer(limit.into()));
    let mut found = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_contacts c WHERE {} ORDER BY c.name LIMIT {place}",
            condition.sql
        ),
        &condition.values,
        bare,
    )?;
    found.extend(tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_channels h JOIN notify_contacts c ON c.id = h.contact_id \
             WHERE h.account_id = $1 AND h.value = $2 ORDER BY c.name LIMIT $3"
        ),
        params![account, text, limit],
        bare,
    )?);
    found.into_iter().map(|contact| whole(tx, account, contact)).collect()
}

/// How many there are, counted up to `most`.
pub(crate) fn count(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notify_contacts WHERE account_id = $1 LIMIT $2) c",
        params![account, most],
        |row| row.get(0usize),
    )
}

/// The contacts that a group holds, in the group's order; names without a contact are left out.
pub(crate) fn of_group(tx: &mut Tx<'_>, account: &str, group: i64) -> Result<Vec<Contact>> {
    let contacts = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_members m \
             JOIN notify_contacts c ON c.account_id = m.account_id AND c.name = m.contact \
             WHERE m.group_id = $1 AND m.account_id = $2 ORDER BY m.position"
        ),
        params![group, account],
        bare,
    )?;
    contacts.into_iter().map(|contact| whole(tx, account, contact)).collect()
}

/// Removes a contact with its channels and memberships; its id, if there was one.
pub(crate) fn delete(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<i64>> {
    let id = tx.query_optional(
        "DELETE FROM notify_contacts WHERE account_id = $1 AND name = $2 RETURNING id",
        params![account, name],
        |row| row.get(0),
    )?;
    if let Some(id) = id {
        tx.execute("DELETE FROM notify_channels WHERE contact_id = $1", params![id])?;
        tx.execute(
            "DELETE FROM notify_members WHERE account_id = $1 AND contact = $2",
            params![account, name],
        )?;
    }
    Ok(id)
}

/// A channel as it is kept, with the instant of its latest activation message.
pub(crate) struct StoredChannel {
    pub(crate) channel: Channel,
    pub(crate) activation_sent_at: Option<Timestamp>,
}

pub(crate) fn channels(tx: &mut Tx<'_>, contact: i64) -> Result<Vec<StoredChannel>> {
    let mut channels = tx.query(
        "SELECT kind, value, state, activation_sent_at FROM notify_channels WHERE contact_id = $1",
        params![contact],
        |row| Ok(StoredChannel { channel: channel(row)?, activation_sent_at: row.get(3usize)? }),
    )?;
    channels.sort_by_key(|stored| stored.channel.kind);
    Ok(channels)
}

pub(crate) fn put_channel(tx: &mut Tx<'_>, account: &str, contact: i64, channel: &Channel) -> Result<()> {
    tx.execute(
        "INSERT INTO notify_channels (contact_id, account_id, kind, value, state) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (contact_id, kind) DO UPDATE SET value = $4, state = $5, activation_sent_at = NULL",
        params![contact, account, channel.kind.as_str(), channel.value, channel.state.as_str()],
    )?;
    Ok(())
}

pub(crate) fn set_activation_sent(tx: &mut Tx<'_>, contact: i64, kind: ChannelKind) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE notify_channels SET activation_sent_at = $3 WHERE contact_id = $1 AND kind = $2",
        params![contact, kind.as_str(), now],
    )?;
    Ok(())
}

pub(crate) fn activate_channel(tx: &mut Tx<'_>, contact: i64, kind: ChannelKind) -> Result<()> {
    tx.execute(
        "UPDATE notify_channels SET state = $3 WHERE contact_id = $1 AND kind = $2",
        params![contact, kind.as_str(), ChannelState::Active.as_str()],
    )?;
    Ok(())
}

pub(crate) fn delete_channel(tx: &mut Tx<'_>, contact: i64, kind: ChannelKind) -> Result<()> {
    tx.execute(
        "DELETE FROM notify_channels WHERE contact_id = $1 AND kind = $2",
        params![contact, kind.as_str()],
    )?;
    Ok(())
}

/// The contact's own row: channels and groups are read in further statements.
fn bare(row: &Row<'_>) -> Result<Contact> {
    let lang: String = row.get(3usize)?;
    Ok(Contact {
        id: row.get(0usize)?,
        name: row.get(1usize)?,
        description: row.get(2usize)?,
        lang: stored(Lang::parse(&lang), "language", &lang)?,
        channels: Vec::new(),
        groups: Vec::new(),
        created_at: row.get(4usize)?,
        updated_at: row.get(5usize)?,
    })
}

fn whole(tx: &mut Tx<'_>, account: &str, mut contact: Contact) -> Result<Contact> {
    contact.channels = channels(tx, contact.id)?.into_iter().map(|stored| stored.channel).collect();
    contact.groups = tx.query(
        "SELECT g.name FROM notify_members m JOIN notify_groups g ON g.id = m.group_id \
         WHERE m.account_id = $1 AND m.contact = $2 ORDER BY g.created_at, g.id",
        params![account, contact.name],
        |row| row.get(0),
    )?;
    Ok(contact)
}

fn channel(row: &Row<'_>) -> Result<Channel> {
    let (kind, state): (String, String) = (row.get(0usize)?, row.get(2usize)?);
    Ok(Channel {
        kind: stored(ChannelKind::parse(&kind), "channel", &kind)?,
        value: row.get(1usize)?,
        state: stored(ChannelState::parse(&state), "channel state", &state)?,
    })
}

/// How many channels of an account wait for their owner's confirmation, at most `most`.
pub(crate) fn count_pending(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notify_channels WHERE account_id = $1 \
         AND state = 'pending' LIMIT $2) c",
        params![account, most],
        |row| row.get(0usize),
    )
}
