//! When somebody must be told: rules over how attempts ended.

use muster_core::{Result, Timestamp};
use muster_db::Tx;

use super::model::{AlarmKind, Facts};
use super::{Happened, raise, store};
use crate::job::{self, TimeKind, Watched};
use crate::text;

/// Longer results are cut: a message is read on a telephone.
const MOST_RESULT_BYTES: usize = 2_000;
/// Rounds of a fixed delay follow one another within seconds: after the first message, so many failures in a row are
/// worth a second one.
const FAILED_ROUNDS: i64 = 10;

/// How an attempt of a run went, as far as alarms need it.
pub(crate) struct Attempt<'a> {
    pub(crate) instance: i64,
    pub(crate) job: i64,
    pub(crate) app_group: i64,
    pub(crate) scheduled_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    /// Counted from 0.
    pub(crate) attempt: i64,
    pub(crate) worker: &'a str,
    pub(crate) result: &'a str,
    pub(crate) success: bool,
    /// Whether there was no worker for it.
    pub(crate) lacked_worker: bool,
    /// Whether the run ended with it.
    pub(crate) is_last: bool,
}

/// Raises what the ends of these attempts call for.
pub(crate) fn attempts_ended(tx: &mut Tx<'_>, attempts: &[Attempt<'_>]) -> Result<()> {
    let mut ids: Vec<i64> = attempts.iter().map(|attempt| attempt.job).collect();
    ids.sort_unstable();
    ids.dedup();
    let watched = job::watched(tx, &ids)?;
    for attempt in attempts {
        if let Some(watched) = watched.get(&attempt.job) {
            ended(tx, watched, attempt)?;
        }
    }
    Ok(())
}

fn ended(tx: &mut Tx<'_>, watched: &Watched, attempt: &Attempt<'_>) -> Result<()> {
    let monitor = &watched.monitor;
    let mut failures = 0;
    let mut kind = None;
    if attempt.is_last && attempt.success {
        store::forget_failures(tx, &[attempt.job])?;
        kind = Some(AlarmKind::Success).filter(|_| monitor.success);
    } else if attempt.is_last {
        failures = store::count_failure(tx, attempt.job)?;
        kind = Some(AlarmKind::Failed).filter(|_| monitor.failure && is_worth(watched, failures));
    }
    // A lack of workers is told at the first try, and instead of the failure that it is as well.
    if attempt.lacked_worker && monitor.no_worker {
        kind = if attempt.attempt == 0 { Some(AlarmKind::NoWorker) } else { kind };
    }
    match kind {
        Some(kind) => raise(tx, &watched.account, &happened(kind, watched, attempt, failures)),
        None => Ok(()),
    }
}

/// Whether the last of so many failures in a row is worth a message.
fn is_worth(watched: &Watched, failures: i64) -> bool {
    let wanted = watched.monitor.failures.max(1);
    if watched.time == TimeKind::FixedDelay {
        return failures == wanted || failures == FAILED_ROUNDS.max(wanted);
    }
    failures % wanted == 0
}

/// The facts of an attempt.
pub(super) fn happened(kind: AlarmKind, watched: &Watched, attempt: &Attempt<'_>, failures: i64) -> Happened {
    let facts = Facts {
        job: watched.name.clone(),
        scheduled_ms: attempt.scheduled_at.millis(),
        started_ms: attempt.started_at.map(Timestamp::millis),
        attempt: attempt.attempt + 1,
        attempts: watched.max_attempt + 1,
        worker: attempt.worker.to_owned(),
        result: cut(attempt.result),
        failures,
        monitor: watched.monitor.clone(),
    };
    let Attempt { instance, job, app_group, .. } = *attempt;
    Happened { kind, app_group, job, instance, facts }
}

fn cut(result: &str) -> String {
    if result.len() <= MOST_RESULT_BYTES {
        return result.to_owned();
    }
    format!("{} …", text::cut(result, MOST_RESULT_BYTES))
}
