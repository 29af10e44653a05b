//! The engine that fires: it moves jobs and workflows whose due time has passed on to the next one.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;
use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::{Db, Tx, Value};

use super::fire_workflows;
use super::model::{Owner, reason};
use super::store::{self, NewFiring, Skip};
use crate::calendars::{self, Days};
use crate::instances::{self, Batch, Dispatch, Hands, NewInstance, Trigger};
use crate::job::{self, DueJob, Time, TimeKind};
use crate::{app_groups, bulk, workflows, zone};

/// Jobs, or workflows, in one transaction: large enough to share a flush, small enough to let others in.
pub(super) const PAGE: i64 = 500;
/// Due times of one job in one transaction; what is left waits for the next.
const MOST_DUE_TIMES: usize = 10_000;
const LONGEST_SLEEP_MS: i64 = 1_000;

/// Fires what is due.
pub struct FireDue {
    db: Db,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    misfire_ms: i64,
    next: AtomicI64,
    /// What hands over at once what is due; without it, that is left to the engine that dispatches.
    hands: Option<Arc<Hands>>,
}

impl FireDue {
    /// `zone` is that of jobs that name none. A due time that is `misfire_ms` old when somebody comes to fire it
    /// was missed.
    pub fn new(db: Db, clock: Arc<dyn Clock>, zone: TimeZone, misfire_ms: i64) -> Self {
        Self { db, clock, zone, misfire_ms, next: AtomicI64::new(i64::MIN), hands: None }
    }

    /// Claims for workers what it fires, in the same transaction, and hands it over without waiting for `dispatch`.
    #[must_use]
    pub fn handing_over(self, dispatch: &Dispatch) -> Self {
        Self { hands: Some(dispatch.hands()), ..self }
    }
}

impl Engine for FireDue {
    fn name(&self) -> &'static str {
        super::FIRE_DUE
    }

    /// Until the next due time, so that it fires in its own millisecond.
    fn period(&self) -> Duration {
        let sleep = self.next.load(Relaxed).saturating_sub(self.clock.now().millis());
        Duration::from_millis(sleep.clamp(1, LONGEST_SLEEP_MS).unsigned_abs())
    }

    fn run(&self) -> Result<()> {
        loop {
            let (next, now) = self.db.read_blocking(|tx| Ok((next_due(tx)?, tx.now())))?;
            if next.is_none_or(|next| next > now) {
                self.next.store(next.map_or(i64::MAX, Timestamp::millis), Relaxed);
                return Ok(());
            }
            self.fire_all()?;
        }
    }
}

impl FireDue {
    /// Fires page after page. While one is written, those before it are handed over.
    fn fire_all(&self) -> Result<()> {
        let Some(hands) = &self.hands else { return self.fire_pages(|_| ()) };
        thread::scope(|scope| {
            let (claimed, batches) = channel();
            let sender = scope.spawn(move || hands.hand_over(batches.into_iter()));
            // The other end is gone only when its thread panicked, which is found when it is joined.
            let fired = self.fire_pages(|batches| drop(claimed.send(batches)));
            drop(claimed);
            let handed_over = sender.join().unwrap_or_else(|panic| resume_unwind(panic));
            fired.and(handed_over)
        })
    }

    fn fire_pages(&self, take: impl Fn(Vec<Batch>)) -> Result<()> {
        loop {
            let (server, misfire_ms, hands) = (self.zone.clone(), self.misfire_ms, self.hands.clone());
            let (is_done, batches) = self.db.write_first_blocking(move |tx| {
                let (is_done, batches) = fire(tx, &server, misfire_ms, hands.as_deref())?;
                Ok((is_done & fire_workflows::fire(tx, &server, misfire_ms)?, batches))
            })?;
            take(batches);
            if is_done {
                return Ok(());
            }
        }
    }
}

