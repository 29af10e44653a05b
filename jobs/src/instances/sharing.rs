//! Which workers may share runs that last: a master asks again and again, so that those who come later take part.

use muster_core::Result;
use muster_db::Tx;

use super::select::{self, BusyLimits};
use crate::app_groups::AppGroup;
use crate::link::{Family, Worker};
use crate::{designations, route_strategies};

/// Those of `jobs` for whose runs not every worker of the group will do.
///
/// # Errors
/// Those of the store.
pub fn restricted(tx: &mut Tx<'_>, group: &AppGroup, jobs: &[i64]) -> Result<Vec<i64>> {
    let designated = designations::of_group(tx, group.id)?;
    let strategies = route_strategies::of_group(tx, group.id)?;
    let is_restricted =
        |job: &i64| designated.iter().any(|(id, _)| id == job) || strategies.of(*job).is_some();
    Ok(jobs.iter().copied().filter(is_restricted).collect())
}

/// The routes of those of `workers` that are of a family and may share a run now: of one job, or of those that are
/// restricted to nobody. For a job with a route strategy nothing: the workers of each of its runs are drawn once.
///
/// # Errors
/// Those of the store.
pub fn sharers(
    tx: &mut Tx<'_>,
    group: &AppGroup,
    job: Option<i64>,
    family: Family,
    workers: &[Worker],
    limits: &BusyLimits,
) -> Result<Vec<String>> {
    let Some(job) = job else {
        return Ok(select::sharers(family, None, group.schedule_busy_workers, workers, limits));
    };
    if route_strategies::of_group(tx, group.id)?.of(job).is_some() {
        return Ok(Vec::new());
    }
    let designated = designations::of_group(tx, group.id)?;
    let designation = designated.iter().find(|(id, _)| *id == job).map(|(_, designation)| designation);
    Ok(select::sharers(family, designation, group.schedule_busy_workers, workers, limits))
}
