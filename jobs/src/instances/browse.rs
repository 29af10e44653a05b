//! Runs as people look at them: of an account, across its groups.

use muster_core::{Browse, Error, Result, Timestamp};
use muster_db::{Tx, Value, params};
use muster_identity::Caller;

use super::model::{Instance, State};
use super::service::{INSTANCE, Service};
use super::store::{COLUMNS, instance};
use crate::merge::merge;
use crate::{app_groups, job};

/// Which runs of an account are wanted; every given field must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of the group with this number.
    pub group: Option<i64>,
    /// Of the job with this number.
    pub job: Option<i64>,
    /// In one of these states; in any when empty.
    pub states: Vec<State>,
    /// Due at this instant or later.
    pub from: Option<Timestamp>,
    /// Due at this instant or earlier.
    pub to: Option<Timestamp>,
    /// On a worker whose address begins so.
    pub worker: String,
}

impl RunFilter {
    /// Whether no index answers it alone, so that only the newest [`Browse::LOOKED_THROUGH`] of each group, or of the
    /// job, are looked through.
    pub fn looks_through(&self) -> bool {
        let unwell = |state: &State| state.is_final() && *state != State::Success;
        let by_states = self.states.is_empty() || (self.job.is_none() && self.states.iter().all(unwell));
        !(by_states && self.worker.is_empty())
    }
}

/// Where a row stands in a list: the newest due time first, then the greatest number.
type Place = (i64, i64);

fn place(run: &Instance) -> Place {
    (run.scheduled_at.seconds(), run.id)
}

impl Service {
    /// The account's run with this number, whichever job it is of.
    ///
    /// # Errors
    /// `NotFound` "job instance".
    pub fn find(&self, tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<Instance> {
        find(tx, &caller.account_id, id)
    }

    /// Runs that fit, those due last first, from below the place `after` (due second and number) on. Without a group
    /// the account's newest [`app_groups::MOST_LOOKED_AT`] groups are looked at.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job" when the filter names one that is not there.
    pub fn browse(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &RunFilter,
        after: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<Instance>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if let Some(id) = filter.job {
            let job = job::find(tx, id)?.filter(|job| filter.group.is_none_or(|of| of == job.app_group));
            let job = job.ok_or_else(|| Error::not_found(job::JOB, id.to_string()))?;
            app_groups::looked_at(tx, &caller.account_id, Some(job.app_group))
                .map_err(|_| Error::not_found(job::JOB, id.to_string()))?;
            return rows(tx, ("job_id", id), filter, after, limit);
        }
        let groups = app_groups::looked_at(tx, &caller.account_id, filter.group)?;
        merge(&groups, limit, place, after, |group, after, limit| {
            rows(tx, ("app_group_id", group), filter, after, limit)
        })
    }

    /// How many of the account's runs that were due since `from` failed, counted up to `most` in each group.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_failed(&self, tx: &mut Tx<'_>, caller: &Caller, from: Timestamp, most: i64) -> Result<u64> {
        let mut failed = 0;
        for group in app_groups::looked_at(tx, &caller.account_id, None)? {
            failed += tx.query_one::<u64>(
                "SELECT COUNT(*) FROM (SELECT 1 FROM jobs_instances WHERE app_group_id = $1 AND state > 10 \
                 AND state = 11 AND scheduled_s >= $2 LIMIT $3) i",
                params![group, from.seconds(), most],
                |row| row.get(0),
            )?;
        }
        Ok(failed)
    }
}

pub(super) fn find(tx: &mut Tx<'_>, account: &str, id: i64) -> Result<Instance> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs_instances WHERE id = $1 \
         AND EXISTS (SELECT 1 FROM jobs_app_groups g WHERE g.id = app_group_id AND g.account_id = $2)"
    );
    tx.query_optional(&sql, params![id, account], instance)?
        .ok_or_else(|| Error::not_found(INSTANCE, id.to_string()))
}

