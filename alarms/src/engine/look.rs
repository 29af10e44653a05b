//! Looking at units: at the windows that are complete, at the samples that came, at those that came late.

use std::collections::HashMap;
use std::sync::Arc;

use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_metrics::{Period, Sample, SeriesId, Statistic, WindowRead};

use super::Judge;
use super::book::{Book, Unit, Watching};
use crate::judge::{
    Change, Figure, Met, Streaks, after, count, distance_ms, forgets_after_ms, holds, judge, patience_ms,
    silence,
};
use crate::model::{Comparison, Condition, LevelCondition, Origin, Quantity, State, Watch};
use crate::units::Step;

/// Units that one pass looks at: more wait for the next one, which spreads what is due at once.
const UNITS: usize = 12_000;
/// A store that was away does not judge older samples than this.
const OLDEST_MS: i64 = 15 * 60_000;
/// How often it is written that an alarm goes on about which nobody is told.
const NOTE_MS: i64 = 60_000;
/// As far back as points are looked for that stand in a row with a new one, where silence ends no row.
const FARTHEST_MS: i64 = 3 * 3_600_000;

/// A point on its way to judgement.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The sample, or the start of the window with its figure.
    sample: Sample,
    /// When it was complete.
    at: Timestamp,
    truths: [bool; 4],
}

/// Whether a late sample at this instant changes what was judged.
pub(super) fn is_judged(unit: &Unit, at: Timestamp) -> bool {
    unit.cursor.is_some_and(|cursor| match unit.watching.watch {
        Watch::Each => at <= cursor,
        Watch::Windows(period) => period.floor(at) <= cursor,
    })
}

/// Looks at a unit that is new here when it is time.
pub(super) fn arrange(book: &mut Book, place: u32, now: Timestamp) {
    let Some(unit) = book.unit(place) else { return };
    match unit.watching.watch {
        Watch::Each => book.wake(place),
        Watch::Windows(_) => book.schedule(place, now),
    }
}

fn levels(watching: &Watching) -> &[LevelCondition] {
    match &watching.condition {
        Condition::Levels(levels) => levels,
        Condition::Expression { .. } => &[],
    }
}

fn statistic(condition: &LevelCondition) -> Statistic {
    match condition.quantity {
        Quantity::Statistic(statistic) => statistic,
        Quantity::Events => Statistic::Count,
    }
}

/// A unit whose window is complete, and where its figures stand among the reads.
struct Due {
    place: u32,
    period: Period,
    start: Timestamp,
    end: Timestamp,
    /// For each level: the place of its figure, and of the earlier one.
    figures: [(usize, Option<usize>); 4],
    levels: usize,
}

impl Judge {
    /// Judges what is due; what comes of it stands in the book's pending steps.
    pub(super) fn look(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        self.look_at_windows(book, tx)?;
        self.look_at_samples(book, tx)?;
        self.look_again(book, tx)
    }

    fn look_at_windows(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        let now = self.clock.now();
        let (mut due, mut reads) = (Vec::new(), Vec::new());
        for _ in 0..UNITS {
            let Some(place) = book.next_due(now) else { break };
            let Some(unit) = book.unit(place) else { continue };
            let Watch::Windows(period) = unit.watching.watch else {
                self.look_at_silence(book, place, now);
                continue;
            };
            let step = unit.watching.step_ms;
            let settled = now.plus_ms(-self.settle_ms);
            let end = Timestamp::from_millis(settled.millis().div_euclid(step) * step);
            let end = period.floor(end);
            let start = end.plus_ms(-period.millis());
            let counts = unit.series.is_none_or(|series| unit.watching.counts(series, end));
            let is_new = unit.cursor.is_none_or(|cursor| start > cursor);
            book.schedule(
                place,
                Timestamp::from_millis((settled.millis().div_euclid(step) + 1) * step + self.settle_ms),
            );
            let Some(unit) = book.unit(place).filter(|_| counts && is_new) else { continue };
            due.push(plan(unit, place, period, (start, end), &mut reads));
        }
        let mut figures = Vec::new();
        self.metrics.read_statistics(tx, &reads, &mut figures)?;
        for one in due {
            let Some(unit) = book.unit_mut(one.place) else { continue };
            let step = unit.watching.step_ms;
            if unit.cursor.is_some_and(|cursor| one.start.since(cursor) > step) {
                unit.warm = false;
            }
            unit.cursor = Some(one.start);
            let figure = |place: usize| figures.get(place).copied().flatten();
            let mut truths = [false; 4];
            let mut first = None;
            for (level, (condition, (now, earlier))) in
                levels(&unit.watching).iter().zip(&one.figures[..one.levels]).enumerate()
            {
                let Some(value) = figure(*now) else { continue };
                first = first.or(Some(value));
                let earlier = earlier.and_then(figure);
                truths[level] = holds(condition, Figure { now: value, earlier });
            }
            match first {
                Some(value) => {
                    let sample = Sample { at: one.start, value };
                    let point = Point { sample, at: one.end, truths };
                    self.judge_point(book, tx, one.place, point)?;
                }
                None => self.judge_gap(book, tx, one.place, one.end, one.period)?,
            }
        }
        Ok(())
    }

