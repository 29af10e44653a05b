//! The one way to end: of an attempt, and of an instance.

use std::collections::HashMap;

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::attempts;
use super::model::{State, Trigger};
use super::store::{self, Left, Open};
use super::{DISPATCH, KILLED};
use crate::alarms::{self, Attempt};
use crate::job::{self, Job};
use crate::link::Kill;
use crate::logs::{self, Note};
use crate::overview::{self, Counts};
use crate::{firings, job::JobKind, text, workflows};

/// Longer results are cut.
const MOST_RESULT_BYTES: usize = 64 * 1024;
/// As much of a result stands in the log.
const MOST_NOTED_BYTES: usize = 1_000;

/// How an attempt went.
pub(super) enum Outcome {
    Success,
    /// It may be tried again, if the job says so.
    Failed,
    /// There was no worker for it; it may be tried again.
    NoWorker,
    /// It may not be tried again.
    FailedForGood,
    /// Nobody knows, for this reason; it may be tried again.
    Lost(&'static str),
}

/// The end of an attempt.
pub(super) struct Ending {
    pub(super) of: Open,
    pub(super) outcome: Outcome,
    pub(super) result: String,
    pub(super) progress: Option<String>,
}

impl Ending {
    pub(super) fn failed(of: Open, why: impl Into<String>) -> Self {
        Self { of, outcome: Outcome::Failed, result: why.into(), progress: None }
    }
}

/// Ends attempts: the instance with it, or it waits for its next try.
pub(super) fn end(tx: &mut Tx<'_>, endings: &[Ending]) -> Result<()> {
    if endings.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let mut failed: Vec<i64> = endings
        .iter()
        .filter(|ending| matches!(ending.outcome, Outcome::Failed | Outcome::NoWorker | Outcome::Lost(_)))
        .map(|ending| ending.of.job)
        .collect();
    failed.sort_unstable();
    failed.dedup();
    let jobs = job::find_all(tx, &failed)?;
    let lefts: Vec<Left<'_>> = endings.iter().map(|ending| left(ending, &jobs, now)).collect();
    let tried_again = lefts.iter().filter(|left| left.state == State::Retrying);
    let tried_again: Vec<(i64, &str)> = tried_again.map(|left| (left.id, left.result)).collect();
    attempts::note(tx, &tried_again)?;
    store::leave(tx, &lefts)?;
    logs::note(tx, &notes(endings, &lefts, now))?;
    let attempts: Vec<Attempt<'_>> =
        endings.iter().zip(&lefts).map(|(ending, left)| attempt(ending, left)).collect();
    alarms::attempts_ended(tx, &attempts)?;
    let ended: Vec<&Ending> = endings
        .iter()
        .zip(&lefts)
        .filter(|(_, left)| left.state.is_final())
        .map(|(ending, _)| ending)
        .collect();
    // A crash between a frame and its row in the ledger left a due time pending: its run shows that it ran.
    firings::ran(tx, &handed_over(ended.iter().map(|ending| &ending.of)))?;
    let counts = ended
        .iter()
        .map(|ending| (ending.of.app_group, Counts::ended(matches!(ending.outcome, Outcome::Success))));
    overview::note(tx, counts)?;
    for ending in &ended {
        let open = &ending.of;
        if let Outcome::Lost(why) = ending.outcome
            && open.is_firing()
        {
            firings::lose(tx, open.job, open.scheduled_at, why)?;
        }
        if open.has_sequel && open.workflow_instance.is_none() {
            follow(tx, open, now)?;
        }
    }
    nodes_ended(tx, ended.iter().map(|ending| &ending.of))?;
    // Somebody may wait for the place that is free now, or for another try at once.
    tx.signal(DISPATCH);
    Ok(())
}

fn left<'e>(ending: &'e Ending, jobs: &HashMap<i64, Job>, now: Timestamp) -> Left<'e> {
    let open = &ending.of;
    let mut left = Left {
        id: open.id,
        state: State::Failed,
        attempt: open.attempt,
        ended_at: Some(now),
        check_at: None,
        result: cut(&ending.result),
        progress: ending.progress.as_deref().map(cut),
    };
    match ending.outcome {
        Outcome::Success => left.state = State::Success,
        Outcome::FailedForGood => {}
        Outcome::Failed | Outcome::NoWorker | Outcome::Lost(_) => {
            let again = jobs.get(&open.job).map(|job| &job.definition);
            if let Some(definition) = again.filter(|definition| open.attempt < definition.max_attempt) {
                left.attempt += 1;
                left.ended_at = None;
                left.state = State::Retrying;
                left.check_at = Some(now.plus_ms(definition.attempt_interval_s.saturating_mul(1000)));
            }
        }
    }
    left
}

