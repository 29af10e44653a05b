//! Jobs: what runs in an application group, how, and when.

mod browse;
mod copy;
mod due;
mod model;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_db::Tx;

pub use browse::JobBrowse;
pub use due::TIME_EXPRESSION;
pub use model::{
    Contact, Definition, ExecuteMode, Job, JobFilter, JobKind, JobPatch, MapPatch, MapSettings, Monitor,
    MonitorPatch, NewJob, ScriptVersion, Time, TimeKind,
};
pub use service::{JOB, NEEDS_PROFESSIONAL, NODE_OF_WORKFLOW, ScriptText, Service};

use crate::app_groups::AppGroup;
use crate::{alarms, designations, firings, instances, overview, route_strategies, workflows};

pub(crate) use model::Watched;
pub(crate) use store::{DueJob, due, find, find_all, next_due, set_next_due, watched};

/// When a job is due first from now on: never while it is disabled, or a node of an enabled workflow, whose times
/// count instead; for a fixed delay, not before the round that is under way has ended.
fn first_due(tx: &mut Tx<'_>, job: &Job, server: &TimeZone) -> Result<Option<Timestamp>> {
    if !job.enabled || !workflows::timed_among(tx, &[job.id])?.is_empty() {
        return Ok(None);
    }
    if job.definition.time.kind == TimeKind::FixedDelay && instances::any_round_open(tx, job)? {
        return Ok(None);
    }
    Ok(job.definition.time.first_due(tx.now(), server))
}

/// Settles when jobs are due that became nodes of an enabled workflow, or are so no longer.
pub(crate) fn settle_due(tx: &mut Tx<'_>, ids: &[i64], server: &TimeZone) -> Result<()> {
    let mut jobs: Vec<Job> = store::find_all(tx, ids)?.into_values().collect();
    jobs.sort_unstable_by_key(|job| job.id);
    let timed = workflows::timed_among(tx, ids)?;
    let mut moved = Vec::new();
    for job in jobs {
        let next = if timed.contains(&job.id) {
            None
        } else if job.next_due.is_some() {
            continue;
        } else {
            first_due(tx, &job, server)?
        };
        moved.push((job.id, next));
    }
    store::set_next_due(tx, &moved)?;
    tx.signal(firings::FIRE_DUE);
    Ok(())
}

/// Removes all jobs of a group that is about to go, and the workflows that they form; what runs is stopped for `user`.
pub(crate) fn delete_all_of(tx: &mut Tx<'_>, group: &AppGroup, user: &str) -> Result<()> {
    workflows::delete_all_of(tx, group.id)?;
    instances::stop_all_of(tx, instances::Owner::Group(group.id), user)?;
    instances::forget_all_of(tx, instances::Owner::Group(group.id))?;
    designations::forget_group(tx, group.id)?;
    route_strategies::forget_group(tx, group.id)?;
    overview::forget_group(tx, group.id)?;
    alarms::forget_group(tx, group.id)?;
    store::delete_all_of(tx, group.id)
}

/// What the end of an instance means for its job: the next round of a fixed delay, the end of a job that is
/// due only once.
pub(crate) fn instance_ended(tx: &mut Tx<'_>, job: i64, end: Timestamp) -> Result<()> {
    let Some(job) = store::find(tx, job)? else { return Ok(()) };
    let is_node = !workflows::nodes_among(tx, &[job.id])?.is_empty();
    match job.definition.time.kind {
        TimeKind::FixedDelay if job.enabled && job.next_due.is_none() => {
            if is_node && !workflows::timed_among(tx, &[job.id])?.is_empty() {
                return Ok(());
            }
            let next = job.definition.time.due_after_end(end);
            store::set_next_due(tx, &[(job.id, next)])?;
            tx.signal(firings::FIRE_DUE);
        }
        TimeKind::Once if job.enabled && job.next_due.is_none() && !is_node => remove(tx, &job)?,
        _ => {}
    }
    Ok(())
}

/// Removes a job with everything but its past.
fn remove(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    designations::forget(tx, job.id)?;
    route_strategies::forget(tx, job.app_group, job.id)?;
    alarms::forget_failures(tx, job.id)?;
    store::delete(tx, job.id)?;
    crate::app_groups::forget_jobs(tx, job.app_group, 1)
}
