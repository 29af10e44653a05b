//! What callers may ask about instances, and what workers report.

use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

use super::attempts;
use super::model::{Instance, InstanceFilter, State, Trigger};
use super::store;
use super::{NewInstance, end, make, report};
use crate::alarms;
use crate::app_groups::{self, Edition};
use crate::designations::DesignateKind;
use crate::job::{self, JOB, Job, NEEDS_PROFESSIONAL};
use crate::link::{Report, Worker};
use crate::logs::{self, Note};
use crate::overview::{self, Counts};
use crate::{workflows, zone};

/// The rule that refuses a run for workers that are not there.
pub const NO_DESIGNATED_WORKER: &str = "no designated worker";
/// What errors call an instance.
pub const INSTANCE: &str = "job instance";
const MOST_PARAMETER_BYTES: usize = 10_000;
const MOST_BACKFILL_DAYS: usize = 1_000;

/// A wish to run a job once now.
#[derive(Clone, Debug, Default)]
pub struct Execute {
    /// Parameters of this run.
    pub parameters: String,
    /// Whether a disabled job is refused.
    pub only_enabled: bool,
    /// The one worker (by address) or label that this run must go to.
    pub designated: Option<(DesignateKind, String)>,
}

impl Execute {
    /// Whether one of these workers is the designated one, if there is one.
    ///
    /// # Errors
    /// `Conflict` [`NO_DESIGNATED_WORKER`].
    pub fn check_designated(&self, workers: &[Worker]) -> Result<()> {
        match &self.designated {
            Some((kind, target)) if !workers.iter().any(|worker| kind.names(target, worker)) => {
                Err(Error::conflict(NO_DESIGNATED_WORKER, format!("no worker {target} is online")))
            }
            _ => Ok(()),
        }
    }
}

/// A wish to run a job for past days.
#[derive(Clone, Copy, Debug)]
pub struct Backfill {
    /// An instant of the first day.
    pub from: Timestamp,
    /// An instant of the last day.
    pub to: Timestamp,
    /// The time of day that the data is of.
    pub time_of_day: Time,
}

/// The rules of instances.
#[derive(Clone, Debug)]
pub struct Service {
    /// The zone of jobs that name none.
    pub zone: TimeZone,
}

impl Service {
    /// Runs a job once now, whatever its due times.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job"; `Invalid`; `Conflict` "job is disabled", "concurrency limit" or
    /// "second taken" when the job has an instance of this second already.
    pub fn execute(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        wish: Execute,
    ) -> Result<i64> {
        let job = find_job(tx, caller, namespace, group_id, job)?;
        if wish.parameters.len() > MOST_PARAMETER_BYTES {
            let why = format!("it has more than {MOST_PARAMETER_BYTES} bytes");
            return Err(Error::invalid("instance parameters", why));
        }
        if wish.only_enabled && !job.enabled {
            return Err(Error::conflict("job is disabled", format!("job {} is disabled", job.id)));
        }
        let most = job.definition.max_concurrency;
        if store::count_open(tx, job.app_group, job.id)? >= most {
            let why = format!("job {} has {most} unfinished instances, as many as it may", job.id);
            return Err(Error::conflict("concurrency limit", why));
        }
        let now = tx.now();
        let new = NewInstance {
            parameters: Some(wish.parameters).filter(|parameters| !parameters.is_empty()),
            designated: wish.designated,
            ..new(&job, Trigger::Api, now, now.plus_ms(job.definition.time.data_offset_s * 1000), caller)
        };
        make(tx, &[new])?.into_iter().next().flatten().ok_or_else(|| {
            Error::conflict(
                "second taken",
                format!("job {} has been triggered in this second already", job.id),
            )
        })
    }

