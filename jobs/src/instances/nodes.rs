//! What workflows need of the instances that are their nodes, with its SQL.

use std::collections::HashMap;

use muster_core::{Error, Result};
use muster_db::{ToValue, Tx, params};

use super::model::{Instance, State};
use super::{NewInstance, end, make, store};
use crate::bulk;
use crate::job::Job;
use crate::logs;

/// What one look at many instances may name at once.
const CHUNK: usize = 200;

/// Makes an instance of each: where its job has one of that second already, of the next second that is free.
pub(crate) fn make_each(tx: &mut Tx<'_>, new: &[NewInstance]) -> Result<Vec<i64>> {
    let made = make(tx, new)?;
    let mut ids = Vec::with_capacity(new.len());
    for (new, id) in new.iter().zip(made) {
        ids.push(match id {
            Some(id) => id,
            None => make_later(tx, new)?,
        });
    }
    Ok(ids)
}

fn make_later(tx: &mut Tx<'_>, new: &NewInstance) -> Result<i64> {
    let second = new.scheduled_at.seconds();
    let last = store::last_second(tx, new.job, second)?.unwrap_or(second);
    let scheduled_at = new.scheduled_at.plus_ms((last + 1 - second) * 1000);
    let made = make(tx, &[NewInstance { scheduled_at, ..new.clone() }])?;
    let id = made.into_iter().next().flatten();
    id.ok_or_else(|| Error::internal("a second after the last one was taken"))
}

/// The nodes of a workflow instance, by their numbers.
pub(crate) fn nodes_of(tx: &mut Tx<'_>, run: i64) -> Result<HashMap<i64, Instance>> {
    let nodes = store::of_workflow_instance(tx, run)?;
    Ok(nodes.into_iter().map(|node| (node.id, node)).collect())
}

/// Where the nodes of a workflow instance stand.
pub(crate) fn states_of_nodes(tx: &mut Tx<'_>, run: i64) -> Result<HashMap<i64, State>> {
    let mut states = HashMap::new();
    tx.for_each("SELECT id, state FROM jobs_instances WHERE workflow_instance = $1", params![run], |row| {
        states.insert(row.get(0)?, store::state(row, 1)?);
        Ok(())
    })?;
    Ok(states)
}

/// What the nodes of a workflow instance resulted in.
pub(crate) fn results_of_nodes(tx: &mut Tx<'_>, run: i64) -> Result<HashMap<i64, String>> {
    let mut results = HashMap::new();
    tx.for_each(
        "SELECT id, COALESCE(result, '') FROM jobs_instances WHERE workflow_instance = $1 AND state <> 13",
        params![run],
        |row| {
            results.insert(row.get(0)?, row.get(1)?);
            Ok(())
        },
    )?;
    Ok(results)
}

/// How many instances of the job are unfinished and wait for no others.
pub(crate) fn count_begun(tx: &mut Tx<'_>, job: &Job) -> Result<i64> {
    tx.query_one(
        "SELECT COUNT(*) FROM jobs_instances WHERE app_group_id = $1 AND job_id = $2 AND state < 10 AND state <> 6",
        params![job.app_group, job.id],
        |row| row.get(0),
    )
}

/// Lets held nodes wait for a worker.
pub(crate) fn release_nodes(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.signal(super::DISPATCH);
    store::release(tx, ids)
}

/// Takes back that nodes wait for a worker.
pub(crate) fn hold(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(ids, CHUNK, 1) {
        let sql = format!(
            "UPDATE jobs_instances SET state = 6, check_at = NULL WHERE id IN ({places}) AND state IN (1, 2, 5)"
        );
        tx.execute(&sql, &chunk)?;
    }
    Ok(())
}

/// Ends held nodes without running them, for a reason that their result tells.
pub(crate) fn settle_nodes(tx: &mut Tx<'_>, ids: &[i64], state: State, why: &str) -> Result<()> {
    let now = tx.now();
    for (places, chunk) in bulk::lists(ids, CHUNK, 4) {
        let values = [vec![state.to_value(), why.to_value(), now.to_value()], chunk].concat();
        let sql = format!(
            "UPDATE jobs_instances SET state = $1, result = $2, ended_at = $3 WHERE id IN ({places}) AND state = 6"
        );
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

/// Says of held nodes that they cannot run.
pub(crate) fn block(tx: &mut Tx<'_>, ids: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(ids, CHUNK, 1) {
        let sql = format!("UPDATE jobs_instances SET state = 14 WHERE id IN ({places}) AND state = 6");
        tx.execute(&sql, &chunk)?;
    }
    Ok(())
}

/// Lets the blocked nodes of a workflow instance wait again.
pub(crate) fn unblock(tx: &mut Tx<'_>, run: i64) -> Result<()> {
    tx.execute(
        "UPDATE jobs_instances SET state = 6 WHERE workflow_instance = $1 AND state = 14",
        params![run],
    )?;
    Ok(())
}

/// Stops nodes for `user`.
pub(crate) fn stop_nodes(tx: &mut Tx<'_>, ids: &[i64], user: &str) -> Result<()> {
    let mut open: Vec<_> = store::open(tx, ids)?.into_values().collect();
    open.sort_unstable_by_key(|open| open.id);
    end::stop(tx, &open, user)
}

/// Forgets the nodes of workflow instances that are forgotten.
pub(crate) fn forget_nodes_of(tx: &mut Tx<'_>, runs: &[i64]) -> Result<()> {
    for (places, chunk) in bulk::lists(runs, CHUNK, 1) {
        let sql = format!("DELETE FROM jobs_instances WHERE workflow_instance IN ({places}) RETURNING id");
        let gone = tx.query(&sql, &chunk, |row| row.get::<i64>(0))?;
        logs::forget(tx, &gone)?;
    }
    Ok(())
}
