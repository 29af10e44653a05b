//! The engine that looks after instances of which nothing is heard: leases, time limits, next tries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use muster_core::{Clock, Engine, Result, Timestamp};
use muster_db::cluster::{Served, Shard};
use muster_db::{Db, Tx};

use super::DISPATCH;
use super::end::{self, Ending, Outcome};
use super::judge::{Patience, UnderWay, Verdict};
use super::model::State;
use super::steady::Steady;
use super::store::{self, Open};
use crate::link::{Worker, WorkerLink};
use crate::logs::{self, Note};
use crate::{alarms, job};

const BATCH: usize = 500;
const PERIOD: Duration = Duration::from_millis(500);
/// After so long without a worker that takes it, an instance is not offered to another one.
const OFFERED_MS: i64 = 60_000;

/// The workers of groups, and since when this node has been serving each.
type Workers = HashMap<i64, (Vec<Worker>, Timestamp)>;

/// Looks after instances that are under way.
pub struct Reap {
    db: Db,
    link: Arc<dyn WorkerLink>,
    patience: Patience,
    steady: Steady,
    /// What was served when it last ran.
    served: Mutex<Option<Served>>,
}

impl Reap {
    /// An engine that starts counting now: workers have its grace to come back, as they have after the clock was set.
    pub fn new(db: Db, clock: Arc<dyn Clock>, link: Arc<dyn WorkerLink>, patience: Patience) -> Self {
        Self { db, link, patience, steady: Steady::new(clock), served: Mutex::default() }
    }

    /// After the clock was set back, what is under way would not be looked at for as long; and it would look as if
    /// orders of before had gone out on connections of now. Nobody knows that of a clock which was set while no process
    /// ran, or of another node's clock, so whoever begins to serve does it too.
    fn look_at_all(&self) -> Result<()> {
        let lease_ms = self.patience.lease_ms;
        self.db.write_blocking(move |tx| {
            let latest = tx.now().plus_ms(lease_ms);
            store::look_by(tx, latest)
        })
    }
}

impl Reap {
    /// Whether other groups are served here than at the last run.
    fn begins_to_serve(&self) -> Result<bool> {
        let served = self.db.read_blocking(|tx| Ok(Some(tx.served()?)))?;
        let mut before = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = *before != served;
        *before = served;
        Ok(is_new)
    }
}

impl Engine for Reap {
    fn name(&self) -> &'static str {
        "jobs.reap"
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        let gait = self.steady.look();
        if self.begins_to_serve()? || gait.was_set_back {
            self.look_at_all()?;
        }
        loop {
            let groups = self.db.read_blocking(|tx| {
                let now = tx.now();
                Ok(store::to_check(tx, now, BATCH)?
                    .into_iter()
                    .map(|open| open.app_group)
                    .collect::<Vec<_>>())
            })?;
            if groups.is_empty() {
                return Ok(());
            }
            let mut is_over = groups.len() < BATCH;
            let mut workers = Workers::new();
            for group in groups {
                let Some(since) = self.db.serving_since(Shard::of(group)) else {
                    is_over = true;
                    continue;
                };
                let started = gait.since.max(since);
                workers.entry(group).or_insert_with(|| (self.link.workers(group), started));
            }
            let (workers, patience) = (Arc::new(workers), self.patience);
            self.db.write_in_turn_blocking(move |tx| check(tx, &workers, patience))?;
            if is_over {
                return Ok(());
            }
        }
    }
}

/// What becomes of the instances of a page.
#[derive(Default)]
struct Findings {
    released: Vec<i64>,
    accepted: Vec<i64>,
    look_again: Vec<(i64, Option<Timestamp>, Timestamp)>,
    ended: Vec<Ending>,
    timed_out: Vec<Open>,
    too_long: Vec<Open>,
}

