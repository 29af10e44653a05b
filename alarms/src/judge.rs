//! From points to decisions: plain functions that know no store and no clock.

use crate::model::{
    Against, Comparison, Condition, Direction, Level, LevelCondition, NoData, Silence, State,
};

/// The figure of one point, and the earlier one that a change is measured against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) now: f64,
    pub(crate) earlier: Option<f64>,
}

/// Whether a condition holds.
#[expect(clippy::float_cmp, reason = "equal and not equal mean exactly that")]
pub(crate) fn holds(condition: &LevelCondition, figure: Figure) -> bool {
    let (now, threshold) = (figure.now, condition.threshold);
    match condition.comparison {
        Comparison::Above => now > threshold,
        Comparison::AtLeast => now >= threshold,
        Comparison::Below => now < threshold,
        Comparison::AtMost => now <= threshold,
        Comparison::Equal => now == threshold,
        Comparison::NotEqual => now != threshold,
        Comparison::Change { direction, inclusive, .. } => {
            let Some(earlier) = figure.earlier.filter(|earlier| *earlier != 0.0) else { return false };
            let percent = (now - earlier) / earlier.abs() * 100.0;
            let change = match direction {
                Direction::Up => percent,
                Direction::Down => -percent,
                Direction::Either => percent.abs(),
            };
            if inclusive { change >= threshold } else { change > threshold }
        }
    }
}

/// How long before a window the one lies that a change is measured against.
pub(crate) fn distance_ms(against: Against, period_ms: i64) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    match against {
        Against::Previous => period_ms,
        Against::Yesterday => DAY_MS,
        Against::LastWeek => 7 * DAY_MS,
    }
}

/// A level, and how many points in a row must be true for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) level: Level,
    pub(crate) times: u32,
}

/// The rungs of a condition, worst first.
pub(crate) fn rungs(condition: &Condition) -> Vec<Rung> {
    match condition {
        Condition::Levels(levels) => {
            levels.iter().map(|each| Rung { level: each.level, times: each.times.max(1) }).collect()
        }
        Condition::Expression { level, times, .. } => vec![Rung { level: *level, times: (*times).max(1) }],
    }
}

/// How many points in a row were true, for each rung of a condition.
pub(crate) type Streaks = [u16; 4];

/// What a point made of the streaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// The worst level that has had its points in a row.
    pub(crate) level: Option<Level>,
    /// Whether the point itself is true for any level.
    pub(crate) any: bool,
}

/// Counts a point; `truths` is one for each rung.
pub(crate) fn count(rungs: &[Rung], streaks: &mut Streaks, truths: [bool; 4]) -> Met {
    let mut met = Met { level: None, any: false };
    for (place, rung) in rungs.iter().enumerate().take(streaks.len()) {
        let streak = &mut streaks[place];
        *streak = if truths[place] { streak.saturating_add(1) } else { 0 };
        met.any |= truths[place];
        if met.level.is_none() && truths[place] && u32::from(*streak) >= rung.times {
            met.level = Some(rung.level);
        }
    }
    met
}

/// What happens to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Something is known of it, and it is well: nobody need be told.
    Settled,
    /// It goes into alarm.
    Began(Level),
    /// It is in alarm at another level now.
    LevelChanged(Level),
    /// It is in alarm still.
    GoesOn,
    /// It is well again.
    Recovered,
    /// Nothing is known of it any more.
    Lost,
}

/// What a point does to a unit that stands so.
pub(crate) fn judge(state: State, met: Met) -> Option<Change> {
    match (state, met) {
        (State::Alarm(_), Met { any: false, .. }) => Some(Change::Recovered),
        (State::Alarm(now), Met { level: Some(level), .. }) if level != now => {
            Some(Change::LevelChanged(level))
        }
        (State::Alarm(_), _) => Some(Change::GoesOn),
        (_, Met { level: Some(level), .. }) => Some(Change::Began(level)),
        (State::Unknown, _) => Some(Change::Settled),
        (State::Ok, _) => None,
    }
}

/// How a unit stands after a change.
pub(crate) fn after(state: State, change: Change) -> State {
    match change {
        Change::Settled | Change::Recovered => State::Ok,
        Change::Began(level) | Change::LevelChanged(level) => State::Alarm(level),
        Change::GoesOn => state,
        Change::Lost => State::Unknown,
    }
}

/// After which silence a unit is lost, in milliseconds; nothing for never.
pub(crate) fn patience_ms(no_data: NoData, rungs: &[Rung], step_ms: i64) -> Option<i64> {
    match no_data {
        NoData::Keep | NoData::Recovers => None,
        NoData::Unknown { after: Silence::Ms(ms), .. } => Some(ms.max(3 * step_ms)),
        NoData::Unknown { after: Silence::Times, .. } => {
            let times = rungs.iter().map(|rung| rung.times).max().unwrap_or(1);
            Some(i64::from(times) * step_ms)
        }
    }
}

