//! The SQL of application groups.

use std::collections::HashSet;

use muster_core::{Browse, Error, Page, PageRequest, Result};
use muster_db::{Row, Tx, containing, params};

use super::model::{AppGroup, AppGroupFilter, Edition, NewAppGroup, Platform};
use super::monitor::Monitor;
use crate::bulk;

const SELECT: &str = "SELECT id, namespace, group_id, name, app_key, description, edition, platform, max_jobs, \
    job_count, max_concurrency, log_enabled, schedule_busy_workers, monitor_config, monitor_contacts, \
    notification_policy, created_at, updated_at FROM jobs_app_groups";

/// Whether the namespace exists, and whether it has such a group: one look at both.
pub(super) fn presence(
    tx: &mut Tx<'_>,
    account: &str,
    namespace: &str,
    group_id: &str,
) -> Result<(bool, bool)> {
    tx.query_one(
        "SELECT (SELECT COUNT(*) FROM jobs_namespaces WHERE account_id = $1 AND uid = $2), \
         (SELECT COUNT(*) FROM jobs_app_groups WHERE account_id = $1 AND namespace = $2 AND group_id = $3)",
        params![account, namespace, group_id],
        |row| Ok((row.get::<i64>(0)? > 0, row.get::<i64>(1)? > 0)),
    )
}

/// The group as it now stands; nothing when there was one of that id.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    account: &str,
    new: &NewAppGroup,
    app_key: String,
    monitor: Monitor,
) -> Result<Option<AppGroup>> {
    let (id, now) = (tx.new_id()?, tx.now());
    let group = AppGroup {
        id,
        namespace: new.namespace.clone(),
        group_id: new.group_id.clone(),
        name: new.name.clone(),
        app_key,
        description: new.description.clone(),
        edition: new.edition,
        platform: new.platform,
        max_jobs: new.max_jobs,
        job_count: 0,
        max_concurrency: None,
        log_enabled: new.log_enabled,
        schedule_busy_workers: new.schedule_busy_workers,
        monitor_config: monitor.config,
        monitor_contacts: monitor.contacts,
        notification_policy: new.notification_policy.clone(),
        created_at: now,
        updated_at: now,
    };
    let rows = tx.execute(
        "INSERT INTO jobs_app_groups (id, account_id, namespace, group_id, name, app_key, description, edition, \
         platform, max_jobs, job_count, max_concurrency, log_enabled, schedule_busy_workers, monitor_config, \
         monitor_contacts, notification_policy, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18) \
         ON CONFLICT (account_id, namespace, group_id) DO NOTHING",
        params![
            group.id,
            account,
            group.namespace,
            group.group_id,
            group.name,
            group.app_key,
            group.description,
            group.edition,
            group.platform,
            group.max_jobs,
            group.job_count,
            group.max_concurrency,
            group.log_enabled,
            group.schedule_busy_workers,
            group.monitor_config,
            group.monitor_contacts,
            group.notification_policy,
            now,
        ],
    )?;
    Ok((rows == 1).then_some(group))
}

pub(super) fn find(
    tx: &mut Tx<'_>,
    account: &str,
    namespace: &str,
    group_id: &str,
) -> Result<Option<AppGroup>> {
    tx.query_optional(
        &format!("{SELECT} WHERE account_id = $1 AND namespace = $2 AND group_id = $3"),
        params![account, namespace, group_id],
        app_group,
    )
}

pub(super) fn by_id(tx: &mut Tx<'_>, account: &str, id: i64) -> Result<Option<AppGroup>> {
    tx.query_optional(&format!("{SELECT} WHERE id = $1 AND account_id = $2"), params![id, account], app_group)
}

/// The groups with this group id, one for each namespace that has it, oldest first.
pub(super) fn by_group_id(
    tx: &mut Tx<'_>,
    account: &str,
    group_id: &str,
    most: i64,
) -> Result<Vec<AppGroup>> {
    tx.query(
        &format!(
            "{SELECT} WHERE account_id = $1 AND namespace IN (SELECT uid FROM jobs_namespaces WHERE account_id = $1) \
             AND group_id = $2 ORDER BY id LIMIT $3"
        ),
        params![account, group_id, most],
        app_group,
    )
}

/// Newest first, of one namespace if one is named, without a count. Ids grow with time.
pub(super) fn browse(
    tx: &mut Tx<'_>,
    account: &str,
    namespace: Option<&str>,
    browse: &Browse<'_>,
) -> Result<Vec<AppGroup>> {
    let before = browse.after.and_then(|(_, id)| id.parse().ok()).unwrap_or(i64::MAX);
    let columns = SELECT.replace("FROM jobs_app_groups", "");
    let sql = format!(
        "{columns} FROM (SELECT * FROM jobs_app_groups WHERE account_id = $1 AND id < $2 \
         AND ($3 = '' OR namespace = $3) ORDER BY id DESC LIMIT $4) g \
         WHERE name LIKE $5 ESCAPE '\\' ORDER BY id DESC LIMIT $6"
    );
    tx.query(
        &sql,
        params![
            account,
            before,
            namespace.unwrap_or_default(),
            browse.read_limit(),
            muster_db::containing(browse.text),
            browse.limit
        ],
        app_group,
    )
}

