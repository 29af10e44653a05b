//! Windows of points: what they come to, and how their values are spread.

use std::collections::HashSet;
use std::sync::Arc;

use muster_core::Timestamp;

use crate::model::{Aggregate, Period, Statistic, Window};
use crate::point::{Point, Reading, Summary};
use crate::rollup;

/// A window of which every statistic can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Where it begins.
    pub start: Timestamp,
    /// What its samples come to.
    pub aggregate: Aggregate,
    period: Period,
    /// Its values, each with how many samples it stands for; none if that is not known.
    spread: Option<Vec<(f64, f64)>>,
    /// The summary that is all that lies in it.
    only: Option<Arc<Summary>>,
}

impl Detail {
    fn of(point: &Point, period: Period) -> Self {
        let aggregate = point.aggregate();
        let (spread, only) = match &point.reading {
            Reading::Value(value) => (Some(vec![(*value, 1.0)]), None),
            Reading::Summary(summary) => (summary.spread(), Some(Arc::clone(summary))),
        };
        Self { start: period.floor(point.at), aggregate, period, spread, only }
    }

    /// A window whose samples are gone: its values count as if each part of it had had its average throughout.
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
    pub(crate) fn rolled(window: Window, period: Period) -> Self {
        let Window { start, aggregate } = window;
        let count = aggregate.count as f64;
        let spread = Some(vec![(aggregate.sum / count, count)]);
        Self { start: period.floor(start), aggregate, period, spread, only: None }
    }

    /// Together with another window, of the same series or of another one.
    pub fn join(&mut self, later: Self) {
        self.aggregate = self.aggregate.and_then(later.aggregate);
        self.only = None;
        self.spread = match (self.spread.take(), later.spread) {
            (Some(mut ours), Some(theirs)) => {
                ours.extend(theirs);
                Some(ours)
            }
            _ => None,
        };
    }

    /// A statistic; none if it cannot be known: percentiles of what came as summaries without any.
    pub fn statistic(&self, statistic: Statistic) -> Option<f64> {
        if let Some(told) = self.only.as_ref().and_then(|summary| summary.told(statistic)) {
            return Some(told);
        }
        match statistic {
            Statistic::Percentile(percent) => nearest_rank(self.spread.clone()?, percent),
            Statistic::SumPerSecond => Some(self.aggregate.sum / f64::from(self.period.seconds())),
            #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
            Statistic::CountPerSecond => Some(self.aggregate.count as f64 / f64::from(self.period.seconds())),
            other => self.aggregate.value(other),
        }
    }
}

/// The smallest value that at least `percent` of all are not above.
fn nearest_rank(mut values: Vec<(f64, f64)>, percent: u8) -> Option<f64> {
    values.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    // Weights of summaries are fractions: what differs in its last digits is the same rank.
    let rank = all * (f64::from(percent) / 100.0) - all * 1e-9;
    let mut passed = 0.0;
    let found = values.iter().find(|(_, weight)| {
        passed += weight;
        passed >= rank
    });
    found.or(values.last()).map(|(value, _)| *value)
}

/// The points that count in windows of `period`, in their order: a summary of a longer window than asked for does
/// not, nor do those in whose place a longer one stands.
pub(crate) fn counted(points: &[Point], period: Period) -> impl Iterator<Item = &Point> {
    const LONG: Period = Period::of(Summary::PERIODS[1]);
    let has = |point: &Point, period_s: u32| point.mark.summary_period() == Some(period_s);
    let long: HashSet<Timestamp> = if period >= LONG {
        points.iter().filter(|point| has(point, LONG.seconds())).map(|point| point.at).collect()
    } else {
        HashSet::new()
    };
    points.iter().filter(move |point| match point.mark.summary_period() {
        None => true,
        Some(seconds) if seconds > period.seconds() => false,
        Some(seconds) => seconds == LONG.seconds() || !long.contains(&LONG.floor(point.at)),
    })
}

/// What points in order come to, window by window.
pub(crate) fn windows(points: &[Point], period: Period) -> Vec<Window> {
    let mut windows = Vec::new();
    for point in counted(points, period) {
        rollup::add(&mut windows, period.floor(point.at), point.aggregate());
    }
    windows
}

/// The same, and how their values are spread, behind what `details` holds already.
pub(crate) fn add_details(details: &mut Vec<Detail>, points: &[Point], period: Period) {
    for point in counted(points, period) {
        add(details, Detail::of(point, period));
    }
}

/// Adds what came after all that is in `details`.
pub(crate) fn add(details: &mut Vec<Detail>, later: Detail) {
    match details.last_mut() {
        Some(last) if last.start == later.start => last.join(later),
        _ => details.push(later),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_at_the_nearest_rank() {
        let values = |values: &[f64]| values.iter().map(|value| (*value, 1.0)).collect::<Vec<_>>();
        let five = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (percent, expected) in [(5, 15.0), (20, 15.0), (30, 20.0), (40, 20.0), (50, 35.0), (99, 50.0)] {
            assert_eq!(nearest_rank(values(&five), percent), Some(expected), "{percent}");
        }
        assert_eq!(nearest_rank(values(&[7.0]), 10), Some(7.0));
        assert_eq!(nearest_rank(Vec::new(), 10), None);
        // Ranks that fall on a whole number are that number's, whatever the rounding of their product.
        let hundred: Vec<f64> = (1..=100_u8).map(f64::from).collect();
        for percent in 1..=99 {
            assert_eq!(nearest_rank(values(&hundred), percent), Some(f64::from(percent)));
        }
    }
}
