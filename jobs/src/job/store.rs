//! The SQL of jobs and their scripts.

use std::collections::HashMap;

use muster_core::{Browse, Error, Page, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, params};

use super::browse::JobBrowse;
use super::model::{
    Definition, ExecuteMode, Job, JobFilter, JobKind, MapSettings, Monitor, ScriptVersion, Time, TimeKind,
    Watched,
};
use crate::bulk;

const COLUMNS: &str = "id, app_group_id, name, description, kind, mode, time_kind, time_expression, zone, \
    calendar, data_offset_s, not_before, not_after, class_name, content, parameters, max_concurrency, \
    max_attempt, attempt_interval_s, priority, map_settings, xattrs, template, monitor, echo, enabled, \
    next_due, creator, updater, created_at, updated_at";

/// What one look at many jobs may name at once.
const CHUNK: usize = 200;

pub(super) fn insert(tx: &mut Tx<'_>, account: &str, job: &Job) -> Result<()> {
    let (d, map, monitor) = (&job.definition, json(&job.definition.map)?, monitor_text(&job.definition)?);
    tx.execute(
        &format!(
            "INSERT INTO jobs_jobs ({COLUMNS}, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
             $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, \
             $32)"
        ),
        params![
            job.id,
            job.app_group,
            d.name,
            d.description,
            d.kind,
            d.mode,
            d.time.kind,
            d.time.expression,
            d.time.zone,
            d.time.calendar,
            d.time.data_offset_s,
            d.time.not_before,
            d.time.not_after,
            d.class_name,
            d.content,
            d.parameters,
            d.max_concurrency,
            d.max_attempt,
            d.attempt_interval_s,
            d.priority,
            map,
            d.xattrs,
            d.template,
            monitor,
            d.echo,
            job.enabled,
            job.next_due,
            job.creator,
            job.updater,
            job.created_at,
            job.updated_at,
            account,
        ],
    )?;
    Ok(())
}

/// Writes everything that can change.
pub(super) fn update(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    let (d, map, monitor) = (&job.definition, json(&job.definition.map)?, monitor_text(&job.definition)?);
    tx.execute(
        "UPDATE jobs_jobs SET name = $2, description = $3, kind = $4, mode = $5, time_kind = $6, \
         time_expression = $7, zone = $8, calendar = $9, data_offset_s = $10, not_before = $11, not_after = $12, \
         class_name = $13, content = $14, parameters = $15, max_concurrency = $16, max_attempt = $17, \
         attempt_interval_s = $18, priority = $19, map_settings = $20, xattrs = $21, template = $22, \
         monitor = $23, echo = $24, enabled = $25, next_due = $26, updater = $27, updated_at = $28 WHERE id = $1",
        params![
            job.id,
            d.name,
            d.description,
            d.kind,
            d.mode,
            d.time.kind,
            d.time.expression,
            d.time.zone,
            d.time.calendar,
            d.time.data_offset_s,
            d.time.not_before,
            d.time.not_after,
            d.class_name,
            d.content,
            d.parameters,
            d.max_concurrency,
            d.max_attempt,
            d.attempt_interval_s,
            d.priority,
            map,
            d.xattrs,
            d.template,
            monitor,
            d.echo,
            job.enabled,
            job.next_due,
            job.updater,
            job.updated_at,
        ],
    )?;
    Ok(())
}

/// The job with this number, whoever owns it.
pub(crate) fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<Job>> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM jobs_jobs WHERE id = $1"), params![id], job)
}