    /// A window without a sample.
    fn judge_gap(
        &self,
        book: &mut Book,
        tx: &mut Tx<'_>,
        place: u32,
        end: Timestamp,
        period: Period,
    ) -> Result<()> {
        let Some(unit) = book.unit(place) else { return Ok(()) };
        let watching = Arc::clone(&unit.watching);
        if unit.state == State::Unknown || patience_or_step(&watching).is_none() {
            return Ok(());
        }
        if !unit.warm {
            self.warm(book, tx, place, end.plus_ms(-period.millis()))?;
        }
        let Some(unit) = book.unit(place) else { return Ok(()) };
        let last_end = unit.last.map_or(watching.since, |last| last.at.plus_ms(period.millis()));
        let change =
            silence(unit.state, watching.no_data, &watching.rungs, watching.step_ms, end.since(last_end));
        if let Some(change) = change {
            self.step(book, place, change, end, None, Vec::new());
        }
        Ok(())
    }

    /// A unit of single samples, after it was silent for a while.
    fn look_at_silence(&self, book: &mut Book, place: u32, now: Timestamp) {
        let Some(unit) = book.unit(place) else { return };
        let watching = Arc::clone(&unit.watching);
        let (Some(last), Some(patience)) = (unit.last, patience_or_step(&watching)) else { return };
        let silent = now.since(last.at);
        let change = silence(unit.state, watching.no_data, &watching.rungs, watching.step_ms, silent);
        match change {
            Some(change) => self.step(book, place, change, now, None, Vec::new()),
            None if unit.state != State::Unknown => book.schedule(place, last.at.plus_ms(patience)),
            None => {}
        }
    }

    fn look_at_samples(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        let now = self.clock.now();
        let (mut places, mut reads) = (Vec::new(), Vec::new());
        for _ in 0..UNITS {
            let Some(place) = book.awake.pop_front() else { break };
            let Some(unit) = book.unit_mut(place) else { continue };
            unit.awake = false;
            let Some(series) = unit.series else { continue };
            let from = match unit.cursor {
                Some(cursor) => cursor.plus_ms(1).max(now.plus_ms(-OLDEST_MS)),
                None if series.0 > unit.watching.since_id => Timestamp::default(),
                None => unit.watching.since.plus_ms(1).max(now.plus_ms(-OLDEST_MS)),
            };
            places.push(place);
            reads.push((series, from));
        }
        let mut found: Vec<Vec<Sample>> = vec![Vec::new(); reads.len()];
        self.metrics.samples_from(tx, &reads, |place, samples| found[place] = samples)?;
        for (place, samples) in places.into_iter().zip(found) {
            let first = book.pending.len();
            for sample in samples {
                let Some(unit) = book.unit_mut(place) else { break };
                let earlier = unit.last.map(|last| last.value);
                unit.cursor = Some(sample.at);
                let truths = truths_of(&unit.watching, sample, earlier);
                self.judge_point(book, tx, place, Point { sample, at: sample.at, truths })?;
            }
            keep_last_of_goes_on(book, first);
            let Some(unit) = book.unit(place) else { continue };
            if let (Some(last), Some(patience)) = (unit.last, patience_or_step(&unit.watching)) {
                book.schedule(place, last.at.plus_ms(patience));
            }
        }
        Ok(())
    }

