//! The SQL of instances.

use std::collections::HashMap;

use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_db::cluster::Shard;
use muster_db::{Row, ToValue, Tx, Value, params};

use super::model::{Instance, InstanceFilter, State, Trigger};
use super::{NewInstance, Owner};
use crate::bulk;
use crate::designations::{DesignateKind, Designation};
use crate::job::{ExecuteMode, JobKind};
use crate::link::Kill;

pub(super) const COLUMNS: &str = "id, job_id, app_group_id, state, cause, scheduled_at, data_at, started_at, ended_at, attempt, \
    COALESCE(parameters, ''), COALESCE(executor, ''), COALESCE(worker, ''), COALESCE(worker_address, ''), \
    COALESCE(result, ''), COALESCE(progress, ''), workflow_instance";
/// What one look at many instances may name at once.
const CHUNK: usize = 200;

/// Makes instances with these numbers, some of them claimed; which of them went in.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    new: &[NewInstance],
    ids: &[i64],
    claims: &HashMap<i64, Claim>,
) -> Result<Vec<bool>> {
    let (now, node) = (tx.now(), tx.node());
    let rows = new.iter().zip(ids).map(|(new, id)| {
        let claim = claims.get(id);
        let claimed = |of: fn(&Claim) -> Value<'_>| claim.map_or(Value::Null, of);
        let state = match claim {
            Some(_) => State::Submitted,
            None if new.is_held => State::Held,
            None => State::Waiting,
        };
        let (kind, target) = match &new.designated {
            Some((kind, target)) => (kind.to_value(), target.to_value()),
            None => (Value::Null, Value::Null),
        };
        [
            Value::Integer(*id),
            Value::Integer(new.job),
            Value::Integer(new.app_group),
            Value::Integer(state.number()),
            new.trigger.to_value(),
            Value::Integer(new.scheduled_at.seconds()),
            new.scheduled_at.to_value(),
            new.data_at.to_value(),
            Value::Integer(new.priority),
            Value::Integer(0),
            Value::Integer(new.has_sequel.into()),
            new.parameters.to_value(),
            new.executor.to_value(),
            kind,
            target,
            new.workflow_instance.to_value(),
            claimed(|claim| claim.worker.to_value()),
            claimed(|claim| claim.address.to_value()),
            claimed(|claim| claim.lease_until.to_value()),
            claimed(|claim| claim.timeout_at.to_value()),
            claimed(|claim| claim.too_long_at.to_value()),
            claimed(|claim| claim.check_at.to_value()),
            claim.map_or(Value::Null, |_| Value::Integer(now.millis())),
            claim.map_or(Value::Null, |_| Value::Integer(now.millis())),
            claim.and(node).map_or(Value::Null, Value::Integer),
        ]
    });
    bulk::insert_new(
        tx,
        "INSERT INTO jobs_instances (id, job_id, app_group_id, state, cause, scheduled_s, scheduled_at, data_at, \
         priority, attempt, has_sequel, parameters, executor, designate_kind, designate_target, workflow_instance, \
         worker, worker_address, lease_until, timeout_at, too_long_at, check_at, submitted_at, started_at, node)",
        "ON CONFLICT (job_id, scheduled_s) DO NOTHING",
        rows,
    )
}

pub(super) fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<Instance>> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM jobs_instances WHERE id = $1"), params![id], instance)
}

pub(super) fn list(tx: &mut Tx<'_>, group: i64, filter: &InstanceFilter) -> Result<Vec<Instance>> {
    let mut sql = format!("SELECT {COLUMNS} FROM jobs_instances WHERE ");
    let mut values = vec![Value::Integer(group)];
    // With the job alone the index by job and second gives the order; the group was checked before.
    match filter.job {
        Some(job) => {
            values.push(Value::Integer(job));
            sql.push_str("job_id = $2 AND app_group_id + 0 = $1");
        }
        None => sql.push_str("app_group_id = $1"),
    }
    if !filter.states.is_empty() {
        let numbers: Vec<String> = filter.states.iter().map(|state| state.number().to_string()).collect();
        sql.push_str(&format!(" AND state IN ({})", numbers.join(", ")));
    }
    for (bound, comparison) in [(filter.from, ">="), (filter.to, "<=")] {
        if let Some(at) = bound {
            values.extend([Value::Integer(at.millis()), Value::Integer(at.seconds())]);
            let (ms, s) = (values.len() - 1, values.len());
            sql.push_str(&format!(" AND scheduled_at {comparison} ${ms} AND scheduled_s {comparison} ${s}"));
        }
    }
    sql.push_str(" ORDER BY scheduled_s DESC, id DESC");
    if filter.page != PageRequest::ALL {
        let (limit, offset) = (filter.page.sql_limit(), filter.page.sql_offset());
        sql.push_str(&format!(" LIMIT {limit} OFFSET {offset}"));
    }
    tx.query(&sql, &values, instance)
}