/// Those of the jobs with these numbers of which somebody wants to be told.
pub(crate) fn watched(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, Watched>> {
    let mut watched = HashMap::new();
    let sql = "SELECT id, account_id, name, time_kind, max_attempt, monitor FROM v CROSS JOIN jobs_jobs \
        WHERE id = v.wanted AND monitor IS NOT NULL";
    bulk::query(tx, sql, &["wanted"], ids.iter().map(|id| [Value::Integer(*id)]), |row| {
        let (time, monitor): (String, String) = (row.get(3)?, row.get(5)?);
        let job = Watched {
            account: row.get(1)?,
            name: row.get(2)?,
            time: TimeKind::from_text(&time).ok_or_else(|| unknown("time kind"))?,
            max_attempt: row.get(4)?,
            monitor: serde_json::from_str(&monitor).map_err(Error::internal)?,
        };
        watched.insert(row.get(0)?, job);
        Ok(())
    })?;
    Ok(watched)
}

/// The account's job with this number.
pub(super) fn find_of(tx: &mut Tx<'_>, account: &str, id: i64) -> Result<Option<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs_jobs WHERE id = $1 AND account_id = $2");
    tx.query_optional(&sql, params![id, account], job)
}

/// Newest first, without a count. Ids grow with time.
pub(super) fn browse(
    tx: &mut Tx<'_>,
    account: &str,
    wanted: &JobBrowse,
    browse: &Browse<'_>,
) -> Result<Vec<Job>> {
    let before = browse.after.and_then(|(_, id)| id.parse().ok()).unwrap_or(i64::MAX);
    let narrowed = !browse.text.is_empty() || wanted.enabled.is_some();
    let read = if narrowed { Browse::LOOKED_THROUGH } else { i64::from(browse.limit) };
    let pattern = muster_db::containing(browse.text);
    let mut values = params![account, before, read, pattern, wanted.enabled, browse.limit].to_vec();
    // A group's jobs are found by the group, or a small one would be looked for among all of its account.
    let mut owner = "account_id = $1";
    if let Some(group) = wanted.group {
        values.push(Value::Integer(group));
        owner = "app_group_id = $7";
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM jobs_jobs WHERE {owner} AND id < $2 ORDER BY id DESC LIMIT $3) j \
         WHERE account_id = $1 AND name LIKE $4 ESCAPE '\\' AND enabled = COALESCE($5, enabled) \
         ORDER BY id DESC LIMIT $6"
    );
    tx.query(&sql, &values, job)
}

/// How many there are, counted up to `most`.
pub(super) fn count(tx: &mut Tx<'_>, account: &str, most: i64) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM jobs_jobs WHERE account_id = $1 LIMIT $2) j",
        params![account, most],
        |row| row.get(0),
    )
}