    /// Judges the present anew where late samples have changed the past.
    fn look_again(&self, book: &mut Book, tx: &mut Tx<'_>) -> Result<()> {
        let places: Vec<u32> = book.late.iter().copied().take(UNITS).collect();
        for place in places {
            book.late.remove(&place);
            let Some((unit, cursor)) = book.unit(place).and_then(|unit| Some((unit, unit.cursor?))) else {
                continue;
            };
            let watching = Arc::clone(&unit.watching);
            let Some(series) = unit.series else { continue };
            let points = self.history(tx, &watching, series, cursor)?;
            let (streaks, met) = run(&watching, &points);
            let Some(last) = points.last().copied() else { continue };
            let Some(unit) = book.unit_mut(place) else { continue };
            (unit.streaks, unit.warm, unit.last) = (streaks, true, Some(last.sample));
            let change = met.and_then(|met| judge(unit.state, met));
            // A window that was empty, and still is, decides nothing.
            if last.sample.at == cursor
                && let Some(change) = change.filter(|change| *change != Change::GoesOn)
            {
                let points = firing(&watching, &points, change);
                self.step(book, place, change, last.at, Some(last.sample), points);
            }
        }
        Ok(())
    }

    fn judge_point(&self, book: &mut Book, tx: &mut Tx<'_>, place: u32, point: Point) -> Result<()> {
        let Some(unit) = book.unit(place) else { return Ok(()) };
        let watching = Arc::clone(&unit.watching);
        let is_true = point.truths.iter().any(|truth| *truth);
        let needs_past = is_true && watching.rungs.iter().any(|rung| rung.times > 1);
        if !unit.warm && needs_past {
            self.warm(book, tx, place, point.sample.at.plus_ms(-1))?;
        }
        let Some(unit) = book.unit_mut(place) else { return Ok(()) };
        let reach = forgets_after_ms(watching.no_data, &watching.rungs, watching.step_ms);
        if unit
            .last
            .is_some_and(|last| point.sample.at.since(last.at) > reach.saturating_add(length_ms(&watching)))
        {
            unit.streaks = Streaks::default();
        }
        let met = count(&watching.rungs, &mut unit.streaks, point.truths);
        (unit.warm, unit.last) = (true, Some(point.sample));
        let Some(change) = judge(unit.state, met) else { return Ok(()) };
        let series = unit.series;
        if change == Change::GoesOn && !is_worth(unit, point.at) {
            return Ok(());
        }
        let points = match (change, series) {
            (Change::Began(_) | Change::LevelChanged(_), Some(series)) => {
                let past = self.history(tx, &watching, series, point.sample.at)?;
                firing(&watching, &past, change)
            }
            _ => Vec::new(),
        };
        self.step(book, place, change, point.at, Some(point.sample), points);
        Ok(())
    }

    /// Notes a step to be written, and goes on as if it were.
    fn step(
        &self,
        book: &mut Book,
        place: u32,
        change: Change,
        at: Timestamp,
        point: Option<Sample>,
        points: Vec<Sample>,
    ) {
        let Some(unit) = book.unit_mut(place) else { return };
        let step = Step {
            rule_id: unit.watching.rule_id,
            policy_id: unit.watching.policy_id,
            since_id: unit.watching.since_id,
            dimensions: unit.dimensions.to_string(),
            before: unit.state,
            change,
            at,
            point,
            points,
            event_id: None,
            groups: Vec::new(),
        };
        unit.state = after(unit.state, change);
        match change {
            Change::GoesOn => unit.noted_at = at,
            Change::Began(_) | Change::LevelChanged(_) => unit.noted_at = at,
            Change::Lost | Change::Recovered | Change::Settled => unit.told_at = None,
        }
        if change == Change::Lost {
            unit.streaks = Streaks::default();
        }
        book.pending.push_back(step);
    }

