//! Instances: single runs of jobs, from due to done.
//!
//! `make` puts them into the store; the engine [`Dispatch`] claims them on disk and only then hands them to workers;
//! what workers answer comes to [`Service::report`]; the engine [`Reap`] looks after those of which nothing is heard.
//! Every way to end leads through `end`.

mod attempts;
mod browse;
#[cfg(test)]
mod cluster_tests;
mod dispatch;
mod end;
mod judge;
mod model;
mod nodes;
mod prune;
mod reap;
mod report;
mod select;
mod service;
mod sharing;
mod steady;
mod store;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use crate::designations::DesignateKind;
use crate::job::Job;
use crate::overview::{self, Counts};
use store::{Claim, Waiting};

pub use attempts::Attempt;
pub use browse::RunFilter;
pub use dispatch::Dispatch;
pub(crate) use dispatch::{Batch, Hands};
pub use judge::Patience;
pub use model::{Instance, InstanceFilter, State, Trigger};
pub use prune::{Prune, Retention};
pub use reap::Reap;
pub use select::{Busy, BusyLimits};
pub use service::{Backfill, Execute, INSTANCE, NO_DESIGNATED_WORKER, Service};
pub use sharing::{restricted, sharers};

pub(crate) use nodes::{
    block, count_begun, forget_nodes_of, hold, make_each, nodes_of, release_nodes, results_of_nodes,
    settle_nodes, states_of_nodes, stop_nodes, unblock,
};

/// The name of the engine that hands runs to workers, and of its signal.
pub const DISPATCH: &str = "jobs.dispatch";
/// What the result of an instance says that was stopped.
pub const KILLED: &str = "killed from server";

/// An instance that shall be.
#[derive(Clone, Debug)]
pub(crate) struct NewInstance {
    pub(crate) job: i64,
    pub(crate) app_group: i64,
    pub(crate) workflow_instance: Option<i64>,
    pub(crate) trigger: Trigger,
    pub(crate) scheduled_at: Timestamp,
    pub(crate) data_at: Timestamp,
    pub(crate) priority: i64,
    /// Whether its end means something for its job or for another instance.
    pub(crate) has_sequel: bool,
    pub(crate) is_held: bool,
    pub(crate) parameters: Option<String>,
    pub(crate) executor: Option<String>,
    pub(crate) designated: Option<(DesignateKind, String)>,
}

/// Makes instances: each one's number, or nothing where the job has one of that second already.
pub(crate) fn make(tx: &mut Tx<'_>, new: &[NewInstance]) -> Result<Vec<Option<i64>>> {
    make_for(tx, new, None).map(|(made, _)| made)
}

/// As [`make`], claimed for the workers that `hands` reaches as far as nothing has to be minded first. What was claimed
/// is to be handed over when this transaction is on disk; the rest waits.
pub(crate) fn make_for(
    tx: &mut Tx<'_>,
    new: &[NewInstance],
    hands: Option<&Hands>,
) -> Result<(Vec<Option<i64>>, Vec<Batch>)> {
    let ids = tx.new_ids(new.len())?;
    let (claims, mut batches) = match hands {
        Some(hands) => offer(tx, new, &ids, hands)?,
        None => (HashMap::new(), Vec::new()),
    };
    let went_in = store::insert(tx, new, &ids, &claims)?;
    let made: Vec<Option<i64>> =
        went_in.iter().zip(&ids).map(|(went_in, id)| went_in.then_some(*id)).collect();
    let refused: BTreeSet<i64> =
        ids.iter().zip(&went_in).filter(|(_, went_in)| !**went_in).map(|(id, _)| *id).collect();
    if !refused.is_empty() {
        batches.iter_mut().for_each(|batch| batch.without(&refused));
    }
    if made.iter().flatten().any(|id| !claims.contains_key(id)) {
        tx.signal(DISPATCH);
    }
    let counted = new.iter().zip(&made).filter(|(_, id)| id.is_some());
    overview::note(tx, counted.map(|(new, _)| (new.app_group, Counts::TRIGGERED)))?;
    Ok((made, batches))
}

/// Chooses workers for instances that are about to be made, group by group, those that go first first.
fn offer(
    tx: &mut Tx<'_>,
    new: &[NewInstance],
    ids: &[i64],
    hands: &Hands,
) -> Result<(HashMap<i64, Claim>, Vec<Batch>)> {
    let mut by_group: BTreeMap<i64, Vec<(&NewInstance, i64)>> = BTreeMap::new();
    for (new, id) in new.iter().zip(ids).filter(|(new, _)| !new.is_held) {
        by_group.entry(new.app_group).or_default().push((new, *id));
    }
    let (mut claims, mut batches) = (HashMap::with_capacity(new.len()), Vec::new());
    for (group, mut of_group) in by_group {
        of_group.sort_by_key(|(new, _)| Reverse(new.priority));
        let waiting = of_group.into_iter().map(|(new, id)| Waiting::new(id, new)).collect();
        let (batch, chosen) = hands.offer(tx, group, waiting)?;
        claims.extend(chosen.into_iter().map(|claim| (claim.instance, claim)));
        batches.push(batch);
    }
    Ok((claims, batches))
}

/// The instance with this number, whoever owns it.
pub(crate) fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<Instance>> {
    store::find(tx, id)
}

/// Whose instances: one job's, or all of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    Job(i64),
    Group(i64),
}

impl Owner {
    /// The condition, of `$1`, for the past that goes with it. What a job did for a workflow goes with the workflow's
    /// run.
    pub(crate) fn past(self) -> (&'static str, i64) {
        match self {
            Self::Job(id) => ("job_id = $1 AND workflow_instance IS NULL", id),
            Self::Group(id) => ("app_group_id = $1", id),
        }
    }
}

/// Whether a round of the job is unfinished, the end of which makes the next one due.
pub(crate) fn any_round_open(tx: &mut Tx<'_>, job: &Job) -> Result<bool> {
    Ok(!store::rounds_of(tx, job.id)?.is_empty())
}

/// Stops the unfinished rounds of a job; what it does for a workflow goes on.
pub(crate) fn stop_rounds_of(tx: &mut Tx<'_>, job: i64, user: &str) -> Result<()> {
    let open = store::rounds_of(tx, job)?;
    end::stop(tx, &open, user)
}

/// Stops everything unfinished of an owner that goes; nothing follows from these ends but for workflows.
pub(crate) fn stop_all_of(tx: &mut Tx<'_>, owner: Owner, user: &str) -> Result<()> {
    let open = store::open_of(tx, owner)?;
    end::stop(tx, &open, user)
}

/// Forgets the ended instances of an owner that goes.
pub(crate) fn forget_all_of(tx: &mut Tx<'_>, owner: Owner) -> Result<()> {
    crate::logs::forget_all_of(tx, owner)?;
    store::forget_all_of(tx, owner)
}
