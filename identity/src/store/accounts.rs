//! Accounts and their projects.

use muster_core::{Error, Result};
use muster_db::{Row, Tx, params};

use crate::model::{Account, Project};

pub(crate) fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        uuid: row.get("uuid")?,
        name: row.get("name")?,
        enabled: row.get("enabled")?,
        is_first: row.get("is_first")?,
        created_at: row.get("created_at")?,
    })
}

fn project(row: &Row<'_>) -> Result<Project> {
    Ok(Project {
        id: row.get("id")?,
        account_id: row.get("account_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        enabled: row.get("enabled")?,
        is_default: row.get("is_default")?,
        created_at: row.get("created_at")?,
    })
}

pub(crate) fn insert_account(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_accounts (id, uuid, name, enabled, is_first, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        params![
            account.id,
            account.uuid,
            account.name,
            account.enabled,
            account.is_first,
            account.created_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("account", &account.name)) } else { Ok(()) }
}

pub(crate) fn account_by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Account>> {
    tx.query_optional("SELECT * FROM identity_accounts WHERE id = $1", params![id], account)
}

pub(crate) fn account_by_uuid(tx: &mut Tx<'_>, uuid: &str) -> Result<Option<Account>> {
    tx.query_optional("SELECT * FROM identity_accounts WHERE uuid = $1", params![uuid], account)
}

pub(crate) fn account_by_name(tx: &mut Tx<'_>, name: &str) -> Result<Option<Account>> {
    tx.query_optional("SELECT * FROM identity_accounts WHERE name = $1", params![name], account)
}

pub(crate) fn first_account(tx: &mut Tx<'_>) -> Result<Option<Account>> {
    account_by_uuid(tx, crate::model::FIRST_ACCOUNT_UUID)
}

pub(crate) fn accounts(tx: &mut Tx<'_>) -> Result<Vec<Account>> {
    tx.query("SELECT * FROM identity_accounts ORDER BY created_at, id", params![], account)
}

pub(crate) fn set_account_enabled(tx: &mut Tx<'_>, id: &str, enabled: bool) -> Result<bool> {
    let sql = "UPDATE identity_accounts SET enabled = $2 WHERE id = $1";
    Ok(tx.execute(sql, params![id, enabled])? > 0)
}

pub(crate) fn insert_project(tx: &mut Tx<'_>, project: &Project) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO identity_projects (id, account_id, name, description, enabled, is_default, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        params![
            project.id,
            project.account_id,
            project.name,
            project.description,
            project.enabled,
            project.is_default,
            project.created_at
        ],
    )?;
    if inserted == 0 { Err(Error::already_exists("project", &project.name)) } else { Ok(()) }
}

/// The default project first, then by age.
pub(crate) fn projects(tx: &mut Tx<'_>, account_id: &str) -> Result<Vec<Project>> {
    tx.query(
        "SELECT * FROM identity_projects WHERE account_id = $1 ORDER BY is_default DESC, created_at, id",
        params![account_id],
        project,
    )
}

pub(crate) fn update_project(tx: &mut Tx<'_>, project: &Project) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE identity_projects SET description = $3, enabled = $4 WHERE id = $1 AND account_id = $2",
        params![project.id, project.account_id, project.description, project.enabled],
    )?;
    Ok(changed > 0)
}