/// Whether a group has instances of this job.
pub(super) fn any_of(tx: &mut Tx<'_>, group: i64, job: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM jobs_instances WHERE job_id = $2 AND app_group_id + 0 = $1 LIMIT 1";
    Ok(tx.query_optional(sql, params![group, job], |_| Ok(()))?.is_some())
}

/// An unfinished instance, as far as its end needs it.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) id: i64,
    pub(super) job: i64,
    pub(super) app_group: i64,
    pub(super) workflow_instance: Option<i64>,
    pub(super) state: State,
    pub(super) trigger: Trigger,
    pub(super) scheduled_at: Timestamp,
    pub(super) attempt: i64,
    pub(super) has_sequel: bool,
    pub(super) worker: String,
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) lease_until: Option<Timestamp>,
    pub(super) timeout_at: Option<Timestamp>,
    /// The node that handed it over.
    pub(super) node: Option<i64>,
    pub(super) too_long_at: Option<Timestamp>,
}

impl Open {
    /// Whether it stands for a due time of its job; a node of a workflow stands for none.
    pub(super) fn is_firing(&self) -> bool {
        self.trigger == Trigger::Schedule && self.workflow_instance.is_none()
    }
}

const OPEN_COLUMNS: &str = "id, job_id, app_group_id, state, cause, scheduled_at, attempt, has_sequel, \
    COALESCE(worker, ''), submitted_at, accepted_at, started_at, lease_until, timeout_at, too_long_at, node, \
    workflow_instance";