    /// Runs a job for each day of a range of days, the oldest first, as many at once as the job allows; the
    /// instances' numbers.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job"; `Conflict` [`NEEDS_PROFESSIONAL`]; `Invalid` "end date".
    pub fn backfill(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        wish: Backfill,
    ) -> Result<Vec<i64>> {
        need_professional(tx, caller, namespace, group_id)?;
        let job = find_job(tx, caller, namespace, group_id, job)?;
        let data_times = self.data_times(&job, wish)?;
        // The seconds from now on stand for the days: a job has one instance at most for each.
        let now = tx.now();
        let first = match store::last_second(tx, job.id, now.seconds())? {
            Some(last) => Timestamp::from_millis((last + 1) * 1000),
            None => now,
        };
        let at_once = usize::try_from(job.definition.max_concurrency).unwrap_or(usize::MAX);
        let is_chain = data_times.len() > at_once;
        let mut scheduled_at = first;
        let mut instances = Vec::with_capacity(data_times.len());
        for (place, data_at) in data_times.into_iter().enumerate() {
            let new = new(&job, Trigger::Backfill, scheduled_at, data_at, caller);
            instances.push(NewInstance { has_sequel: is_chain, is_held: place >= at_once, ..new });
            scheduled_at = scheduled_at.plus_ms(1000);
        }
        Ok(make(tx, &instances)?.into_iter().flatten().collect())
    }

    fn data_times(&self, job: &Job, wish: Backfill) -> Result<Vec<Timestamp>> {
        let zone = zone::named(&job.definition.time.zone, &self.zone);
        let day = |at: Timestamp| {
            let instant = jiff::Timestamp::from_millisecond(at.millis());
            instant.map(|instant| zone.to_datetime(instant).date())
        };
        let refuse = |why: &str| Error::invalid("end date", why);
        let (Ok(first), Ok(last)) = (day(wish.from), day(wish.to)) else {
            return Err(refuse("it is not a time"));
        };
        if last < first {
            return Err(refuse("it lies before the start date"));
        }
        let mut times = Vec::new();
        let mut date = first;
        while date <= last {
            if times.len() == MOST_BACKFILL_DAYS {
                return Err(refuse(&format!("there are more than {MOST_BACKFILL_DAYS} days in this range")));
            }
            let at = zone.to_ambiguous_zoned(date.to_datetime(wish.time_of_day)).compatible();
            let at = at.map_err(|why| refuse(&why.to_string()))?;
            times.push(Timestamp::from_millis(at.timestamp().as_millisecond()));
            date = date.checked_add(1.day()).map_err(|why| refuse(&why.to_string()))?;
        }
        Ok(times)
    }

