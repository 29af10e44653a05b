//! Jobs: what runs in an application group, how, and when.

mod copy;
mod due;
mod model;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use muster_core::{Result, Timestamp};
use muster_db::Tx;

pub use due::TIME_EXPRESSION;
pub use model::{
    Contact, Definition, ExecuteMode, Job, JobFilter, JobKind, JobPatch, MapPatch, MapSettings, Monitor,
    MonitorPatch, NewJob, ScriptVersion, Time, TimeKind,
};
pub use service::{JOB, NEEDS_PROFESSIONAL, ScriptText, Service};

use crate::app_groups::AppGroup;
use crate::{designations, firings, instances, overview, route_strategies};

pub(crate) use store::{DueJob, due, find, find_all, next_due, set_next_due};

/// Removes all jobs of a group that is about to go; what runs is stopped for `user`.
pub(crate) fn delete_all_of(tx: &mut Tx<'_>, group: &AppGroup, user: &str) -> Result<()> {
    instances::stop_all_of(tx, instances::Owner::Group(group.id), user)?;
    instances::forget_all_of(tx, instances::Owner::Group(group.id))?;
    designations::forget_group(tx, group.id)?;
    route_strategies::forget_group(tx, group.id)?;
    overview::forget_group(tx, group.id)?;
    store::delete_all_of(tx, group.id)
}

/// What the end of an instance means for its job: the next round of a fixed delay, the end of a job that is
/// due only once.
pub(crate) fn instance_ended(tx: &mut Tx<'_>, job: i64, end: Timestamp) -> Result<()> {
    let Some(job) = store::find(tx, job)? else { return Ok(()) };
    match job.definition.time.kind {
        TimeKind::FixedDelay if job.enabled && job.next_due.is_none() => {
            let next = job.definition.time.due_after_end(end);
            store::set_next_due(tx, &[(job.id, next)])?;
            tx.signal(firings::FIRE_DUE);
        }
        TimeKind::Once if job.enabled && job.next_due.is_none() => remove(tx, &job)?,
        _ => {}
    }
    Ok(())
}

/// Removes a job with everything but its past.
fn remove(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    designations::forget(tx, job.id)?;
    route_strategies::forget(tx, job.app_group, job.id)?;
    store::delete(tx, job.id)?;
    crate::app_groups::forget_jobs(tx, job.app_group, 1)
}