/// What the logs say of attempts that went wrong; the others speak for themselves.
fn notes(endings: &[Ending], lefts: &[Left<'_>], now: Timestamp) -> Vec<Note> {
    let failed = |(ending, _): &(&Ending, &Left<'_>)| !matches!(ending.outcome, Outcome::Success);
    let note = |(ending, left): (&Ending, &Left<'_>)| {
        let open = &ending.of;
        let place = if open.worker.is_empty() { String::new() } else { format!(" on {}", open.worker) };
        let next = match left.check_at {
            Some(at) => format!("; try {} begins in {} s", left.attempt + 1, at.since(now) / 1000),
            None => String::new(),
        };
        let what = match ending.outcome {
            Outcome::Lost(_) => "lost",
            _ => "failed",
        };
        let text = format!("try {}{place} {what}: {}{next}", open.attempt + 1, first_line(&ending.result));
        Note { instance: open.id, attempt: open.attempt, text }
    };
    endings.iter().zip(lefts).filter(failed).map(note).collect()
}

/// What alarms must know of the end of an attempt.
fn attempt<'e>(ending: &'e Ending, left: &Left<'_>) -> Attempt<'e> {
    Attempt {
        success: matches!(ending.outcome, Outcome::Success),
        lacked_worker: matches!(ending.outcome, Outcome::NoWorker),
        is_last: left.state.is_final(),
        ..running(&ending.of, &ending.result)
    }
}

/// The same of one that goes on.
pub(super) fn running<'o>(open: &'o Open, result: &'o str) -> Attempt<'o> {
    Attempt {
        instance: open.id,
        job: open.job,
        app_group: open.app_group,
        scheduled_at: open.scheduled_at,
        started_at: open.started_at,
        attempt: open.attempt,
        worker: &open.worker,
        result,
        success: false,
        lacked_worker: false,
        is_last: false,
    }
}

/// Enough of a result for one line of a log.
fn first_line(result: &str) -> &str {
    text::cut(result.lines().next().unwrap_or_default(), MOST_NOTED_BYTES)
}

/// The due times whose instances were handed over, and how late.
fn handed_over<'o>(open: impl Iterator<Item = &'o Open>) -> Vec<(i64, Timestamp, i64)> {
    open.filter(|open| open.is_firing())
        .filter_map(|open| Some((open.job, open.scheduled_at, open.started_at?.since(open.scheduled_at))))
        .collect()
}

/// What the ends of nodes mean for their workflows: that they had begun, and what goes on or is over.
fn nodes_ended<'o>(tx: &mut Tx<'_>, ended: impl Iterator<Item = &'o Open>) -> Result<()> {
    let (mut runs, mut started) = (Vec::new(), Vec::new());
    for open in ended {
        let Some(run) = open.workflow_instance else { continue };
        runs.push(run);
        started.extend(open.started_at.map(|at| (run, at)));
    }
    workflows::started(tx, &started)?;
    workflows::advance(tx, &runs)
}

/// What follows from the end of an instance of its own.
fn follow(tx: &mut Tx<'_>, open: &Open, now: Timestamp) -> Result<()> {
    if open.trigger == Trigger::Backfill {
        if let Some(next) = store::first_held(tx, open.app_group, open.job)? {
            store::release(tx, &[next])?;
        }
        return Ok(());
    }
    job::instance_ended(tx, open.job, now)
}

/// Stops unfinished instances for `user`; nothing follows from these ends but for workflows. Workers are told by the
/// engine that dispatches.
pub(super) fn stop(tx: &mut Tx<'_>, open: &[Open], user: &str) -> Result<()> {
    let now = tx.now();
    let mut jobs: Vec<i64> = open.iter().map(|open| open.job).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let jobs = job::find_all(tx, &jobs)?;
    let lefts: Vec<Left<'_>> = open
        .iter()
        .map(|open| Left {
            id: open.id,
            state: State::Stopped,
            attempt: open.attempt,
            ended_at: Some(now),
            check_at: None,
            result: KILLED,
            progress: None,
        })
        .collect();
    store::leave(tx, &lefts)?;
    let note = |open: &Open| {
        let text = format!("stopped: {user} wanted it");
        Note { instance: open.id, attempt: open.attempt, text }
    };
    logs::note(tx, &open.iter().map(note).collect::<Vec<_>>())?;
    overview::note(tx, open.iter().map(|open| (open.app_group, Counts::ended(false))))?;
    let never_ran = |open: &&Open| open.is_firing() && open.started_at.is_none();
    let unfired: Vec<(i64, Timestamp)> =
        open.iter().filter(never_ran).map(|open| (open.job, open.scheduled_at)).collect();
    firings::skip_pending(tx, &unfired)?;
    firings::ran(tx, &handed_over(open.iter()))?;
    for open in open.iter().filter(|open| open.state.is_under_way()) {
        kill(tx, open, jobs.get(&open.job), user)?;
    }
    nodes_ended(tx, open.iter())?;
    tx.signal(DISPATCH);
    Ok(())
}

/// Stops one instance, with everything that follows from its end.
pub(super) fn stop_one(tx: &mut Tx<'_>, open: &Open, user: &str) -> Result<()> {
    stop(tx, std::slice::from_ref(open), user)?;
    if open.has_sequel && open.workflow_instance.is_none() {
        follow(tx, open, tx.now())?;
    }
    Ok(())
}

/// Has the worker of a run told to stop it.
pub(super) fn kill(tx: &mut Tx<'_>, open: &Open, job: Option<&Job>, user: &str) -> Result<()> {
    let definition = job.map(|job| &job.definition);
    let kill = Kill {
        job: open.job,
        instance: open.id,
        app_group: open.app_group,
        kind: definition.map_or(JobKind::Java, |definition| definition.kind),
        mode: definition.map_or(job::ExecuteMode::Standalone, |definition| definition.mode),
        class_name: definition.map(|definition| definition.class_name.clone()).unwrap_or_default(),
        content: definition.map(|definition| definition.content.clone()).unwrap_or_default(),
        user: user.to_owned(),
    };
    store::add_kill(tx, &open.worker, &kill)
}

fn cut(text: &str) -> &str {
    text::cut(text, MOST_RESULT_BYTES)
}