/// The names of the account's jobs among these.
pub(super) fn names(tx: &mut Tx<'_>, account: &str, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let mut names = HashMap::with_capacity(ids.len());
    for (places, chunk) in bulk::lists(ids, CHUNK, 2) {
        let values = [vec![Value::Text(account.into())], chunk].concat();
        let sql = format!("SELECT id, name FROM jobs_jobs WHERE account_id = $1 AND id IN ({places})");
        tx.for_each(&sql, &values, |row| {
            names.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    Ok(names)
}

/// The jobs with these numbers, those that exist.
pub(crate) fn find_all(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, Job>> {
    let mut jobs = HashMap::with_capacity(ids.len());
    let sql = format!("SELECT {COLUMNS} FROM v CROSS JOIN jobs_jobs WHERE id = v.wanted");
    bulk::query(tx, &sql, &["wanted"], ids.iter().map(|id| [Value::Integer(*id)]), |row| {
        let job = job(row)?;
        jobs.insert(job.id, job);
        Ok(())
    })?;
    Ok(jobs)
}

/// The account's job with this number, in a group or in any of the namespace.
pub(super) fn find_in(
    tx: &mut Tx<'_>,
    account: &str,
    namespace: &str,
    group_id: Option<&str>,
    id: i64,
) -> Result<Option<Job>> {
    let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("j.{}", column.trim())).collect();
    tx.query_optional(
        &format!(
            "SELECT {} FROM jobs_jobs j JOIN jobs_app_groups g ON g.id = j.app_group_id WHERE j.id = $1 \
             AND g.account_id = $2 AND g.namespace = $3 AND g.group_id = COALESCE($4, g.group_id)",
            columns.join(", ")
        ),
        params![id, account, namespace, group_id],
        job,
    )
}

/// The group of each of these jobs that is in the namespace.
pub(super) fn groups_of(tx: &mut Tx<'_>, account: &str, namespace: &str, ids: &[i64]) -> Result<Vec<String>> {
    let mut groups = Vec::with_capacity(ids.len());
    for (places, chunk) in bulk::lists(ids, CHUNK, 3) {
        let values = [vec![account.to_value(), namespace.to_value()], chunk].concat();
        let sql = format!(
            "SELECT g.group_id FROM jobs_jobs j JOIN jobs_app_groups g ON g.id = j.app_group_id \
             WHERE g.account_id = $1 AND g.namespace = $2 AND j.id IN ({places})"
        );
        tx.for_each(&sql, &values, |row| {
            groups.push(row.get(0)?);
            Ok(())
        })?;
    }
    Ok(groups)
}

pub(super) fn newest_named(tx: &mut Tx<'_>, group: i64, name: &str) -> Result<Option<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs_jobs WHERE app_group_id = $1 AND name = $2 ORDER BY id DESC LIMIT 1"
    );
    tx.query_optional(&sql, params![group, name], job)
}

/// One page, the newest first, and how many fit in all.
pub(super) fn list(tx: &mut Tx<'_>, group: i64, filter: &JobFilter) -> Result<Page<Job>> {
    let mut wanted = Conditions::new("app_group_id = ?", [Value::Integer(group)]);
    wanted.and_contains("name", filter.name_contains.as_deref());
    wanted.and_equals("enabled", filter.enabled.as_ref());
    let count = format!("SELECT COUNT(*) FROM jobs_jobs {}", wanted.sql());
    let total = tx.query_one(&count, wanted.values(), |row| row.get(0))?;
    let (rest, values) = wanted.paged("id DESC", filter.page);
    Ok(Page { items: tx.query(&format!("SELECT {COLUMNS} FROM jobs_jobs {rest}"), &values, job)?, total })
}

pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_jobs WHERE id = $1", params![id])?;
    Ok(())
}

pub(super) fn delete_all_of(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs_scripts WHERE job_id IN (SELECT id FROM jobs_jobs WHERE app_group_id = $1)",
        params![group],
    )?;
    tx.execute("DELETE FROM jobs_jobs WHERE app_group_id = $1", params![group])?;
    Ok(())
}

/// What the engine that fires needs to know of a job, or of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct DueJob {
    pub(crate) id: i64,
    pub(crate) app_group: i64,
    pub(crate) account: String,
    pub(crate) time: Time,
    pub(crate) max_concurrency: i64,
    pub(crate) priority: i64,
    pub(crate) due: Timestamp,
    /// Whether it takes the professional edition whatever its times.
    pub(crate) is_professional: bool,
}

/// The jobs of groups served here that are due at `now`, those that wait longest first.
pub(crate) fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<DueJob>> {
    let here = tx.served()?.and("app_group_id");
    tx.query(
        &format!(
            "SELECT id, app_group_id, account_id, time_kind, time_expression, zone, calendar, data_offset_s, \
             not_before, not_after, max_concurrency, priority, next_due, mode FROM jobs_jobs \
             WHERE next_due <= $1{here} ORDER BY next_due, id LIMIT $2"
        ),
        params![now, limit],
        |row| {
            Ok(DueJob {
                id: row.get(0)?,
                app_group: row.get(1)?,
                account: row.get(2)?,
                time: time(row, 3)?,
                max_concurrency: row.get(10)?,
                priority: row.get(11)?,
                due: row.get(12)?,
                is_professional: row.get::<String>(13)? == ExecuteMode::Parallel.as_str(),
            })
        },
    )
}

