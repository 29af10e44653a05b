//! Contact groups and their member lists.

use muster_core::{Browse, Page, PageRequest, Result, Timestamp};
use muster_db::{Row, ToValue, Tx, Value, params};

use super::{Condition, starts_with};
use crate::model::{ContactGroup, PutContactGroup};

const COLUMNS: &str = "id, name, description, subscribed, created_at, updated_at";

/// Makes or changes a group; its id. The member list is not touched.
pub(crate) fn upsert(tx: &mut Tx<'_>, account: &str, put: &PutContactGroup) -> Result<i64> {
    let (id, now) = (tx.new_id()?, tx.now());
    tx.query_one(
        "INSERT INTO notify_groups (id, account_id, name, description, subscribed, created_at, updated_at) \
         VALUES ($1, $2, $3, COALESCE(CAST($4 AS TEXT), ''), COALESCE(CAST($5 AS BIGINT), 0), $6, $6) \
         ON CONFLICT (account_id, name) DO UPDATE SET description = COALESCE(CAST($4 AS TEXT), notify_groups.description), \
         subscribed = COALESCE(CAST($5 AS BIGINT), notify_groups.subscribed), updated_at = $6 RETURNING id",
        params![id, account, put.name, put.description, put.subscribed, now],
        |row| row.get(0),
    )
}

/// Makes an empty group unless there is one of this name.
pub(crate) fn insert_if_missing(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let (id, now) = (tx.new_id()?, tx.now());
    let rows = tx.execute(
        "INSERT INTO notify_groups (id, account_id, name, description, subscribed, created_at, updated_at) \
         VALUES ($1, $2, $3, '', 0, $4, $4) ON CONFLICT (account_id, name) DO NOTHING",
        params![id, account, name, now],
    )?;
    Ok(rows == 1)
}

/// Puts `members` in place of the group's list.
pub(crate) fn set_members(tx: &mut Tx<'_>, account: &str, group: i64, members: &[String]) -> Result<()> {
    tx.execute("DELETE FROM notify_members WHERE group_id = $1", params![group])?;
    for (position, contact) in (0i64..).zip(members) {
        tx.execute(
            "INSERT INTO notify_members (group_id, account_id, contact, position) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (group_id, contact) DO NOTHING",
            params![group, account, contact, position],
        )?;
    }
    Ok(())
}

pub(crate) fn find(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<ContactGroup>> {
    let found = tx.query_optional(
        &format!("SELECT {COLUMNS} FROM notify_groups WHERE account_id = $1 AND name = $2"),
        params![account, name],
        bare,
    )?;
    found.map(|group| whole(tx, group)).transpose()
}

pub(crate) fn id(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Option<i64>> {
    tx.query_optional(
        "SELECT id FROM notify_groups WHERE account_id = $1 AND name = $2",
        params![account, name],
        |row| row.get(0),
    )
}

/// Newest first; equal ages by name.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    account: &str,
    name_prefix: Option<&str>,
    page: PageRequest,
) -> Result<Page<ContactGroup>> {
    let mut condition = Condition::new("account_id = $", account.to_value());
    if let Some(prefix) = name_prefix {
        starts_with(&mut condition, "name", prefix);
    }
    let total = tx.query_one(
        &format!("SELECT COUNT(*) FROM notify_groups WHERE {}", condition.sql),
        &condition.values,
        |row| row.get(0),
    )?;
    let (limit, offset) =
        (condition.bind(Value::Integer(page.sql_limit())), condition.bind(Value::Integer(page.sql_offset())));
    let groups = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM notify_groups WHERE {} ORDER BY created_at DESC, name \
             LIMIT {limit} OFFSET {offset}",
            condition.sql
        ),
        &condition.values,
        bare,
    )?;
    let items = groups.into_iter().map(|group| whole(tx, group)).collect::<Result<_>>()?;
    Ok(Page { items, total })
}

/// Newest first, without a count.
pub(crate) fn browse(tx: &mut Tx<'_>, account: &str, browse: &Browse<'_>) -> Result<Vec<ContactGroup>> {
    let (at, name) = browse.after.unwrap_or((Timestamp::from_millis(i64::MAX), ""));
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM notify_groups WHERE account_id = $1 AND created_at <= $2 \
         AND (created_at < $2 OR name > $3) ORDER BY created_at DESC, name LIMIT $4) g \
         WHERE name LIKE $5 ESCAPE '\\' ORDER BY created_at DESC, name LIMIT $6"
    );
    let found = tx.query(
        &sql,
        params![account, at, name, browse.read_limit(), muster_db::containing(browse.text), browse.limit],
        bare,
    )?;
    found.into_iter().map(|group| whole(tx, group)).collect()
}

/// Those whose name begins with `text`, by name.
pub(crate) fn search(tx: &mut Tx<'_>, account: &str, text: &str, limit: u32) -> Result<Vec<ContactGroup>> {
    let mut condition = Condition::new("account_id = $", account.to_value());
    starts_with(&mut condition, "name", text);
    let place = condition.bind(Value::Integer(limit.into()));
    let found = tx.query(
        &format!("SELECT {COLUMNS} FROM notify_groups WHERE {} ORDER BY name LIMIT {place}", condition.sql),
        &condition.values,
        bare,
    )?;
    found.into_iter().map(|group| whole(tx, group)).collect()
}

/// How many there are, counted up to `most`.
pub(crate) fn count(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notify_groups WHERE account_id = $1 LIMIT $2) g",
        params![account, most],
        |row| row.get(0usize),
    )
}

/// Removes a group; whether there was one. Its contacts stay.
pub(crate) fn delete(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let id: Option<i64> = tx.query_optional(
        "DELETE FROM notify_groups WHERE account_id = $1 AND name = $2 RETURNING id",
        params![account, name],
        |row| row.get(0),
    )?;
    if let Some(id) = id {
        tx.execute("DELETE FROM notify_members WHERE group_id = $1", params![id])?;
    }
    Ok(id.is_some())
}

fn bare(row: &Row<'_>) -> Result<ContactGroup> {
    Ok(ContactGroup {
        id: row.get(0usize)?,
        name: row.get(1usize)?,
        description: row.get(2usize)?,
        subscribed: row.get(3usize)?,
        members: Vec::new(),
        created_at: row.get(4usize)?,
        updated_at: row.get(5usize)?,
    })
}

fn whole(tx: &mut Tx<'_>, mut group: ContactGroup) -> Result<ContactGroup> {
    group.members = tx.query(
        "SELECT contact FROM notify_members WHERE group_id = $1 ORDER BY position",
        params![group.id],
        |row| row.get(0),
    )?;
    Ok(group)
}
