//! Alarms of jobs: who must be told of a failure, a run that takes too long, a lack of workers, a success.
//!
//! What happened is written down in the transaction in which it happened, with the facts of that moment: a job may be
//! gone a moment later. The engine [`Tell`] then decides who is told by which channel, and queues the messages; each
//! alarm ends with a word on who was told or why nobody was. The messages themselves, those that a notification policy
//! silences among them, stand in the outbox.

mod model;
mod recipients;
mod rules;
mod store;
mod tell;
#[cfg(test)]
mod tests;
mod text;

use muster_core::{Page, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

pub use model::{Alarm, AlarmFilter, AlarmKind, AlarmSearch, Facts, Outcome};
pub(crate) use rules::{Attempt, attempts_ended};
pub use tell::Tell;

use crate::app_groups;
use crate::job::Watched;

/// The name of the engine that tells, and of its signal.
pub const TELL: &str = "jobs.tell";
/// Where the pages of runs lie below the public URL; the instance's number follows.
pub const RUN_PAGES: &str = "/console/runs/";
/// The same for runs of workflows.
pub const WORKFLOW_RUN_PAGES: &str = "/console/workflow-runs/";

/// The alarms of a group that fit, the newest first.
///
/// # Errors
/// `NotFound` "app group".
pub fn list(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: &str,
    filter: &AlarmFilter,
) -> Result<Page<Alarm>> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
    store::list(tx, group.id, filter)
}

/// The newest alarms of the caller's groups: of one that is named, else of all that lists across groups look at.
///
/// # Errors
/// `NotFound` "app group".
pub fn newest(tx: &mut Tx<'_>, caller: &Caller, search: &AlarmSearch) -> Result<Vec<Alarm>> {
    let mut found = Vec::new();
    for group in app_groups::looked_at(tx, &caller.account_id, search.group)? {
        found.extend(store::newest(tx, &AlarmSearch { group: Some(group), ..*search })?);
    }
    found.sort_by_key(|alarm| std::cmp::Reverse(alarm.id));
    found.truncate(search.limit);
    Ok(found)
}

/// The same of all accounts: for the operator of the server.
///
/// # Errors
/// Those of the store.
pub fn newest_of_all(tx: &mut Tx<'_>, search: &AlarmSearch) -> Result<Vec<Alarm>> {
    store::newest(tx, search)
}

/// Something that happened to a run.
pub(crate) struct Happened {
    pub(crate) kind: AlarmKind,
    pub(crate) app_group: i64,
    pub(crate) job: i64,
    pub(crate) instance: i64,
    pub(crate) facts: Facts,
}

/// Notes that a run takes longer than its job allows.
pub(crate) fn too_long(tx: &mut Tx<'_>, watched: &Watched, attempt: &Attempt<'_>) -> Result<()> {
    raise(tx, &watched.account, &rules::happened(AlarmKind::TooLong, watched, attempt, 0))
}

/// Writes down what happened.
pub(crate) fn raise(tx: &mut Tx<'_>, account: &str, happened: &Happened) -> Result<()> {
    store::insert(tx, account, happened)?;
    tx.signal(TELL);
    Ok(())
}

/// A success that somebody vouched for ends a row of failures, too.
pub(crate) fn forget_failures(tx: &mut Tx<'_>, job: i64) -> Result<()> {
    store::forget_failures(tx, &[job])
}

/// The same for all jobs of a group that goes; call it while its jobs are there.
pub(crate) fn forget_group(tx: &mut Tx<'_>, group: i64) -> Result<()> {
    store::forget_group(tx, group)
}

/// Forgets alarms from before `before`, at most `limit`; how many.
pub(crate) fn prune(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    store::prune(tx, before, limit)
}