pub(super) fn open(tx: &mut Tx<'_>, ids: &[i64]) -> Result<HashMap<i64, Open>> {
    let mut found = HashMap::with_capacity(ids.len());
    let sql = format!(
        "SELECT {OPEN_COLUMNS} FROM v CROSS JOIN jobs_instances WHERE id = v.instance AND state < 10"
    );
    bulk::query(tx, &sql, &["instance"], rows_of(ids), |row| {
        let open = an_open(row)?;
        found.insert(open.id, open);
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn open_of(tx: &mut Tx<'_>, owner: Owner) -> Result<Vec<Open>> {
    match owner {
        Owner::Group(id) => {
            tx.query(&format!("SELECT {OPEN_COLUMNS} FROM jobs_instances WHERE app_group_id = $1 AND state < 10"), params![id], an_open)
        }
        Owner::Job(id) => tx.query(
            &format!(
                "SELECT {OPEN_COLUMNS} FROM jobs_instances WHERE app_group_id = (SELECT app_group_id FROM jobs_jobs WHERE id = $1) AND job_id = $1 \
                 AND state < 10"
            ),
            params![id],
            an_open,
        ),
    }
}

/// The unfinished rounds of a job of its own: each makes the next one due when it ends.
pub(super) fn rounds_of(tx: &mut Tx<'_>, job: i64) -> Result<Vec<Open>> {
    let open = open_of(tx, Owner::Job(job))?;
    Ok(open.into_iter().filter(|open| open.has_sequel && open.workflow_instance.is_none()).collect())
}

/// Those under way in groups that are served here that somebody must look at by now, and how long each has waited for it.
pub(super) fn to_check(tx: &mut Tx<'_>, now: Timestamp, limit: usize) -> Result<Vec<Open>> {
    let here = tx.served()?.and("app_group_id");
    tx.query(
        &format!("SELECT {OPEN_COLUMNS} FROM jobs_instances WHERE check_at <= $1{here} ORDER BY check_at, id LIMIT {limit}"),
        params![now],
        an_open,
    )
}

pub(super) fn count_open(tx: &mut Tx<'_>, group: i64, job: i64) -> Result<i64> {
    tx.query_one(
        "SELECT COUNT(*) FROM jobs_instances WHERE app_group_id = $1 AND job_id = $2 AND state < 10",
        params![group, job],
        |row| row.get(0),
    )
}

/// How many of a group's instances belong to workers.
pub(super) fn count_under_way(tx: &mut Tx<'_>, group: i64) -> Result<i64> {
    tx.query_one(
        "SELECT COUNT(*) FROM jobs_instances WHERE app_group_id = $1 AND state < 10 AND state IN (3, 4)",
        params![group],
        |row| row.get(0),
    )
}

/// The groups served here with instances that wait, each found by one step in the index.
pub(super) fn waiting_groups(tx: &mut Tx<'_>) -> Result<Vec<i64>> {
    let served = tx.served()?;
    let mut groups = Vec::new();
    let mut last = i64::MIN;
    loop {
        let next: Option<i64> = tx.query_one(
            "SELECT MIN(app_group_id) FROM jobs_instances WHERE state < 3 AND app_group_id > $1",
            params![last],
            |row| row.get(0),
        )?;
        let Some(next) = next else { return Ok(groups) };
        if served.has(Shard::of(next)) {
            groups.push(next);
        }
        last = next;
    }
}

/// Whether any instance of a group waits for a worker.
pub(super) fn any_waiting(tx: &mut Tx<'_>, group: i64) -> Result<bool> {
    let found = tx.query_optional(
        "SELECT 1 FROM jobs_instances WHERE app_group_id = $1 AND state < 3 LIMIT 1",
        params![group],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// An instance that waits for a worker.
pub(super) struct Waiting {
    pub(super) id: i64,
    pub(super) job: i64,
    pub(super) workflow_instance: Option<i64>,
    pub(super) trigger: Trigger,
    pub(super) scheduled_at: Timestamp,
    pub(super) data_at: Timestamp,
    pub(super) attempt: i64,
    pub(super) parameters: String,
    pub(super) designation: Option<Designation>,
    /// Whether some worker may know of it, having been given it before.
    pub(super) was_handed_out: bool,
}

impl Waiting {
    /// One that is about to be made.
    pub(super) fn new(id: i64, new: &NewInstance) -> Self {
        let designation = new.designated.clone().map(|(kind, target)| one_target(kind, target));
        Self {
            id,
            job: new.job,
            workflow_instance: new.workflow_instance,
            trigger: new.trigger,
            scheduled_at: new.scheduled_at,
            data_at: new.data_at,
            attempt: 0,
            parameters: new.parameters.clone().unwrap_or_default(),
            designation,
            was_handed_out: false,
        }
    }
}

/// The designation of a single run.
fn one_target(kind: DesignateKind, target: String) -> Designation {
    Designation { kind, transferable: false, targets: vec![target] }
}

/// The instances of a group that wait, those that go first first.
pub(super) fn waiting(tx: &mut Tx<'_>, group: i64, limit: usize) -> Result<Vec<Waiting>> {
    tx.query(
        &format!(
            "SELECT id, job_id, cause, scheduled_at, data_at, attempt, COALESCE(parameters, ''), \
             designate_kind, COALESCE(designate_target, ''), workflow_instance, worker FROM jobs_instances \
             WHERE app_group_id = $1 AND state < 3 ORDER BY priority DESC, scheduled_at, id LIMIT {limit}"
        ),
        params![group],
        |row| {
            let kind: Option<String> = row.get(7)?;
            let target: String = row.get(8)?;
            Ok(Waiting {
                id: row.get(0)?,
                job: row.get(1)?,
                workflow_instance: row.get(9)?,
                trigger: trigger(row, 2)?,
                scheduled_at: row.get(3)?,
                data_at: row.get(4)?,
                attempt: row.get(5)?,
                parameters: row.get(6)?,
                designation: kind
                    .as_deref()
                    .and_then(DesignateKind::from_text)
                    .map(|kind| one_target(kind, target)),
                was_handed_out: row.get::<Option<String>>(10)?.is_some(),
            })
        },
    )
}

/// Says of those that still wait that the group's limit keeps them.
pub(super) fn queue(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    tx.execute(
        "UPDATE jobs_instances SET state = 2 WHERE app_group_id = $1 AND state < 3 AND state = 1",
        params![group],
    )?;
    Ok(())
}

/// A claim: the instance belongs to the worker from now on.
pub(super) struct Claim {
    pub(super) instance: i64,
    pub(super) worker: String,
    pub(super) address: String,
    pub(super) lease_until: Timestamp,
    pub(super) timeout_at: Option<Timestamp>,
    pub(super) too_long_at: Option<Timestamp>,
    pub(super) check_at: Timestamp,
}

pub(super) fn claim(tx: &mut Tx<'_>, claims: &[Claim]) -> Result<()> {
    let (now, node) = (tx.now(), tx.node());
    let rows = claims.iter().map(|claim| {
        [
            claim.instance.to_value(),
            claim.worker.to_value(),
            claim.address.to_value(),
            claim.lease_until.to_value(),
            claim.timeout_at.to_value(),
            claim.too_long_at.to_value(),
            claim.check_at.to_value(),
            now.to_value(),
            node.to_value(),
        ]
    });
    bulk::update(
        tx,
        "UPDATE jobs_instances SET state = 3, worker = v.worker, worker_address = v.address, \
         lease_until = v.lease_until, timeout_at = v.timeout_at, too_long_at = v.too_long_at, \
         check_at = v.check_at, submitted_at = v.at, accepted_at = NULL, \
         started_at = COALESCE(started_at, v.at), node = v.node FROM v WHERE jobs_instances.id = v.id",
        &[
            "id",
            "worker:text",
            "address:text",
            "lease_until",
            "timeout_at",
            "too_long_at",
            "check_at",
            "at",
            "node",
        ],
        rows,
    )
}

/// Puts instances aside that were not handed over, until `check_at`.
pub(super) fn park(tx: &mut Tx<'_>, ids: &[i64], check_at: Timestamp) -> Result<()> {
    let rows = ids.iter().map(|id| [id.to_value(), check_at.to_value()]);
    let sql = "UPDATE jobs_instances SET state = 5, check_at = v.at, lease_until = NULL, \
        started_at = CASE WHEN attempt = 0 THEN NULL ELSE started_at END FROM v WHERE id = v.instance AND state < 4";
    bulk::update(tx, sql, &["instance", "at"], rows)
}

/// Notes that workers took runs.
pub(super) fn accept(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    let now = tx.now();
    let rows = ids.iter().map(|id| [id.to_value(), now.to_value()]);
    let sql =
        "UPDATE jobs_instances SET state = 4, accepted_at = v.at FROM v WHERE id = v.instance AND state = 3";
    bulk::update(tx, sql, &["instance", "at"], rows)
}

/// Notes how far runs are.
pub(super) fn progress(tx: &mut Tx<'_>, rows: &[(i64, &str)]) -> Result<()> {
    let rows = rows.iter().map(|(id, text)| [id.to_value(), text.to_value()]);
    let sql = "UPDATE jobs_instances SET progress = v.progress FROM v WHERE jobs_instances.id = v.id";
    bulk::update(tx, sql, &["id", "progress:text"], rows)
}

/// Sets when runs are looked at next: `(id, lease_until, check_at)`; a lease that is absent stays.
pub(super) fn look_again(tx: &mut Tx<'_>, rows: &[(i64, Option<Timestamp>, Timestamp)]) -> Result<()> {
    let rows = rows.iter().map(|(id, lease, at)| [id.to_value(), lease.to_value(), at.to_value()]);
    bulk::update(
        tx,
        "UPDATE jobs_instances SET lease_until = COALESCE(v.lease_until, jobs_instances.lease_until), \
         check_at = v.check_at FROM v WHERE jobs_instances.id = v.id",
        &["id", "lease_until", "check_at"],
        rows,
    )
}

/// Notes that it was told of these runs that they take too long.
pub(super) fn told_too_long(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(ids, CHUNK, 1) {
        tx.execute(&format!("UPDATE jobs_instances SET too_long_at = NULL WHERE id IN ({places})"), &chunk)?;
    }
    Ok(())
}

/// Has what is under way looked at by `latest`, with leases until then at the most. What was handed over at a time that
/// is yet to come was handed over before any connection of now.
pub(super) fn look_by(tx: &mut Tx<'_>, latest: Timestamp) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs_instances SET check_at = CASE WHEN check_at > $1 THEN $1 ELSE check_at END, \
         lease_until = CASE WHEN lease_until > $1 THEN $1 ELSE lease_until END, \
         submitted_at = CASE WHEN submitted_at > $2 THEN 0 ELSE submitted_at END, \
         accepted_at = CASE WHEN accepted_at > $2 THEN $2 ELSE accepted_at END \
         WHERE check_at > $2 AND state IN (3, 4) AND (check_at > $1 OR submitted_at > $2)",
        params![latest, now],
    )?;
    Ok(())
}

/// Lets instances wait for a worker (again).
pub(super) fn release(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    let sql = "UPDATE jobs_instances SET state = 1, check_at = NULL, lease_until = NULL FROM v WHERE id = v.instance";
    bulk::update(tx, sql, &["instance"], rows_of(ids))
}

/// The held instance of a job that comes first.
pub(super) fn first_held(tx: &mut Tx<'_>, group: i64, job: i64) -> Result<Option<i64>> {
    tx.query_optional(
        "SELECT id FROM jobs_instances WHERE app_group_id = $1 AND job_id = $2 AND state < 10 AND state = 6 \
         AND workflow_instance IS NULL ORDER BY scheduled_at LIMIT 1",
        params![group, job],
        |row| row.get(0),
    )
}

/// Where an attempt has left an instance.
pub(super) struct Left<'r> {
    pub(super) id: i64,
    pub(super) state: State,
    pub(super) attempt: i64,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) check_at: Option<Timestamp>,
    pub(super) result: &'r str,
    pub(super) progress: Option<&'r str>,
}

pub(super) fn leave(tx: &mut Tx<'_>, rows: &[Left<'_>]) -> Result<()> {
    let rows = rows.iter().map(|left| {
        [
            left.id.to_value(),
            left.state.to_value(),
            left.attempt.to_value(),
            left.ended_at.to_value(),
            left.check_at.to_value(),
            left.result.to_value(),
            left.progress.to_value(),
        ]
    });
    bulk::update(
        tx,
        "UPDATE jobs_instances SET state = v.state, attempt = v.attempt, ended_at = v.ended_at, \
         check_at = v.check_at, lease_until = NULL, timeout_at = NULL, result = v.result, \
         progress = COALESCE(v.progress, jobs_instances.progress) FROM v WHERE jobs_instances.id = v.id",
        &["id", "state", "attempt", "ended_at", "check_at", "result:text", "progress:text"],
        rows,
    )
}

/// Starts a finished instance all over.
pub(super) fn restart(tx: &mut Tx<'_>, id: i64, executor: &str) -> Result<()> {
    tx.execute(
        "UPDATE jobs_instances SET state = 1, cause = $2, attempt = 0, executor = $3, started_at = NULL, \
         ended_at = NULL, result = NULL, progress = NULL WHERE id = $1",
        params![id, Trigger::Retry, executor],
    )?;
    Ok(())
}

pub(super) fn set_success(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.execute("UPDATE jobs_instances SET state = $2 WHERE id = $1", params![id, State::Success])?;
    Ok(())
}

/// The nodes of a workflow instance.
pub(super) fn of_workflow_instance(tx: &mut Tx<'_>, run: i64) -> Result<Vec<Instance>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs_instances WHERE workflow_instance = $1 ORDER BY id");
    tx.query(&sql, params![run], instance)
}

/// The latest second, from `second` on, of which the job has an instance.
pub(super) fn last_second(tx: &mut Tx<'_>, job: i64, second: i64) -> Result<Option<i64>> {
    tx.query_one(
        "SELECT MAX(scheduled_s) FROM jobs_instances WHERE job_id = $1 AND scheduled_s >= $2",
        params![job, second],
        |row| row.get(0),
    )
}

pub(super) fn forget_all_of(tx: &mut Tx<'_>, owner: Owner) -> Result<()> {
    let (past, id) = owner.past();
    tx.execute(
        &format!(
            "DELETE FROM jobs_attempts WHERE instance_id IN (SELECT id FROM jobs_instances WHERE {past})"
        ),
        params![id],
    )?;
    tx.execute(&format!("DELETE FROM jobs_instances WHERE {past}"), params![id])?;
    Ok(())
}

pub(super) fn add_kill(tx: &mut Tx<'_>, worker: &str, kill: &Kill) -> Result<()> {
    let id = tx.new_id()?;
    tx.execute(
        "INSERT INTO jobs_kills (id, worker, app_group_id, job_id, instance_id, kind, mode, class_name, content, \
         by_user) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            worker,
            kill.app_group,
            kill.job,
            kill.instance,
            kill.kind,
            kill.mode,
            kill.class_name,
            kill.content,
            kill.user
        ],
    )?;
    Ok(())
}

