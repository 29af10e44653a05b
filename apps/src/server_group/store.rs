//! All SQL about server groups.

use std::collections::HashMap;

use muster_core::{Error, PageRequest, Result};
use muster_db::{Conditions, Row, ToValue, Tx, Value, params};

use super::{MountPolicy, OperatingSystem, ServerGroup, ServerGroupFilter};
use crate::app_group::AppKind;
use crate::sql::{NEWEST_FIRST, Owner, placeholders, rows_of};
use crate::tags;

const SELECT: &str = "SELECT g.id, g.name, g.description, g.kind, g.os, g.single_session, g.virtual_ip, \
     g.mount_policy, g.enabled, g.enterprise_project_id, g.primary_id, g.plan, g.created_at, g.updated_at, \
     (SELECT COUNT(*) FROM apps_app_groups a WHERE a.server_group_id = g.id) AS app_group_count \
     FROM apps_server_groups g ";

/// A word that is in the store, read back.
fn word<T>(row: &Row<'_>, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    let key: String = row.get(column)?;
    parse(&key).ok_or_else(|| Error::internal(format!("{column} {key}")))
}

/// A server group without its tags and standby groups.
fn server_group(row: &Row<'_>) -> Result<ServerGroup> {
    let plan: String = row.get("plan")?;
    Ok(ServerGroup {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        kind: word(row, "kind", AppKind::from_key)?,
        os: word(row, "os", OperatingSystem::from_key)?,
        single_session: row.get("single_session")?,
        virtual_ip: row.get("virtual_ip")?,
        mount_policy: word(row, "mount_policy", MountPolicy::from_key)?,
        enabled: row.get("enabled")?,
        enterprise_project_id: row.get("enterprise_project_id")?,
        primary_id: row.get("primary_id")?,
        standby_ids: Vec::new(),
        plan: serde_json::from_str(&plan).map_err(Error::internal)?,
        tags: Vec::new(),
        app_group_count: row.get("app_group_count")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Gives each group its tags and its standby groups, with two statements for all of them.
fn complete(tx: &mut Tx<'_>, groups: &mut [ServerGroup]) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let places: HashMap<String, usize> =
        groups.iter().enumerate().map(|(place, group)| (group.id.clone(), place)).collect();
    let ids: Vec<Value<'_>> = places.keys().map(ToValue::to_value).collect();
    let list = placeholders(1, ids.len());
    let standbys =
        format!("SELECT primary_id, id FROM apps_server_groups WHERE primary_id IN ({list}) ORDER BY id");
    tx.for_each(&standbys, &ids, |row| {
        if let Some(&place) = places.get(&row.get::<String>(0)?) {
            groups[place].standby_ids.push(row.get(1)?);
        }
        Ok(())
    })?;
    tags::store::for_each_of(tx, &ids, |server_group_id, tag| {
        if let Some(&place) = places.get(server_group_id) {
            groups[place].tags.push(tag);
        }
    })
}

/// Whether the row was added: not when the name is taken.
pub(crate) fn insert(tx: &mut Tx<'_>, owner: Owner<'_>, group: &ServerGroup) -> Result<bool> {
    let plan = serde_json::to_string(&group.plan).map_err(Error::internal)?;
    let added = tx.execute(
        "INSERT INTO apps_server_groups (id, account_id, project_id, name, description, kind, os, single_session, \
         virtual_ip, mount_policy, enabled, enterprise_project_id, primary_id, plan, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (account_id, project_id, name) DO NOTHING",
        params![
            group.id,
            owner.account_id,
            owner.project_id,
            group.name,
            group.description,
            group.kind,
            group.os,
            group.single_session,
            group.virtual_ip,
            group.mount_policy,
            group.enabled,
            group.enterprise_project_id,
            group.primary_id,
            plan,
            group.created_at,
            group.updated_at
        ],
    )?;
    Ok(added == 1)
}

pub(crate) fn get(tx: &mut Tx<'_>, owner: Owner<'_>, id: &str) -> Result<Option<ServerGroup>> {
    let sql = format!("{SELECT} WHERE g.id = $1 AND g.account_id = $2 AND g.project_id = $3");
    let mut found = tx.query(&sql, params![id, owner.account_id, owner.project_id], server_group)?;
    complete(tx, &mut found)?;
    Ok(found.pop())
}

pub(crate) fn name_taken(tx: &mut Tx<'_>, owner: Owner<'_>, name: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM apps_server_groups WHERE account_id = $1 AND project_id = $2 AND name = $3",
        params![owner.account_id, owner.project_id, name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(crate) fn count(tx: &mut Tx<'_>, owner: Owner<'_>) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM apps_server_groups WHERE account_id = $1 AND project_id = $2",
        params![owner.account_id, owner.project_id],
        |row| row.get(0),
    )
}

fn conditions<'f>(owner: Owner<'f>, filter: &'f ServerGroupFilter) -> Conditions<'f> {
    let mut conditions = rows_of(owner);
    conditions.and_equals("g.id", filter.id.as_ref());
    conditions.and_equals("g.kind", filter.kind.as_ref());
    conditions.and_equals("g.enterprise_project_id", filter.enterprise_project_id.as_ref());
    conditions.and_contains("g.name", filter.name_contains.as_deref());
    match filter.standby {
        None => {}
        Some(true) => conditions.and("g.primary_id IS NOT NULL", []),
        Some(false) => conditions.and("g.primary_id IS NULL", []),
    }
    for tag in &filter.tags {
        conditions.and(
            "EXISTS (SELECT 1 FROM apps_server_group_tags t \
             WHERE t.server_group_id = g.id AND t.tag_key = ? AND t.tag_value = ?)",
            [tag.key.to_value(), tag.value.to_value()],
        );
    }
    conditions
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &ServerGroupFilter,
    page: PageRequest,
) -> Result<Vec<ServerGroup>> {
    let (rest, values) = conditions(owner, filter).paged(NEWEST_FIRST, page);
    let mut groups = tx.query(&format!("{SELECT} {rest}"), &values, server_group)?;
    complete(tx, &mut groups)?;
    Ok(groups)
}

pub(crate) fn count_matching(tx: &mut Tx<'_>, owner: Owner<'_>, filter: &ServerGroupFilter) -> Result<u64> {
    let conditions = conditions(owner, filter);
    let sql = format!("SELECT COUNT(*) FROM apps_server_groups g {}", conditions.sql());
    tx.query_one(&sql, conditions.values(), |row| row.get(0))
}

/// Writes a group that was read in this transaction.
pub(crate) fn update(tx: &mut Tx<'_>, group: &ServerGroup) -> Result<()> {
    let plan = serde_json::to_string(&group.plan).map_err(Error::internal)?;
    tx.execute(
        "UPDATE apps_server_groups SET name = $2, description = $3, kind = $4, mount_policy = $5, enabled = $6, \
         plan = $7, updated_at = $8 WHERE id = $1",
        params![
            group.id,
            group.name,
            group.description,
            group.kind,
            group.mount_policy,
            group.enabled,
            plan,
            group.updated_at
        ],
    )?;
    Ok(())
}

/// Makes the standby groups of `primary` agree with it.
pub(crate) fn update_standbys(tx: &mut Tx<'_>, primary: &ServerGroup) -> Result<()> {
    tx.execute(
        "UPDATE apps_server_groups SET kind = $2, mount_policy = $3, updated_at = $4 WHERE primary_id = $1",
        params![primary.id, primary.kind, primary.mount_policy, primary.updated_at],
    )?;
    Ok(())
}

/// Deletes a group that was read in this transaction, with its tags.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM apps_server_group_tags WHERE server_group_id = $1", params![id])?;
    tx.execute("DELETE FROM apps_server_groups WHERE id = $1", params![id])?;
    Ok(())
}