/// When the next job or workflow is due.
fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    let due = [job::next_due(tx)?, workflows::next_due(tx)?];
    Ok(due.into_iter().flatten().min())
}

/// Fires a page of jobs; whether nothing is left, and what was claimed for `hands`.
fn fire(
    tx: &mut Tx<'_>,
    server: &TimeZone,
    misfire_ms: i64,
    hands: Option<&Hands>,
) -> Result<(bool, Vec<Batch>)> {
    let now = tx.now();
    let jobs = job::due(tx, now, PAGE)?;
    let open = open_instances(tx, &jobs)?;
    let page = Page::decide(tx, Owner::Job, &jobs, open, server, misfire_ms)?;
    let (refused, batches) = make_instances(tx, &page.instances, hands)?;
    for skip in page.skips.into_iter().chain(refused) {
        store::skip(tx, skip)?;
    }
    job::set_next_due(tx, &page.moved)?;
    Ok((page.is_done, batches))
}

/// How many instances of each job are unfinished.
fn open_instances(tx: &mut Tx<'_>, jobs: &[DueJob]) -> Result<HashMap<i64, i64>> {
    let mut open = HashMap::new();
    let rows = jobs.iter().map(|job| [Value::Integer(job.app_group), Value::Integer(job.id)]);
    bulk::query(
        tx,
        "SELECT v.job_id, COUNT(*) FROM v CROSS JOIN jobs_instances i WHERE i.app_group_id = v.app_group_id \
         AND i.job_id = v.job_id AND i.state < 10 GROUP BY v.job_id",
        &["app_group_id", "job_id"],
        rows,
        |row| {
            open.insert(row.get(0)?, row.get(1)?);
            Ok(())
        },
    )?;
    Ok(open)
}

/// Makes the instances and their rows in the ledger; the due times whose second was taken.
fn make_instances(
    tx: &mut Tx<'_>,
    new: &[NewInstance],
    hands: Option<&Hands>,
) -> Result<(Vec<Skip>, Vec<Batch>)> {
    if new.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (made, batches) = instances::make_for(tx, new, hands)?;
    let (mut firings, mut refused) = (Vec::with_capacity(new.len()), Vec::new());
    for (instance, id) in new.iter().zip(made) {
        let (owner, app_group, due) = (Owner::Job(instance.job), instance.app_group, instance.scheduled_at);
        match id {
            Some(instance) => firings.push(NewFiring { owner, app_group, due, instance }),
            None => refused.push(Skip::one(owner, app_group, due, reason::SECOND_TAKEN)),
        }
    }
    store::insert(tx, &firings)?;
    Ok((refused, batches))
}

/// What becomes of the due times of a page of jobs, or of workflows: they share the rules.
pub(super) struct Page<'p> {
    now: Timestamp,
    server: &'p TimeZone,
    missed_before: Timestamp,
    owner: fn(i64) -> Owner,
    open: HashMap<i64, i64>,
    /// The due time after one, by rule: many jobs share theirs.
    following: HashMap<(&'p Time, Timestamp), Option<Timestamp>>,
    calendars: HashMap<(String, String), Days>,
    /// Those of the groups that are of the basic edition.
    basic: HashSet<i64>,
    pub(super) instances: Vec<NewInstance>,
    pub(super) skips: Vec<Skip>,
    /// When each is due next.
    pub(super) moved: Vec<(i64, Option<Timestamp>)>,
    /// Whether nothing is left that is due.
    pub(super) is_done: bool,
}