/// Runs of one job or of one group.
fn rows(
    tx: &mut Tx<'_>,
    (column, owner): (&str, i64),
    filter: &RunFilter,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<Instance>> {
    let numbers: Vec<String> = filter.states.iter().map(|state| state.number().to_string()).collect();
    let by_states = format!("state IN ({})", numbers.join(", "));
    let looks_through = filter.looks_through();
    let mut values = vec![Value::Integer(owner)];
    let mut indexed = format!("{column} = $1");
    let mut rest = "1 = 1".to_owned();
    if !filter.states.is_empty() {
        if looks_through {
            rest = format!("{rest} AND {by_states}");
        } else {
            // The partial index of those that did not end well is found by these words.
            indexed = format!("{indexed} AND state > 10 AND {by_states}");
        }
    }
    let mut bound = |comparison: &str, second: i64| {
        values.push(Value::Integer(second));
        indexed.push_str(&format!(" AND scheduled_s {comparison} ${}", values.len()));
    };
    if let Some(from) = filter.from {
        bound(">=", from.seconds());
    }
    if let Some(to) = filter.to {
        bound("<=", to.seconds());
    }
    if let Some((second, id)) = after {
        bound("<=", second);
        values.push(Value::Integer(id));
        let (s, id) = (values.len() - 1, values.len());
        indexed.push_str(&format!(" AND (scheduled_s < ${s} OR id < ${id})"));
    }
    if !filter.worker.is_empty() {
        values.push(Value::Text(muster_db::beginning_with(&filter.worker).into()));
        rest.push_str(&format!(" AND worker_address LIKE ${} ESCAPE '\\'", values.len()));
    }
    let read = if looks_through { Browse::LOOKED_THROUGH } else { i64::try_from(limit).unwrap_or(i64::MAX) };
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM jobs_instances WHERE {indexed} \
         ORDER BY scheduled_s DESC, id DESC LIMIT {read}) i WHERE {rest} \
         ORDER BY scheduled_s DESC, id DESC LIMIT {limit}"
    );
    tx.query(&sql, &values, instance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Time;
    use crate::testing::{ALICE, World};
    use muster_identity::testing::root_caller;

    fn browse(world: &World<'_>, filter: RunFilter, after: Option<(i64, i64)>) -> Result<Vec<i64>> {
        let service = world.instances.clone();
        let found = world.write(move |tx, alice| service.browse(tx, alice, &filter, after, 3))?;
        Ok(found.iter().map(|run| run.id).collect())
    }

    #[test]
    fn runs_are_found_by_state_job_worker_and_place() {
        World::on_each(|world| {
            world.connect("w1", &[]);
            let (one, two) = (world.job(Time::api(), |_| {})?, world.job(Time::api(), |_| {})?);
            let mut ids = Vec::new();
            for (round, job) in [&one, &two, &one, &two, &one].into_iter().enumerate() {
                let id = world.execute(job.id)?;
                world.pass(1_000)?;
                world.end("w1", id, round % 2 == 0)?;
                ids.push(id);
            }
            let newest = browse(world, RunFilter::default(), None)?;
            assert_eq!(newest, [ids[4], ids[3], ids[2]]);
            let last = world.instance(one.id, ids[2])?;
            let rest = browse(world, RunFilter::default(), Some(place(&last)))?;
            assert_eq!(rest, [ids[1], ids[0]]);
            let failed = RunFilter { states: vec![State::Failed], ..RunFilter::default() };
            assert_eq!(browse(world, failed, None)?, [ids[3], ids[1]]);
            let of_one = RunFilter { job: Some(one.id), ..RunFilter::default() };
            assert_eq!(browse(world, of_one.clone(), None)?, [ids[4], ids[2], ids[0]]);
            let none = RunFilter { states: vec![State::Failed], ..of_one };
            assert!(browse(world, none, None)?.is_empty());
            let here = RunFilter { worker: last.worker_address, ..RunFilter::default() };
            assert_eq!(browse(world, here, None)?.len(), 3);
            let elsewhere = RunFilter { worker: "10.9.".into(), ..RunFilter::default() };
            assert!(browse(world, elsewhere, None)?.is_empty());
            let service = world.instances.clone();
            let start = world.now().plus_ms(-60_000);
            let failed = world.write(move |tx, alice| service.count_failed(tx, alice, start, 100))?;
            assert_eq!(failed, 2);
            Ok(())
        });
    }

    #[test]
    fn runs_of_others_are_not_there() {
        World::on_each(|world| {
            let job = world.job(Time::api(), |_| {})?;
            let id = world.execute(job.id)?;
            let service = world.instances.clone();
            world.write(move |tx, alice| {
                assert_eq!(alice.account_id, ALICE);
                let bob = root_caller("2000000000000002");
                let missing = |found: Result<()>| matches!(found, Err(Error::NotFound { .. }));
                assert!(missing(service.find(tx, &bob, id).map(drop)));
                assert!(missing(service.attempts(tx, &bob, id).map(drop)));
                let of_job = RunFilter { job: Some(job.id), ..RunFilter::default() };
                assert!(missing(service.browse(tx, &bob, &of_job, None, 9).map(drop)));
                let of_group = RunFilter { group: Some(job.app_group), ..RunFilter::default() };
                assert!(missing(service.browse(tx, &bob, &of_group, None, 9).map(drop)));
                assert_eq!(service.browse(tx, &bob, &RunFilter::default(), None, 9)?, []);
                Ok(())
            })
        });
    }
}