/// When the next job of a group served here is due.
pub(crate) fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    let here = tx.served()?.and("app_group_id");
    let sql = format!("SELECT MIN(next_due) FROM jobs_jobs WHERE next_due IS NOT NULL{here}");
    tx.query_one(&sql, &[], |row| row.get(0))
}

/// Moves jobs on.
pub(crate) fn set_next_due(tx: &mut Tx<'_>, jobs: &[(i64, Option<Timestamp>)]) -> Result<()> {
    let rows = jobs.iter().map(|(id, due)| [id.to_value(), due.to_value()]);
    bulk::update(
        tx,
        "UPDATE jobs_jobs SET next_due = v.next_due FROM v WHERE jobs_jobs.id = v.id",
        &["id", "next_due"],
        rows,
    )
}

pub(super) fn add_script(
    tx: &mut Tx<'_>,
    job: i64,
    content: &str,
    description: &str,
    creator: &str,
) -> Result<()> {
    let (id, now) = (tx.new_id()?, tx.now());
    tx.execute(
        "INSERT INTO jobs_scripts (job_id, id, content, description, creator, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![job, id, content, description, creator, now],
    )?;
    Ok(())
}

pub(super) fn scripts(tx: &mut Tx<'_>, job: i64) -> Result<Vec<ScriptVersion>> {
    tx.query(
        "SELECT content, description, creator, created_at FROM jobs_scripts WHERE job_id = $1 ORDER BY id DESC",
        params![job],
        |row| {
            Ok(ScriptVersion {
                content: row.get(0)?,
                description: row.get(1)?,
                creator: row.get(2)?,
                created_at: row.get(3)?,
            })
        },
    )
}

pub(super) fn forget_scripts(tx: &mut Tx<'_>, job: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs_scripts WHERE job_id = $1", params![job])?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn monitor_text(definition: &Definition) -> Result<Option<String>> {
    definition.monitor.as_ref().map(json).transpose()
}

fn unknown(column: &str) -> Error {
    Error::internal(format!("unknown {column} of a job in the store"))
}

/// The words about time, in seven columns from `first` on.
fn time(row: &Row<'_>, first: usize) -> Result<Time> {
    Ok(Time {
        kind: TimeKind::from_text(&row.get::<String>(first)?).ok_or_else(|| unknown("time kind"))?,
        expression: row.get(first + 1)?,
        zone: row.get(first + 2)?,
        calendar: row.get(first + 3)?,
        data_offset_s: row.get(first + 4)?,
        not_before: row.get(first + 5)?,
        not_after: row.get(first + 6)?,
    })
}

fn job(row: &Row<'_>) -> Result<Job> {
    let map: String = row.get(20)?;
    let monitor: Option<String> = row.get(23)?;
    let monitor: Option<Monitor> =
        monitor.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?;
    Ok(Job {
        id: row.get(0)?,
        app_group: row.get(1)?,
        definition: Definition {
            name: row.get(2)?,
            description: row.get(3)?,
            kind: JobKind::from_text(&row.get::<String>(4)?).ok_or_else(|| unknown("kind"))?,
            mode: ExecuteMode::from_text(&row.get::<String>(5)?).ok_or_else(|| unknown("mode"))?,
            time: time(row, 6)?,
            class_name: row.get(13)?,
            content: row.get(14)?,
            parameters: row.get(15)?,
            max_concurrency: row.get(16)?,
            max_attempt: row.get(17)?,
            attempt_interval_s: row.get(18)?,
            priority: row.get(19)?,
            map: serde_json::from_str::<MapSettings>(&map).map_err(Error::internal)?,
            xattrs: row.get(21)?,
            template: row.get(22)?,
            monitor,
            echo: row.get(24)?,
        },
        enabled: row.get(25)?,
        next_due: row.get(26)?,
        creator: row.get(27)?,
        updater: row.get(28)?,
        created_at: row.get(29)?,
        updated_at: row.get(30)?,
    })
}
