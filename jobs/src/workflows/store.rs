//! The SQL of workflows and of their runs.

use std::collections::HashMap;

use muster_core::{Error, Page, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, Value, params};

use super::dag::Graph;
use super::model::{Workflow, WorkflowFilter, WorkflowInstance};
use crate::bulk;
use crate::instances::{self, State, Trigger};
use crate::job::{DueJob, Time, TimeKind};

const COLUMNS: &str = "id, app_group_id, name, description, time_kind, time_expression, zone, max_concurrency, dag, \
    enabled, removed, next_due, creator, updater, created_at, updated_at";
const INSTANCE: &str = "id, workflow_id, state, cause, scheduled_at, started_at, ended_at, \
    COALESCE(parameters, ''), COALESCE(executor, ''), graph";
/// What one look at many rows may name at once.
const CHUNK: usize = 200;
/// A workflow has no priority of its own; its nodes have those of their jobs.
const NO_PRIORITY: i64 = 5;

pub(super) fn insert(tx: &mut Tx<'_>, account: &str, workflow: &Workflow) -> Result<()> {
    let dag = json(&workflow.dag)?;
    tx.execute(
        &format!(
            "INSERT INTO jobs_workflows ({COLUMNS}, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             $11, $12, $13, $14, $15, $16, $17)"
        ),
        params![
            workflow.id,
            workflow.app_group,
            workflow.name,
            workflow.description,
            workflow.time.kind,
            workflow.time.expression,
            workflow.time.zone,
            workflow.max_concurrency,
            dag,
            workflow.enabled,
            workflow.removed,
            workflow.next_due,
            workflow.creator,
            workflow.updater,
            workflow.created_at,
            workflow.updated_at,
            account,
        ],
    )?;
    Ok(())
}

/// Writes everything that can change, and which jobs are nodes from now on.
pub(super) fn update(tx: &mut Tx<'_>, workflow: &Workflow) -> Result<()> {
    let dag = json(&workflow.dag)?;
    tx.execute(
        "UPDATE jobs_workflows SET name = $2, description = $3, time_kind = $4, time_expression = $5, dag = $6, \
         enabled = $7, removed = $8, next_due = $9, updater = $10, updated_at = $11 WHERE id = $1",
        params![
            workflow.id,
            workflow.name,
            workflow.description,
            workflow.time.kind,
            workflow.time.expression,
            dag,
            workflow.enabled,
            workflow.removed,
            workflow.next_due,
            workflow.updater,
            workflow.updated_at,
        ],
    )?;
    tx.execute("DELETE FROM jobs_workflow_nodes WHERE workflow_id = $1", params![workflow.id])?;
    if workflow.removed {
        return Ok(());
    }
    let rows = workflow.dag.nodes.iter().map(|job| [job.to_value(), workflow.id.to_value()]);
    bulk::insert(tx, "INSERT INTO jobs_workflow_nodes (job_id, workflow_id)", "", rows, |_| Ok(()))
}

pub(super) fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<Workflow>> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM jobs_workflows WHERE id = $1"), params![id], workflow)
}

/// The account's workflow with this number in any group of the namespace.
/// Whose a workflow is, its group's number, and its name.
pub(super) fn owner(tx: &mut Tx<'_>, id: i64) -> Result<Option<(String, i64, String)>> {
    let sql = "SELECT account_id, app_group_id, name FROM jobs_workflows WHERE id = $1";
    tx.query_optional(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub(super) fn find_in(tx: &mut Tx<'_>, account: &str, namespace: &str, id: i64) -> Result<Option<Workflow>> {
    tx.query_optional(
        &format!(
            "SELECT {COLUMNS} FROM jobs_workflows WHERE id = $1 AND app_group_id IN (SELECT g.id FROM \
             jobs_app_groups g WHERE g.account_id = $2 AND g.namespace = $3)"
        ),
        params![id, account, namespace],
        workflow,
    )
}

/// One page, the newest first, and how many fit in all.
pub(super) fn list(tx: &mut Tx<'_>, group: i64, filter: &WorkflowFilter) -> Result<Page<Workflow>> {
    let mut wanted = Conditions::new("app_group_id = ? AND removed = 0", [Value::Integer(group)]);
    wanted.and_contains("name", filter.name_contains.as_deref());
    wanted.and_equals("enabled", filter.enabled.as_ref());
    let count = format!("SELECT COUNT(*) FROM jobs_workflows {}", wanted.sql());
    let total = tx.query_one(&count, wanted.values(), |row| row.get(0))?;
    let (rest, values) = wanted.paged("id DESC", filter.page);
    let items = tx.query(&format!("SELECT {COLUMNS} FROM jobs_workflows {rest}"), &values, workflow)?;
    Ok(Page { items, total })
}

/// Those of a group below a number, the newest first.
pub(super) fn browse(
    tx: &mut Tx<'_>,
    group: i64,
    part_of_name: &str,
    before: i64,
    limit: usize,
) -> Result<Vec<Workflow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs_workflows WHERE app_group_id = $1 AND id < $2 AND removed = 0 \
         AND name LIKE $3 ESCAPE '\\' ORDER BY id DESC LIMIT {limit}"
    );
    tx.query(&sql, params![group, before, muster_db::containing(part_of_name)], workflow)
}