fn check(tx: &mut Tx<'_>, workers: &Workers, patience: Patience) -> Result<()> {
    let now = tx.now();
    let mut findings = Findings::default();
    for mut open in store::to_check(tx, now, BATCH)? {
        // Its group joined the page after the workers were asked for: the next run looks at it.
        let Some((workers, started)) = workers.get(&open.app_group) else { continue };
        if open.state.is_under_way() {
            if open.too_long_at.is_some_and(|at| at <= now) {
                open.too_long_at = None;
                findings.too_long.push(open.clone());
            }
            findings.judge(open, workers, patience, now, *started);
        } else if workers.iter().any(|worker| worker.lists(open.id)) {
            findings.look_again.push((open.id, None, now.plus_ms(1_000)));
        } else {
            findings.released.push(open.id);
        }
    }
    if !findings.released.is_empty() {
        store::release(tx, &findings.released)?;
        tx.signal(DISPATCH);
    }
    store::accept(tx, &findings.accepted)?;
    store::look_again(tx, &findings.look_again)?;
    tell_too_long(tx, &findings.too_long)?;
    for open in findings.timed_out {
        let job = job::find(tx, open.job)?;
        end::kill(tx, &open, job.as_ref(), "timeout")?;
        let text = "its time is up: the worker is told to kill it".to_owned();
        logs::note(tx, &[Note { instance: open.id, attempt: open.attempt, text }])?;
        let result = super::KILLED.to_owned();
        findings.ended.push(Ending { of: open, outcome: Outcome::FailedForGood, result, progress: None });
    }
    end::end(tx, &findings.ended)
}

/// A run that takes too long goes on; somebody is told once for each of its tries.
fn tell_too_long(tx: &mut Tx<'_>, runs: &[Open]) -> Result<()> {
    let jobs: Vec<i64> = runs.iter().map(|open| open.job).collect();
    let watched = job::watched(tx, &jobs)?;
    for open in runs {
        // The job may have been changed or removed since the run began.
        if let Some(watched) = watched.get(&open.job).filter(|watched| watched.monitor.timeout) {
            alarms::too_long(tx, watched, &end::running(open, ""))?;
        }
    }
    store::told_too_long(tx, &runs.iter().map(|open| open.id).collect::<Vec<_>>())
}

impl Findings {
    fn judge(
        &mut self,
        open: Open,
        workers: &[Worker],
        patience: Patience,
        now: Timestamp,
        started: Timestamp,
    ) {
        let run = UnderWay {
            instance: open.id,
            submitted_at: open.submitted_at.unwrap_or(now),
            accepted_at: open.accepted_at,
            lease_until: open.lease_until.unwrap_or(now),
            timeout_at: open.timeout_at,
        };
        let worker = workers.iter().find(|worker| worker.id == open.worker);
        let limits = [open.timeout_at, open.too_long_at];
        let before_timeout = |at: Timestamp| limits.into_iter().flatten().fold(at, Timestamp::min);
        match patience.judge(&run, worker, now, started) {
            Verdict::Alive { lease_until } => {
                if open.state == State::Submitted {
                    self.accepted.push(open.id);
                }
                let look_at = lease_until.plus_ms(-patience.lease_ms / 2).max(now.plus_ms(500));
                self.look_again.push((open.id, Some(lease_until), before_timeout(look_at)));
            }
            Verdict::Unknown { look_at } => {
                self.look_again.push((open.id, None, before_timeout(look_at)));
            }
            Verdict::NotStarted => {
                let offered_for = now.since(open.started_at.unwrap_or(now));
                if offered_for < OFFERED_MS {
                    self.released.push(open.id);
                } else {
                    self.ended.push(Ending::failed(open, "submit jobInstanceId to worker timeout"));
                }
            }
            Verdict::AnswerLost => self.lose(open, "answer lost"),
            Verdict::ResultLost => self.lose(open, "result lost"),
            Verdict::WorkerLost => self.lose(open, "worker lost, may have overlapped"),
            Verdict::TimedOut => self.timed_out.push(open),
        }
    }

    fn lose(&mut self, open: Open, why: &'static str) {
        // The vendor's words first: people search for them.
        let result =
            format!("jobInstance={} don't update progress more than 30s: {why} ({})", open.id, open.worker);
        self.ended.push(Ending { of: open, outcome: Outcome::Lost(why), result, progress: None });
    }
}