/// What a silence of so many milliseconds does to a unit: since its last point, or the end of its last window.
pub(crate) fn silence(
    state: State,
    no_data: NoData,
    rungs: &[Rung],
    step_ms: i64,
    silent_ms: i64,
) -> Option<Change> {
    match (state, no_data) {
        (State::Unknown, _) | (_, NoData::Keep) => None,
        (State::Alarm(_), NoData::Recovers) if silent_ms >= step_ms => Some(Change::Recovered),
        (_, NoData::Recovers) => None,
        _ => patience_ms(no_data, rungs, step_ms).filter(|ms| silent_ms >= *ms).map(|_| Change::Lost),
    }
}

/// A silence of so many milliseconds ends every row of true points.
pub(crate) fn forgets_after_ms(no_data: NoData, rungs: &[Rung], step_ms: i64) -> i64 {
    match no_data {
        NoData::Keep => i64::MAX,
        NoData::Recovers => step_ms,
        NoData::Unknown { .. } => patience_ms(no_data, rungs, step_ms).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Quantity;
    use muster_metrics::Statistic;

    fn condition(level: Level, comparison: Comparison, threshold: f64, times: u32) -> LevelCondition {
        LevelCondition {
            level,
            quantity: Quantity::Statistic(Statistic::Average),
            comparison,
            threshold,
            times,
        }
    }

    #[test]
    fn comparisons() {
        let change =
            |direction, inclusive| Comparison::Change { direction, against: Against::Previous, inclusive };
        for (comparison, threshold, now, earlier, expected) in [
            (Comparison::Above, 2.0, 2.0, None, false),
            (Comparison::AtLeast, 2.0, 2.0, None, true),
            (Comparison::Below, 2.0, 2.0, None, false),
            (Comparison::AtMost, 2.0, 2.0, None, true),
            (Comparison::Equal, 0.3, 0.1 + 0.2, None, false),
            (Comparison::NotEqual, 0.3, 0.1 + 0.2, None, true),
            (change(Direction::Up, true), 50.0, 150.0, Some(100.0), true),
            (change(Direction::Up, false), 50.0, 150.0, Some(100.0), false),
            (change(Direction::Up, true), 50.0, 150.0, None, false),
            (change(Direction::Up, true), 50.0, 150.0, Some(0.0), false),
            (change(Direction::Up, true), 50.0, -50.0, Some(-100.0), true),
            (change(Direction::Down, true), 50.0, 50.0, Some(100.0), true),
            (change(Direction::Either, false), 49.0, 50.0, Some(100.0), true),
        ] {
            let condition = condition(Level::Major, comparison, threshold, 1);
            assert_eq!(
                holds(&condition, Figure { now, earlier }),
                expected,
                "{comparison:?} {now} {earlier:?}"
            );
        }
    }

    /// How a unit stands after the last of these points, told from all of them at once.
    fn told_from_all(levels: &[LevelCondition], points: &[f64]) -> State {
        let is_true = |level: &LevelCondition, value: f64| holds(level, Figure { now: value, earlier: None });
        let mut state = State::Unknown;
        for end in 1..=points.len() {
            let seen = &points[..end];
            let is_met = |level: &&LevelCondition| {
                let times = level.times as usize;
                seen.len() >= times && seen[end - times..].iter().all(|value| is_true(level, *value))
            };
            let any = levels.iter().any(|level| is_true(level, seen[end - 1]));
            state = match (levels.iter().find(is_met), state) {
                (Some(level), _) => State::Alarm(level.level),
                (None, State::Alarm(level)) if any => State::Alarm(level),
                _ => State::Ok,
            };
        }
        state
    }

    proptest! {
        #[test]
        fn point_by_point_or_all_at_once_is_the_same(
            points in proptest::collection::vec(0_u8..6, 1..30),
            thresholds in (1_u8..6, 1_u8..6), times in (1_u32..5, 1_u32..5),
        ) {
            let points: Vec<f64> = points.into_iter().map(f64::from).collect();
            let levels = [
                condition(Level::Critical, Comparison::AtLeast, thresholds.0.into(), times.0),
                condition(Level::Info, Comparison::AtLeast, thresholds.1.into(), times.1),
            ];
            let rungs = rungs(&Condition::Levels(levels.to_vec()));
            let (mut state, mut streaks) = (State::Unknown, Streaks::default());
            for (place, value) in points.iter().enumerate() {
                let figure = Figure { now: *value, earlier: None };
                let truths = [holds(&levels[0], figure), holds(&levels[1], figure), false, false];
                if let Some(change) = judge(state, count(&rungs, &mut streaks, truths)) {
                    state = after(state, change);
                }
                prop_assert_eq!(state, told_from_all(&levels, &points[..=place]));
            }
        }
    }
}