/// Those of which a job is a node.
pub(super) fn of_job(tx: &mut Tx<'_>, account: &str, job: i64) -> Result<Vec<Workflow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs_workflows WHERE account_id = $1 AND removed = 0 \
         AND id IN (SELECT workflow_id FROM jobs_workflow_nodes WHERE job_id = $2) ORDER BY id DESC"
    );
    tx.query(&sql, params![account, job], workflow)
}

/// The names of the account's workflows among these, removed ones too.
pub(super) fn names(tx: &mut Tx<'_>, account: &str, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let mut names = HashMap::with_capacity(ids.len());
    for (places, chunk) in bulk::lists(ids, CHUNK, 2) {
        let values = [vec![Value::Text(account.into())], chunk].concat();
        let sql = format!("SELECT id, name FROM jobs_workflows WHERE account_id = $1 AND id IN ({places})");
        tx.for_each(&sql, &values, |row| {
            names.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    Ok(names)
}

/// Which of the jobs are nodes of a workflow; of an enabled one, if `enabled` asks for that.
pub(super) fn nodes_among(tx: &mut Tx<'_>, jobs: &[i64], enabled: bool) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    for (places, chunk) in bulk::lists(jobs, CHUNK, 2) {
        let values = [vec![Value::Integer(enabled.into())], chunk].concat();
        let sql = format!(
            "SELECT DISTINCT n.job_id FROM jobs_workflow_nodes n JOIN jobs_workflows w ON w.id = n.workflow_id \
             WHERE w.enabled >= $1 AND n.job_id IN ({places})"
        );
        found.extend(tx.query(&sql, &values, |row| row.get::<i64>(0))?);
    }
    Ok(found)
}

/// Removes a group's workflows with their runs; the nodes' instances are left.
pub(crate) fn delete_all_of(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    for table in ["jobs_workflow_instances", "jobs_workflow_nodes"] {
        tx.execute(
            &format!(
                "DELETE FROM {table} WHERE workflow_id IN (SELECT id FROM jobs_workflows WHERE app_group_id = $1)"
            ),
            params![group],
        )?;
    }
    tx.execute("DELETE FROM jobs_workflows WHERE app_group_id = $1", params![group])?;
    Ok(())
}

/// When the next workflow of a group served here is due.
pub(crate) fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    let here = tx.served()?.and("app_group_id");
    let sql = format!("SELECT MIN(next_due) FROM jobs_workflows WHERE next_due IS NOT NULL{here}");
    tx.query_one(&sql, &[], |row| row.get(0))
}

/// The workflows of groups served here that are due at `now`, those that wait longest first.
pub(crate) fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<DueJob>> {
    let here = tx.served()?.and("app_group_id");
    tx.query(
        &format!(
            "SELECT id, app_group_id, account_id, time_kind, time_expression, zone, max_concurrency, next_due \
             FROM jobs_workflows WHERE next_due <= $1{here} ORDER BY next_due, id LIMIT $2"
        ),
        params![now, limit],
        |row| {
            Ok(DueJob {
                id: row.get(0)?,
                app_group: row.get(1)?,
                account: row.get(2)?,
                time: time(row, 3)?,
                max_concurrency: row.get(6)?,
                priority: NO_PRIORITY,
                due: row.get(7)?,
                is_professional: true,
            })
        },
    )
}

pub(crate) fn set_next_due(tx: &mut Tx<'_>, rows: &[(i64, Option<Timestamp>)]) -> Result<()> {
    let rows = rows.iter().map(|(id, due)| [id.to_value(), due.to_value()]);
    bulk::update(
        tx,
        "UPDATE jobs_workflows SET next_due = v.next_due FROM v WHERE jobs_workflows.id = v.id",
        &["id", "next_due"],
        rows,
    )
}

/// How many instances of each workflow are unfinished.
pub(crate) fn count_open(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    let mut open = HashMap::new();
    for (places, chunk) in bulk::lists(ids, CHUNK, 1) {
        let sql = format!(
            "SELECT workflow_id, COUNT(*) FROM jobs_workflow_instances WHERE workflow_id IN ({places}) \
             AND state < 10 GROUP BY workflow_id"
        );
        tx.for_each(&sql, &chunk, |row| {
            open.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    Ok(open)
}

/// The workflow's unfinished instances.
pub(super) fn open_of(tx: &mut Tx<'_>, workflow: i64) -> Result<Vec<i64>> {
    tx.query(
        "SELECT id FROM jobs_workflow_instances WHERE workflow_id = $1 AND state < 10 ORDER BY id",
        params![workflow],
        |row| row.get(0),
    )
}

/// Whether the workflow has an instance of this second.
pub(super) fn is_taken(tx: &mut Tx<'_>, workflow: i64, second: i64) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM jobs_workflow_instances WHERE workflow_id = $1 AND scheduled_s = $2",
        params![workflow, second],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(super) fn insert_instance(tx: &mut Tx<'_>, instance: &WorkflowInstance) -> Result<()> {
    let (graph, now) = (json(&instance.graph)?, tx.now());
    tx.execute(
        "INSERT INTO jobs_workflow_instances (id, workflow_id, state, cause, scheduled_s, scheduled_at, \
         parameters, executor, graph, check_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            instance.id,
            instance.workflow,
            instance.state,
            instance.trigger,
            instance.scheduled_at.seconds(),
            instance.scheduled_at,
            Some(&instance.parameters).filter(|text| !text.is_empty()),
            Some(&instance.executor).filter(|text| !text.is_empty()),
            graph,
            now,
        ],
    )?;
    Ok(())
}

pub(super) fn find_instance(tx: &mut Tx<'_>, id: i64) -> Result<Option<WorkflowInstance>> {
    tx.query_optional(
        &format!("SELECT {INSTANCE} FROM jobs_workflow_instances WHERE id = $1"),
        params![id],
        instance,
    )
}

/// The newest instances of a workflow.
pub(super) fn instances(
    tx: &mut Tx<'_>,
    workflow: i64,
    limit: i64,
    offset: i64,
) -> Result<Vec<WorkflowInstance>> {
    tx.query(
        &format!(
            "SELECT {INSTANCE} FROM jobs_workflow_instances WHERE workflow_id = $1 \
             ORDER BY scheduled_s DESC, id DESC LIMIT $2 OFFSET $3"
        ),
        params![workflow, limit, offset],
        instance,
    )
}

/// Those that the engine must look at by now.
pub(super) fn to_check(tx: &mut Tx<'_>, now: Timestamp, limit: usize) -> Result<Vec<i64>> {
    tx.query(
        &format!(
            "SELECT id FROM jobs_workflow_instances WHERE check_at <= $1 ORDER BY check_at, id LIMIT {limit}"
        ),
        params![now],
        |row| row.get(0),
    )
}

pub(super) fn check_again(tx: &mut Tx<'_>, id: i64, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE jobs_workflow_instances SET check_at = $2 WHERE id = $1", params![id, at])?;
    Ok(())
}

/// Notes when the first node of a run was handed over; the due times whose runs began by that: workflow, due, late.
pub(super) fn start(tx: &mut Tx<'_>, id: i64, at: Timestamp) -> Result<Option<(i64, Timestamp, i64)>> {
    let started = tx.query_optional(
        "UPDATE jobs_workflow_instances SET state = 4, started_at = $2 WHERE id = $1 AND state = 1 \
         RETURNING workflow_id, scheduled_at, cause",
        params![id, at],
        |row| Ok((row.get::<i64>(0)?, row.get::<Timestamp>(1)?, row.get::<String>(2)?)),
    )?;
    Ok(started.and_then(|(workflow, due, cause)| {
        (cause == Trigger::Schedule.as_str()).then_some((workflow, due, at.since(due)))
    }))
}

pub(super) fn end(tx: &mut Tx<'_>, id: i64, state: State) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs_workflow_instances SET state = $2, ended_at = $3, check_at = NULL WHERE id = $1",
        params![id, state, now],
    )?;
    Ok(())
}

/// Lets a run go on that had ended.
pub(super) fn reopen(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs_workflow_instances SET state = CASE WHEN started_at IS NULL THEN 1 ELSE 4 END, \
         ended_at = NULL, check_at = $2 WHERE id = $1",
        params![id, now],
    )?;
    Ok(())
}

pub(super) fn set_success(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("UPDATE jobs_workflow_instances SET state = $2 WHERE id = $1", params![id, State::Success])?;
    Ok(())
}

/// The next workflows that have instances, each found by one step in the index.
pub(crate) fn with_instances(tx: &mut Tx<'_>, last: i64, limit: usize) -> Result<Vec<i64>> {
    let mut workflows = Vec::new();
    let mut last = last;
    while workflows.len() < limit {
        let next: Option<i64> = tx.query_one(
            "SELECT MIN(workflow_id) FROM jobs_workflow_instances WHERE workflow_id > $1",
            params![last],
            |row| row.get(0),
        )?;
        let Some(next) = next else { break };
        workflows.push(next);
        last = next;
    }
    Ok(workflows)
}

/// Forgets all but the newest `keep` instances of a workflow, and their nodes' instances with them.
pub(crate) fn prune(tx: &mut Tx<'_>, workflow: i64, keep: i64) -> Result<()> {
    let oldest_to_go: Option<i64> = tx.query_optional(
        "SELECT scheduled_s FROM jobs_workflow_instances WHERE workflow_id = $1 ORDER BY scheduled_s DESC \
         LIMIT 1 OFFSET $2",
        params![workflow, keep],
        |row| row.get(0),
    )?;
    let Some(second) = oldest_to_go else { return Ok(()) };
    let gone = tx.query(
        "DELETE FROM jobs_workflow_instances WHERE workflow_id = $1 AND scheduled_s <= $2 AND state >= 10 \
         RETURNING id",
        params![workflow, second],
        |row| row.get::<i64>(0),
    )?;
    instances::forget_nodes_of(tx, &gone)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn unknown(column: &str) -> Error {
    Error::internal(format!("unknown {column} of a workflow in the store"))
}

/// The words about time, in three columns from `first` on.
fn time(row: &Row<'_>, first: usize) -> Result<Time> {
    let kind = TimeKind::from_text(&row.get::<String>(first)?).ok_or_else(|| unknown("time kind"))?;
    Ok(Time { zone: row.get(first + 2)?, ..Time::of(kind, &row.get::<String>(first + 1)?) })
}

fn workflow(row: &Row<'_>) -> Result<Workflow> {
    Ok(Workflow {
        id: row.get(0)?,
        app_group: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        time: time(row, 4)?,
        max_concurrency: row.get(7)?,
        dag: serde_json::from_str(&row.get::<String>(8)?).map_err(Error::internal)?,
        enabled: row.get(9)?,
        removed: row.get(10)?,
        next_due: row.get(11)?,
        creator: row.get(12)?,
        updater: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
    })
}

fn instance(row: &Row<'_>) -> Result<WorkflowInstance> {
    let graph: Graph = serde_json::from_str(&row.get::<String>(9)?).map_err(Error::internal)?;
    Ok(WorkflowInstance {
        id: row.get(0)?,
        workflow: row.get(1)?,
        state: State::from_number(row.get(2)?).ok_or_else(|| unknown("state"))?,
        trigger: Trigger::from_text(&row.get::<String>(3)?).ok_or_else(|| unknown("cause"))?,
        scheduled_at: row.get(4)?,
        started_at: row.get(5)?,
        ended_at: row.get(6)?,
        parameters: row.get(7)?,
        executor: row.get(8)?,
        graph,
    })
}
