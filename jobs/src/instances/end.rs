//! The one way to end: of an attempt, and of an instance.

use std::collections::HashMap;

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::model::{State, Trigger};
use super::store::{self, Left, Open};
use super::{DISPATCH, KILLED};
use crate::job::{self, Job};
use crate::link::Kill;
use crate::{firings, job::JobKind};

/// Longer results are cut.
const MOST_RESULT_BYTES: usize = 64 * 1024;

/// How an attempt went.
pub(super) enum Outcome {
    Success,
    /// It may be tried again, if the job says so.
    Failed,
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
        .filter(|ending| matches!(ending.outcome, Outcome::Failed | Outcome::Lost(_)))
        .map(|ending| ending.of.job)
        .collect();
    failed.sort_unstable();
    failed.dedup();
    let jobs = job::find_all(tx, &failed)?;
    let lefts: Vec<Left<'_>> = endings.iter().map(|ending| left(ending, &jobs, now)).collect();
    store::leave(tx, &lefts)?;
    let ended: Vec<&Ending> = endings
        .iter()
        .zip(&lefts)
        .filter(|(_, left)| left.state.is_final())
        .map(|(ending, _)| ending)
        .collect();
    // A crash between a frame and its row in the ledger left a due time pending: its run shows that it ran.
    firings::ran(tx, &handed_over(ended.iter().map(|ending| &ending.of)))?;
    for ending in ended {
        let open = &ending.of;
        if let Outcome::Lost(why) = ending.outcome
            && open.trigger == Trigger::Schedule
        {
            firings::lose(tx, open.job, open.scheduled_at, why)?;
        }
        if open.has_sequel {
            follow(tx, open, now)?;
        }
    }
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
        Outcome::Failed | Outcome::Lost(_) => {
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

/// The due times whose instances were handed over, and how late.
fn handed_over<'o>(open: impl Iterator<Item = &'o Open>) -> Vec<(i64, Timestamp, i64)> {
    open.filter(|open| open.trigger == Trigger::Schedule)
        .filter_map(|open| Some((open.job, open.scheduled_at, open.started_at?.since(open.scheduled_at))))
        .collect()
}

/// What follows from the end of an instance.
fn follow(tx: &mut Tx<'_>, open: &Open, now: Timestamp) -> Result<()> {
    if open.trigger == Trigger::Backfill {
        if let Some(next) = store::first_held(tx, open.app_group, open.job)? {
            store::release(tx, &[next])?;
        }
        return Ok(());
    }
    job::instance_ended(tx, open.job, now)
}

/// Stops unfinished instances for `user`; nothing follows from these ends. Workers are told by the engine that
/// dispatches.
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
    let never_ran = |open: &&Open| open.trigger == Trigger::Schedule && open.started_at.is_none();
    let unfired: Vec<(i64, Timestamp)> =
        open.iter().filter(never_ran).map(|open| (open.job, open.scheduled_at)).collect();
    firings::skip_pending(tx, &unfired)?;
    firings::ran(tx, &handed_over(open.iter()))?;
    for open in open.iter().filter(|open| open.state.is_under_way()) {
        kill(tx, open, jobs.get(&open.job), user)?;
    }
    tx.signal(DISPATCH);
    Ok(())
}

/// Stops one instance, with everything that follows from its end.
pub(super) fn stop_one(tx: &mut Tx<'_>, open: &Open, user: &str) -> Result<()> {
    stop(tx, std::slice::from_ref(open), user)?;
    if open.has_sequel {
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
    if text.len() <= MOST_RESULT_BYTES {
        return text;
    }
    let mut end = MOST_RESULT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