impl<'p> Page<'p> {
    /// Decides about all due times that have passed. `open` is how many instances of each are unfinished.
    pub(super) fn decide(
        tx: &mut Tx<'_>,
        owner: fn(i64) -> Owner,
        due: &'p [DueJob],
        open: HashMap<i64, i64>,
        server: &'p TimeZone,
        misfire_ms: i64,
    ) -> Result<Self> {
        let now = tx.now();
        let mut page = Self {
            now,
            server,
            missed_before: now.plus_ms(-misfire_ms),
            owner,
            open,
            following: HashMap::new(),
            calendars: HashMap::new(),
            basic: app_groups::basic_among(tx, due.iter().map(|job| job.app_group))?,
            instances: Vec::new(),
            skips: Vec::new(),
            moved: Vec::with_capacity(due.len()),
            is_done: due.len() < usize::try_from(PAGE).unwrap_or(0),
        };
        for job in due {
            page.load_calendar(tx, job)?;
            page.is_done &= page.take(job);
        }
        Ok(page)
    }

    fn load_calendar(&mut self, tx: &mut Tx<'_>, job: &DueJob) -> Result<()> {
        if !has_calendar(job) {
            return Ok(());
        }
        let key = (job.account.clone(), job.time.calendar.clone());
        if let Entry::Vacant(place) = self.calendars.entry(key) {
            let days = calendars::days(tx, &place.key().0, &place.key().1)?;
            place.insert(days);
        }
        Ok(())
    }

    /// Decides about all due times of a job that have passed; whether none is left.
    fn take(&mut self, job: &'p DueJob) -> bool {
        let mut due = Some(job.due);
        let mut skip: Option<Skip> = None;
        let mut looked_at = 0;
        while let Some(at) = due.filter(|at| *at <= self.now && looked_at < MOST_DUE_TIMES) {
            looked_at += 1;
            let following = self.following.entry((&job.time, at));
            due = *following.or_insert_with(|| job.time.due_after(at, self.server));
            let Some(reason) = self.refusal(job, at) else {
                self.skips.extend(skip.take());
                self.instances.push(instance(job, at));
                *self.open.entry(job.id).or_default() += 1;
                continue;
            };
            match &mut skip {
                Some(skip) if skip.reason == reason => {
                    skip.to = at;
                    skip.count += 1;
                }
                _ => {
                    let new = Skip::one((self.owner)(job.id), job.app_group, at, reason);
                    self.skips.extend(skip.replace(new));
                }
            }
            if job.time.kind == TimeKind::FixedDelay {
                due = job.time.due_after_end(self.now);
            }
        }
        self.skips.extend(skip);
        self.moved.push((job.id, due));
        due.is_none_or(|due| due > self.now)
    }

    /// Why a due time does not run.
    fn refusal(&self, job: &DueJob, due: Timestamp) -> Option<&'static str> {
        // What is due only once is better late than never.
        if due < self.missed_before && !matches!(job.time.kind, TimeKind::Once | TimeKind::FixedDelay) {
            return Some(reason::MISFIRE);
        }
        if self.basic.contains(&job.app_group) && (job.is_professional || job.time.is_dense(due, self.server))
        {
            return Some(reason::EDITION);
        }
        if has_calendar(job) {
            let calendar = self.calendars.get(&(job.account.clone(), job.time.calendar.clone()));
            if calendar.is_some_and(|days| !days.hold(due, &zone::named(&job.time.zone, self.server))) {
                return Some(reason::CALENDAR);
            }
        }
        let open = self.open.get(&job.id).copied().unwrap_or(0);
        (open >= job.max_concurrency).then_some(reason::CONCURRENCY)
    }
}

fn has_calendar(job: &DueJob) -> bool {
    job.time.kind == TimeKind::Cron && !job.time.calendar.is_empty()
}

fn instance(job: &DueJob, due: Timestamp) -> NewInstance {
    NewInstance {
        job: job.id,
        app_group: job.app_group,
        workflow_instance: None,
        trigger: Trigger::Schedule,
        scheduled_at: due,
        data_at: due.plus_ms(job.time.data_offset_s.saturating_mul(1000)),
        priority: job.priority,
        has_sequel: matches!(job.time.kind, TimeKind::Once | TimeKind::FixedDelay),
        is_held: false,
        parameters: None,
        executor: None,
        designated: None,
    }
}
