//! How many: jobs, groups and runs at this moment, and runs in a window of the past.
//!
//! Runs are counted where they are made and where they end, since instances are pruned. A count is a row of its own,
//! so that transactions that count for one group never meet; the engine [`RollUp`] adds such rows up into minutes and
//! hours. A window is then read as whole hours, the minutes at its edges, and what has not been added up yet.

mod roll_up;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

pub use roll_up::RollUp;
pub(crate) use store::forget_group;

use crate::app_groups::{self, Edition};
use crate::job::NEEDS_PROFESSIONAL;

/// How far back a window may reach, in seconds.
pub const LONGEST_WINDOW_S: i64 = 15 * 24 * 60 * 60;
/// How long a window may be whose minutes are asked for one by one, in seconds.
pub const LONGEST_SERIES_S: i64 = 24 * 60 * 60;
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;

/// Whose jobs are counted: those of one group, of a namespace, or all of the account. Groups of the basic edition are
/// left out, unless one is named, which is refused.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The uid of a namespace.
    pub namespace: Option<String>,
    /// A group in it.
    pub group_id: Option<String>,
}

/// From when to when, in seconds since the epoch, both included.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first second.
    pub from_s: i64,
    /// The last second.
    pub to_s: i64,
}

/// What there is at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// The numbers of the groups that were counted.
    pub groups: Vec<i64>,
    /// Jobs.
    pub jobs: i64,
    /// Jobs whose due times do not count.
    pub disabled: i64,
    /// Instances that belong to workers.
    pub running: i64,
}

/// What happened to runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Instances that were made, or started all over.
    pub triggered: i64,
    /// Instances that succeeded.
    pub succeeded: i64,
    /// Instances that failed or were stopped.
    pub failed: i64,
}

impl Counts {
    /// One instance was made.
    pub(crate) const TRIGGERED: Self = Self { triggered: 1, succeeded: 0, failed: 0 };

    /// One instance ended.
    pub(crate) fn ended(success: bool) -> Self {
        Self { triggered: 0, succeeded: success.into(), failed: (!success).into() }
    }

    fn add(&mut self, other: Self) {
        self.triggered += other.triggered;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
    }
}

/// What there is at this moment.
///
/// # Errors
/// `NotFound` "namespace" or "app group"; `Conflict` [`NEEDS_PROFESSIONAL`].
pub fn present(tx: &mut Tx<'_>, caller: &Caller, scope: &Scope) -> Result<Present> {
    let groups = groups(tx, caller, scope)?;
    let ids: Vec<i64> = groups.iter().map(|(id, _)| *id).collect();
    Ok(Present {
        jobs: groups.iter().map(|(_, jobs)| jobs).sum(),
        disabled: store::count_disabled(tx, &ids)?,
        running: store::count_under_way(tx, &ids)?,
        groups: ids,
    })
}

/// What happened to runs in a window, to the minute.
///
/// # Errors
/// As with [`present`]; `Invalid` "window start" or "window end".
pub fn totals(tx: &mut Tx<'_>, caller: &Caller, scope: &Scope, window: Window) -> Result<Counts> {
    check(window, tx.now(), LONGEST_WINDOW_S)?;
    let mut totals = Counts::default();
    let groups: Vec<i64> = groups(tx, caller, scope)?.into_iter().map(|(id, _)| id).collect();
    let (from, end) = minutes(window);
    let (first_hour, last_hour) = (round_up(from, HOUR_S), end / HOUR_S * HOUR_S);
    let mut ranges = vec![(store::Span::Single, from, end)];
    if first_hour < last_hour {
        ranges.push((store::Span::Minute, from, first_hour));
        ranges.push((store::Span::Hour, first_hour, last_hour));
        ranges.push((store::Span::Minute, last_hour, end));
    } else {
        ranges.push((store::Span::Minute, from, end));
    }
    for (span, from, end) in ranges {
        store::read(tx, &groups, span, from, end, |_, counts| totals.add(counts))?;
    }
    Ok(totals)
}