    /// The instance of a job.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job instance".
    pub fn get(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        id: i64,
    ) -> Result<Instance> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        store::find(tx, id)?
            .filter(|instance| instance.app_group == group.id && instance.job == job)
            .ok_or_else(|| Error::not_found(INSTANCE, id.to_string()))
    }

    /// The instances of a group that fit, the newest first.
    ///
    /// # Errors
    /// `NotFound` "app group", or "job" when the filter names one of which the group has nothing.
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        filter: &InstanceFilter,
    ) -> Result<Vec<Instance>> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        if let Some(id) = filter.job {
            // Of a job that is gone its instances may be left.
            let is_ours = match job::find(tx, id)? {
                Some(job) => job.app_group == group.id,
                None => store::any_of(tx, group.id, id)?,
            };
            if !is_ours {
                return Err(Error::not_found(JOB, id.to_string()));
            }
        }
        store::list(tx, group.id, filter)
    }

    /// Stops an unfinished instance; it is not tried again. Whether its code really stops is its own affair.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` "instance has ended".
    pub fn stop(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        id: i64,
    ) -> Result<()> {
        let instance = self.get(tx, caller, namespace, group_id, job, id)?;
        match store::open(tx, &[instance.id])?.get(&id) {
            Some(open) => end::stop_one(tx, open, caller.name()),
            None => {
                Err(Error::conflict("instance has ended", format!("job instance {id} has ended already")))
            }
        }
    }

    /// Runs a finished instance again, under its own number and times. A node's workflow instance goes on.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` [`NEEDS_PROFESSIONAL`], "instance is unfinished", or "node must wait" while those before
    /// a node have not succeeded.
    pub fn retry(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        id: i64,
    ) -> Result<()> {
        need_professional(tx, caller, namespace, group_id)?;
        find_job(tx, caller, namespace, group_id, job)?;
        let instance = self.get(tx, caller, namespace, group_id, job, id)?;
        need_ended(&instance)?;
        if let Some(run) = instance.workflow_instance {
            workflows::may_run_again(tx, run, id)?;
        }
        attempts::note(tx, &[(id, &instance.result)])?;
        store::restart(tx, id, caller.name())?;
        let text = format!("run again: {} wanted it", caller.name());
        logs::note(tx, &[Note { instance: id, attempt: 0, text }])?;
        overview::note(tx, std::iter::once((instance.app_group, Counts::TRIGGERED)))?;
        tx.signal(super::DISPATCH);
        instance.workflow_instance.map_or(Ok(()), |run| workflows::resume(tx, run))
    }

    /// Says of an instance that ended otherwise that it is as good as done. A node's workflow instance goes on.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` "instance is unfinished" or "instance has succeeded".
    pub fn set_success(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        job: i64,
        id: i64,
    ) -> Result<()> {
        let instance = self.get(tx, caller, namespace, group_id, job, id)?;
        need_ended(&instance)?;
        if instance.state == State::Success {
            let why = format!("job instance {id} has succeeded already");
            return Err(Error::conflict("instance has succeeded", why));
        }
        alarms::forget_failures(tx, job)?;
        store::set_success(tx, id)?;
        instance.workflow_instance.map_or(Ok(()), |run| workflows::resume(tx, run))
    }

    /// Takes what workers say, in its order; which of the reports changed something. A report counts only from the
    /// worker that has the instance, while it has it: all others may be answered as if they did.
    ///
    /// # Errors
    /// Those of the store.
    pub fn report(&self, tx: &mut Tx<'_>, reports: &[Report]) -> Result<Vec<bool>> {
        report::report(tx, reports)
    }

    /// Which of the instances that a worker of a group lists are no longer its affair: it should be told to stop them.
    ///
    /// # Errors
    /// Those of the store.
    pub fn strays(&self, tx: &mut Tx<'_>, app_group: i64, worker: &str, listed: &[i64]) -> Result<Vec<i64>> {
        let open = store::open(tx, listed)?;
        let is_its =
            |id: &i64| open.get(id).is_some_and(|open| open.app_group == app_group && open.worker == worker);
        Ok(listed.iter().copied().filter(|id| !is_its(id)).collect())
    }
}

fn new(
    job: &Job,
    trigger: Trigger,
    scheduled_at: Timestamp,
    data_at: Timestamp,
    caller: &Caller,
) -> NewInstance {
    NewInstance {
        job: job.id,
        app_group: job.app_group,
        workflow_instance: None,
        trigger,
        scheduled_at,
        data_at,
        priority: job.definition.priority,
        has_sequel: false,
        is_held: false,
        parameters: None,
        executor: Some(caller.name().to_owned()),
        designated: None,
    }
}

fn find_job(tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str, id: i64) -> Result<Job> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
    job::find(tx, id)?
        .filter(|job| job.app_group == group.id)
        .ok_or_else(|| Error::not_found(JOB, id.to_string()))
}

fn need_professional(tx: &mut Tx<'_>, caller: &Caller, namespace: &str, group_id: &str) -> Result<()> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
    if group.edition == Edition::Professional {
        return Ok(());
    }
    Err(Error::conflict(NEEDS_PROFESSIONAL, "only groups of the professional edition may do this"))
}

fn need_ended(instance: &Instance) -> Result<()> {
    // What is blocked has not been run yet.
    if instance.state.is_final() && instance.state != State::Blocked {
        return Ok(());
    }
    let why = format!("job instance {} has not ended yet", instance.id);
    Err(Error::conflict("instance is unfinished", why))
}
