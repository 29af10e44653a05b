//! All SQL about app groups.

use muster_core::{Error, PageRequest, Result};
use muster_db::{Conditions, Row, Tx, params};

use super::{AppGroup, AppGroupFilter, AppKind, BoundServerGroup};
use crate::sql::{NEWEST_FIRST, Owner, rows_of};

const SELECT: &str = "SELECT g.id, g.name, g.description, g.kind, g.created_at, \
     s.id AS server_group_id, s.name AS server_group_name, s.description AS server_group_description \
     FROM apps_app_groups g LEFT JOIN apps_server_groups s ON s.id = g.server_group_id ";

fn app_group(row: &Row<'_>) -> Result<AppGroup> {
    let kind: String = row.get("kind")?;
    let server_group = match row.get::<Option<String>>("server_group_id")? {
        None => None,
        Some(id) => Some(BoundServerGroup {
            id,
            name: row.get("server_group_name")?,
            description: row.get("server_group_description")?,
        }),
    };
    Ok(AppGroup {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        kind: AppKind::from_key(&kind).ok_or_else(|| Error::internal(format!("app kind {kind}")))?,
        server_group,
        created_at: row.get("created_at")?,
    })
}

/// Whether the row was added: not when the name is taken.
pub(crate) fn insert(tx: &mut Tx<'_>, owner: Owner<'_>, group: &AppGroup) -> Result<bool> {
    let server_group_id = group.server_group.as_ref().map(|server_group| &server_group.id);
    let added = tx.execute(
        "INSERT INTO apps_app_groups \
         (id, account_id, project_id, name, description, kind, server_group_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, project_id, name) DO NOTHING",
        params![
            group.id,
            owner.account_id,
            owner.project_id,
            group.name,
            group.description,
            group.kind,
            server_group_id,
            group.created_at
        ],
    )?;
    Ok(added == 1)
}

pub(crate) fn get(tx: &mut Tx<'_>, owner: Owner<'_>, id: &str) -> Result<Option<AppGroup>> {
    let sql = format!("{SELECT} WHERE g.id = $1 AND g.account_id = $2 AND g.project_id = $3");
    tx.query_optional(&sql, params![id, owner.account_id, owner.project_id], app_group)
}

pub(crate) fn name_taken(tx: &mut Tx<'_>, owner: Owner<'_>, name: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM apps_app_groups WHERE account_id = $1 AND project_id = $2 AND name = $3",
        params![owner.account_id, owner.project_id, name],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(crate) fn count(tx: &mut Tx<'_>, owner: Owner<'_>) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM apps_app_groups WHERE account_id = $1 AND project_id = $2",
        params![owner.account_id, owner.project_id],
        |row| row.get(0),
    )
}

/// How many app groups a server group carries. Its id is known to be the owner's.
pub(crate) fn count_on(tx: &mut Tx<'_>, server_group_id: &str) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM apps_app_groups WHERE server_group_id = $1",
        params![server_group_id],
        |row| row.get(0),
    )
}

fn conditions<'f>(owner: Owner<'f>, filter: &'f AppGroupFilter) -> Conditions<'f> {
    let mut conditions = rows_of(owner);
    conditions.and_equals("g.id", filter.id.as_ref());
    conditions.and_equals("g.server_group_id", filter.server_group_id.as_ref());
    conditions.and_equals("g.kind", filter.kind.as_ref());
    conditions.and_contains("g.name", filter.name_contains.as_deref());
    conditions
}

pub(crate) fn list(
    tx: &mut Tx<'_>,
    owner: Owner<'_>,
    filter: &AppGroupFilter,
    page: PageRequest,
) -> Result<Vec<AppGroup>> {
    let (rest, values) = conditions(owner, filter).paged(NEWEST_FIRST, page);
    tx.query(&format!("{SELECT} {rest}"), &values, app_group)
}

pub(crate) fn count_matching(tx: &mut Tx<'_>, owner: Owner<'_>, filter: &AppGroupFilter) -> Result<u64> {
    let conditions = conditions(owner, filter);
    let sql = format!("SELECT COUNT(*) FROM apps_app_groups g {}", conditions.sql());
    tx.query_one(&sql, conditions.values(), |row| row.get(0))
}

/// Writes name, description and server group of a group that was read in this transaction.
pub(crate) fn update(tx: &mut Tx<'_>, group: &AppGroup) -> Result<()> {
    let server_group_id = group.server_group.as_ref().map(|server_group| &server_group.id);
    tx.execute(
        "UPDATE apps_app_groups SET name = $2, description = $3, server_group_id = $4 WHERE id = $1",
        params![group.id, group.name, group.description, server_group_id],
    )?;
    Ok(())
}

/// Whether there was one to delete.
pub(crate) fn delete(tx: &mut Tx<'_>, owner: Owner<'_>, id: &str) -> Result<bool> {
    let deleted = tx.execute(
        "DELETE FROM apps_app_groups WHERE id = $1 AND account_id = $2 AND project_id = $3",
        params![id, owner.account_id, owner.project_id],
    )?;
    Ok(deleted == 1)
}

/// Frees all app groups of a server group that is known to be the owner's; how many there were.
pub(crate) fn unbind_all(tx: &mut Tx<'_>, server_group_id: &str) -> Result<u64> {
    tx.execute(
        "UPDATE apps_app_groups SET server_group_id = NULL WHERE server_group_id = $1",
        params![server_group_id],
    )
}