/// The same minute by minute, each with its first second; minutes without runs are among them.
///
/// # Errors
/// As with [`totals`]; the window is at most [`LONGEST_SERIES_S`] long.
pub fn series(
    tx: &mut Tx<'_>,
    caller: &Caller,
    scope: &Scope,
    window: Window,
) -> Result<BTreeMap<i64, Counts>> {
    check(window, tx.now(), LONGEST_SERIES_S)?;
    let groups: Vec<i64> = groups(tx, caller, scope)?.into_iter().map(|(id, _)| id).collect();
    let (from, end) = minutes(window);
    let steps = std::iter::successors(Some(from), |minute| Some(minute + MINUTE_S));
    let mut series: BTreeMap<i64, Counts> =
        steps.take_while(|minute| *minute < end).map(|minute| (minute, Counts::default())).collect();
    for span in [store::Span::Single, store::Span::Minute] {
        store::read(tx, &groups, span, from, end, |at, counts| series.entry(at).or_default().add(counts))?;
    }
    Ok(series)
}

/// How a group that has jobs is doing: what the server reports of itself as metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The account that owns it.
    pub account_id: String,
    /// The group's number.
    pub app_group: i64,
    /// The uid of its namespace.
    pub namespace: String,
    /// Its name in there.
    pub group_id: String,
    /// Instances that wait for their time, their turn or a worker.
    pub waiting: i64,
    /// Instances that belong to workers.
    pub running: i64,
    /// What happened to runs in the last whole minute.
    pub minute: Counts,
}

/// How all groups of all accounts are doing that have jobs.
///
/// # Errors
/// Only when the store fails.
pub fn loads(tx: &mut Tx<'_>) -> Result<Vec<Load>> {
    store::loads(tx)
}

/// Counts runs of groups now.
pub(crate) fn note(tx: &mut Tx<'_>, runs: impl Iterator<Item = (i64, Counts)>) -> Result<()> {
    let mut by_group: BTreeMap<i64, Counts> = BTreeMap::new();
    for (group, counts) in runs {
        by_group.entry(group).or_default().add(counts);
    }
    store::insert(tx, &by_group)
}

fn groups(tx: &mut Tx<'_>, caller: &Caller, scope: &Scope) -> Result<Vec<(i64, i64)>> {
    let account = &caller.account_id;
    if let Some(namespace) = &scope.namespace {
        crate::namespaces::get(tx, caller, namespace)?;
        if let Some(group_id) = &scope.group_id {
            let group = app_groups::find(tx, account, namespace, group_id)?;
            if group.edition == Edition::Basic {
                let why = format!("application group {group_id} is of the basic edition");
                return Err(Error::conflict(NEEDS_PROFESSIONAL, why));
            }
            return Ok(vec![(group.id, group.job_count)]);
        }
    }
    store::groups(tx, account, scope.namespace.as_deref())
}

fn check(window: Window, now: Timestamp, longest_s: i64) -> Result<()> {
    let Window { from_s, to_s } = window;
    if from_s < now.seconds() - LONGEST_WINDOW_S {
        return Err(Error::invalid("window start", "it lies more than 15 days back"));
    }
    if to_s < from_s {
        return Err(Error::invalid("window end", "it lies before the start"));
    }
    if to_s - from_s > longest_s {
        let why = format!("the window is longer than {} hours", longest_s / HOUR_S);
        return Err(Error::invalid("window end", why));
    }
    Ok(())
}

/// The first second of the window's first minute, and the one after its last minute.
fn minutes(window: Window) -> (i64, i64) {
    (window.from_s / MINUTE_S * MINUTE_S, (window.to_s / MINUTE_S + 1) * MINUTE_S)
}

fn round_up(second: i64, step: i64) -> i64 {
    (second + step - 1) / step * step
}