    /// Finds how many points stand in a row before `until`, inclusive, and which was the last.
    fn warm(&self, book: &mut Book, tx: &mut Tx<'_>, place: u32, until: Timestamp) -> Result<()> {
        let Some(unit) = book.unit(place) else { return Ok(()) };
        let (watching, series) = (Arc::clone(&unit.watching), unit.series);
        let points = match series {
            Some(series) => self.history(tx, &watching, series, until)?,
            None => Vec::new(),
        };
        let (streaks, _) = run(&watching, &points);
        if let Some(unit) = book.unit_mut(place) {
            (unit.streaks, unit.warm) = (streaks, true);
            if let Some(last) = points.last() {
                unit.last = Some(last.sample);
            }
        }
        Ok(())
    }

    /// The points of a unit that may stand in a row with one after `until`: those up to there, inclusive.
    fn history(
        &self,
        tx: &mut Tx<'_>,
        watching: &Watching,
        series: SeriesId,
        until: Timestamp,
    ) -> Result<Vec<Point>> {
        let times = watching.rungs.iter().map(|rung| i64::from(rung.times)).max().unwrap_or(1);
        let reach = patience_ms(watching.no_data, &watching.rungs, watching.step_ms).unwrap_or(FARTHEST_MS);
        let span = (times + 1) * watching.step_ms + reach.max(2 * times * watching.step_ms);
        let from = until.plus_ms(-span);
        let mut points = match watching.watch {
            Watch::Each => self.past_samples(tx, watching, series, (from, until))?,
            Watch::Windows(period) => self.past_windows(tx, watching, series, period, (from, until))?,
        };
        points.retain(|point| watching.counts(series, point.at));
        Ok(points)
    }