/// Wishes to stop runs of groups served here that no worker was told of yet: number, worker, wish.
pub(super) fn kills(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(i64, String, Kill)>> {
    let here = tx.served()?.and("app_group_id");
    let sql = format!(
        "SELECT id, worker, app_group_id, job_id, instance_id, kind, mode, class_name, content, by_user \
         FROM jobs_kills WHERE id > 0{here} ORDER BY id LIMIT {limit}"
    );
    tx.query(&sql, &[], |row| {
        let (kind, mode): (String, String) = (row.get(5)?, row.get(6)?);
        let kill = Kill {
            app_group: row.get(2)?,
            job: row.get(3)?,
            instance: row.get(4)?,
            kind: JobKind::from_text(&kind).ok_or_else(|| unknown("kind"))?,
            mode: ExecuteMode::from_text(&mode).ok_or_else(|| unknown("mode"))?,
            class_name: row.get(7)?,
            content: row.get(8)?,
            user: row.get(9)?,
        };
        Ok((row.get(0)?, row.get(1)?, kill))
    })
}

pub(super) fn forget_kills(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(ids, CHUNK, 1) {
        tx.execute(&format!("DELETE FROM jobs_kills WHERE id IN ({places})"), &chunk)?;
    }
    Ok(())
}

fn rows_of(ids: &[i64]) -> impl Iterator<Item = [Value<'static>; 1]> {
    ids.iter().map(|id| [Value::Integer(*id)])
}

fn unknown(column: &str) -> Error {
    Error::internal(format!("unknown {column} of an instance in the store"))
}

pub(super) fn state(row: &Row<'_>, place: usize) -> Result<State> {
    State::from_number(row.get(place)?).ok_or_else(|| unknown("state"))
}

fn trigger(row: &Row<'_>, place: usize) -> Result<Trigger> {
    Trigger::from_text(&row.get::<String>(place)?).ok_or_else(|| unknown("cause"))
}

fn an_open(row: &Row<'_>) -> Result<Open> {
    Ok(Open {
        id: row.get(0)?,
        job: row.get(1)?,
        app_group: row.get(2)?,
        state: state(row, 3)?,
        trigger: trigger(row, 4)?,
        scheduled_at: row.get(5)?,
        attempt: row.get(6)?,
        has_sequel: row.get(7)?,
        worker: row.get(8)?,
        submitted_at: row.get(9)?,
        accepted_at: row.get(10)?,
        started_at: row.get(11)?,
        lease_until: row.get(12)?,
        timeout_at: row.get(13)?,
        too_long_at: row.get(14)?,
        node: row.get(15)?,
        workflow_instance: row.get(16)?,
    })
}

pub(super) fn instance(row: &Row<'_>) -> Result<Instance> {
    Ok(Instance {
        id: row.get(0)?,
        job: row.get(1)?,
        app_group: row.get(2)?,
        state: state(row, 3)?,
        trigger: trigger(row, 4)?,
        scheduled_at: row.get(5)?,
        data_at: row.get(6)?,
        started_at: row.get(7)?,
        ended_at: row.get(8)?,
        attempt: row.get(9)?,
        parameters: row.get(10)?,
        executor: row.get(11)?,
        worker: row.get(12)?,
        worker_address: row.get(13)?,
        result: row.get(14)?,
        progress: row.get(15)?,
        workflow_instance: row.get(16)?,
    })
}