/// The numbers of the account's groups, the newest first.
pub(super) fn numbers(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<Vec<i64>> {
    tx.query(
        "SELECT id FROM jobs_app_groups WHERE account_id = $1 ORDER BY id DESC LIMIT $2",
        params![account, most],
        |row| row.get(0),
    )
}

/// All groups of this name, whoever owns them, oldest first.
pub(super) fn named(tx: &mut Tx<'_>, group_id: &str) -> Result<Vec<AppGroup>> {
    tx.query(&format!("{SELECT} WHERE group_id = $1 ORDER BY id"), params![group_id], app_group)
}

pub(super) fn by_number(tx: &mut Tx<'_>, id: i64) -> Result<Option<AppGroup>> {
    tx.query_optional(&format!("{SELECT} WHERE id = $1"), params![id], app_group)
}

pub(super) fn count_job(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    let counted = tx.execute(
        "UPDATE jobs_app_groups SET job_count = job_count + 1 WHERE id = $1 AND job_count < max_jobs",
        params![id],
    )?;
    Ok(counted == 1)
}

pub(super) fn forget_jobs(tx: &mut Tx<'_>, id: i64, jobs: i64) -> Result<()> {
    tx.execute("UPDATE jobs_app_groups SET job_count = job_count - $2 WHERE id = $1", params![id, jobs])?;
    Ok(())
}

/// How many there are, counted up to `most`.
pub(super) fn count(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM jobs_app_groups WHERE account_id = $1 LIMIT $2) g",
        params![account, most],
        |row| row.get(0usize),
    )
}

/// One page, and how many fit in all.
pub(super) fn list(tx: &mut Tx<'_>, account: &str, filter: &AppGroupFilter) -> Result<Page<AppGroup>> {
    let pattern = containing(filter.name_contains.as_deref().unwrap_or_default());
    let mut wanted = "WHERE account_id = $1 AND name LIKE $2 ESCAPE '\\'".to_owned();
    let mut values = params![account, pattern].to_vec();
    if let Some(namespace) = &filter.namespace {
        wanted.push_str(" AND namespace = $3");
        values.push(muster_db::Value::Text(namespace.into()));
    }
    if filter.page == PageRequest::ALL {
        let items = tx.query(&format!("{SELECT} {wanted} ORDER BY id"), &values, app_group)?;
        return Ok(Page { total: items.len() as u64, items });
    }
    let total: i64 =
        tx.query_one(&format!("SELECT COUNT(*) FROM jobs_app_groups {wanted}"), &values, |row| row.get(0))?;
    let (limit, offset) = (filter.page.sql_limit(), filter.page.sql_offset());
    let page = format!("{SELECT} {wanted} ORDER BY id LIMIT {limit} OFFSET {offset}");
    Ok(Page { items: tx.query(&page, &values, app_group)?, total: total.unsigned_abs() })
}

pub(super) fn any_in(tx: &mut Tx<'_>, account: &str, namespace: &str) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM jobs_app_groups WHERE account_id = $1 AND namespace = $2 LIMIT 1",
        params![account, namespace],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// The groups that name this policy, oldest first.
pub(super) fn of_policy(tx: &mut Tx<'_>, account: &str, policy: &str) -> Result<Vec<AppGroup>> {
    tx.query(
        &format!("{SELECT} WHERE account_id = $1 AND notification_policy = $2 AND notification_policy <> '' ORDER BY id"),
        params![account, policy],
        app_group,
    )
}

/// Writes what a patch can have changed.
pub(super) fn update(tx: &mut Tx<'_>, group: &AppGroup) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs_app_groups SET description = $2, edition = $3, log_enabled = $4, max_concurrency = $5, \
         monitor_config = $6, monitor_contacts = $7, notification_policy = $8, updated_at = $9 WHERE id = $1",
        params![
            group.id,
            group.description,
            group.edition,
            group.log_enabled,
            group.max_concurrency,
            group.monitor_config,
            group.monitor_contacts,
            group.notification_policy,
            now,
        ],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_app_groups WHERE id = $1", params![id])?;
    Ok(())
}

pub(super) fn basic_among(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashSet<i64>> {
    let mut basic = HashSet::new();
    for (places, chunk) in bulk::lists(ids, 200, 1) {
        let sql = format!("SELECT id FROM jobs_app_groups WHERE id IN ({places}) AND edition = 1");
        tx.for_each(&sql, &chunk, |row| {
            basic.insert(row.get(0)?);
            Ok(())
        })?;
    }
    Ok(basic)
}

fn app_group(row: &Row<'_>) -> Result<AppGroup> {
    let unknown = |column: &str| Error::internal(format!("unknown {column} of an app group in the store"));
    Ok(AppGroup {
        id: row.get(0)?,
        namespace: row.get(1)?,
        group_id: row.get(2)?,
        name: row.get(3)?,
        app_key: row.get(4)?,
        description: row.get(5)?,
        edition: Edition::from_number(row.get(6)?).ok_or_else(|| unknown("edition"))?,
        platform: Platform::from_number(row.get(7)?).ok_or_else(|| unknown("platform"))?,
        max_jobs: row.get(8)?,
        job_count: row.get(9)?,
        max_concurrency: row.get(10)?,
        log_enabled: row.get(11)?,
        schedule_busy_workers: row.get(12)?,
        monitor_config: row.get(13)?,
        monitor_contacts: row.get(14)?,
        notification_policy: row.get(15)?,
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
    })
}