    fn past_samples(
        &self,
        tx: &mut Tx<'_>,
        watching: &Watching,
        series: SeriesId,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<Point>> {
        let mut samples = Vec::new();
        self.metrics.samples_from(tx, &[(series, from)], |_, found| samples = found)?;
        samples.retain(|sample| sample.at <= until);
        let mut earlier = None;
        let point = |sample: &Sample| {
            let truths = truths_of(watching, *sample, earlier);
            earlier = Some(sample.value);
            Point { sample: *sample, at: sample.at, truths }
        };
        Ok(samples.iter().map(point).collect())
    }

    fn past_windows(
        &self,
        tx: &mut Tx<'_>,
        watching: &Watching,
        series: SeriesId,
        period: Period,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<Point>> {
        let details = self.metrics.details(tx, series, period, from, until)?;
        let mut earlier: HashMap<i64, HashMap<Timestamp, muster_metrics::Detail>> = HashMap::new();
        for condition in levels(watching) {
            if let Comparison::Change { against, .. } = condition.comparison {
                let distance = distance_ms(against, period.millis());
                if let std::collections::hash_map::Entry::Vacant(entry) = earlier.entry(distance) {
                    let (from, until) = (from.plus_ms(-distance), until.plus_ms(-distance));
                    let found = self.metrics.details(tx, series, period, from, until)?;
                    entry.insert(found.into_iter().map(|detail| (detail.start, detail)).collect());
                }
            }
        }
        let mut points = Vec::with_capacity(details.len());
        for detail in details {
            let end = detail.start.plus_ms(period.millis());
            // Only those that are looked at: the step may be longer than the window.
            if end.millis() / watching.step_ms * watching.step_ms / period.millis()
                != end.millis() / period.millis()
            {
                continue;
            }
            let (mut truths, mut first) = ([false; 4], None);
            for (level, condition) in levels(watching).iter().enumerate().take(truths.len()) {
                let Some(now) = detail.statistic(statistic(condition)) else { continue };
                first = first.or(Some(now));
                let before = match condition.comparison {
                    Comparison::Change { against, .. } => {
                        let distance = distance_ms(against, period.millis());
                        let window =
                            earlier.get(&distance).and_then(|all| all.get(&detail.start.plus_ms(-distance)));
                        window.and_then(|detail| detail.statistic(statistic(condition)))
                    }
                    _ => None,
                };
                truths[level] = holds(condition, Figure { now, earlier: before });
            }
            if let Some(value) = first {
                points.push(Point { sample: Sample { at: detail.start, value }, at: end, truths });
            }
        }
        Ok(points)
    }
}

/// How long a unit is silent before that means something.
fn patience_or_step(watching: &Watching) -> Option<i64> {
    match watching.no_data {
        crate::model::NoData::Recovers => Some(watching.step_ms),
        no_data => patience_ms(no_data, &watching.rungs, watching.step_ms),
    }
}

fn length_ms(watching: &Watching) -> i64 {
    match watching.watch {
        Watch::Each => 0,
        Watch::Windows(period) => period.millis(),
    }
}

/// Whether it is to be written now that an alarm goes on.
fn is_worth(unit: &Unit, at: Timestamp) -> bool {
    unit.watching.origin == Origin::CloudMonitor
        || at.since(unit.noted_at) >= NOTE_MS
        || unit.told_at.is_none()
        || unit.told_at.zip(unit.watching.repeat_ms).is_some_and(|(told, repeat)| at.since(told) >= repeat)
}

/// Notes which figures a window needs.
fn plan(
    unit: &Unit,
    place: u32,
    period: Period,
    (start, end): (Timestamp, Timestamp),
    reads: &mut Vec<(WindowRead, Statistic)>,
) -> Due {
    let first = reads.len();
    let mut due = Due { place, period, start, end, figures: [(usize::MAX, None); 4], levels: 0 };
    let Some(series) = unit.series else { return due };
    let mut read = |start: Timestamp, statistic: Statistic| {
        let wanted = (WindowRead { series, period, start }, statistic);
        let known = reads[first..].iter().position(|known| *known == wanted).map(|place| first + place);
        known.unwrap_or_else(|| {
            reads.push(wanted);
            reads.len() - 1
        })
    };
    for (level, condition) in levels(&unit.watching).iter().enumerate().take(due.figures.len()) {
        let statistic = statistic(condition);
        let now = read(start, statistic);
        let earlier = match condition.comparison {
            Comparison::Change { against, .. } => {
                Some(read(start.plus_ms(-distance_ms(against, period.millis())), statistic))
            }
            _ => None,
        };
        due.figures[level] = (now, earlier);
        due.levels = level + 1;
    }
    due
}

/// Which levels a single sample is true for; a change is measured against the sample before.
fn truths_of(watching: &Watching, sample: Sample, before: Option<f64>) -> [bool; 4] {
    let mut truths = [false; 4];
    for (truth, condition) in truths.iter_mut().zip(levels(watching)) {
        let earlier = match condition.comparison {
            Comparison::Change { against: crate::model::Against::Previous, .. } => before,
            _ => None,
        };
        *truth = holds(condition, Figure { now: sample.value, earlier });
    }
    truths
}

/// The streaks after these points, and what the last of them met.
fn run(watching: &Watching, points: &[Point]) -> (Streaks, Option<Met>) {
    let reach = forgets_after_ms(watching.no_data, &watching.rungs, watching.step_ms);
    let (mut streaks, mut met, mut before) = (Streaks::default(), None, None::<Timestamp>);
    for point in points {
        if before
            .is_some_and(|before| point.sample.at.since(before) > reach.saturating_add(length_ms(watching)))
        {
            streaks = Streaks::default();
        }
        met = Some(count(&watching.rungs, &mut streaks, point.truths));
        before = Some(point.sample.at);
    }
    (streaks, met)
}

/// The points that made the alarm: as many as its level needs.
fn firing(watching: &Watching, points: &[Point], change: Change) -> Vec<Sample> {
    let (Change::Began(level) | Change::LevelChanged(level)) = change else { return Vec::new() };
    let times = watching.rungs.iter().find(|rung| rung.level == level).map_or(1, |rung| rung.times as usize);
    points.iter().skip(points.len().saturating_sub(times)).map(|point| point.sample).collect()
}

/// Of several notes that the alarm of one unit goes on only the last is worth writing.
fn keep_last_of_goes_on(book: &mut Book, first: usize) {
    let steps: Vec<Step> = book.pending.drain(first..).collect();
    let last = steps.len().saturating_sub(1);
    let follows = |place: usize| steps.get(place + 1).is_some_and(|next| next.change == Change::GoesOn);
    let kept: Vec<bool> = (0..steps.len())
        .map(|place| steps[place].change != Change::GoesOn || place == last || !follows(place))
        .collect();
    book.pending.extend(steps.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(step, _)| step));
}
