//! Lines: the wanted series, each for itself or joined, and their windows along time.

use std::collections::BTreeMap;

use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_metrics::{Detail, Look, Period, Series, SeriesId};
use serde::{Deserialize, Serialize};

use super::labels;

/// Points that are held before an answer is sorted and cut: more are read in shorter spans.
const HELD: usize = 200_000;
/// How much longer a span becomes where there is little, and shorter where there is too much.
const STRETCH: i64 = 16;

/// What one point after another is shown of.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its dimensions, by name.
    pub(super) labels: Vec<(String, String)>,
    /// The labels as a text, by which lines are sorted.
    key: String,
    series: Vec<SeriesId>,
}

/// A window of a line.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) window: Detail,
}

/// Behind which point an answer goes on: in the order of time, then of lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    at: Timestamp,
    key: String,
}

/// Lines of series: one for each, or one for all with the same values of the labels in `group_by`.
pub(super) fn lines(series: &[Series], account_id: &str, group_by: Option<&[String]>) -> Vec<Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for series in series {
        let all = labels::labels(&series.name, account_id);
        let labels = match group_by {
            None => all,
            Some(names) => {
                let value = |name: &String| Some((name.clone(), labels::value(&all, name)?.to_owned()));
                let user = (labels::USER.to_owned(), account_id.to_owned());
                let others = names.iter().filter(|name| *name != labels::USER);
                let mut labels: Vec<_> = others.filter_map(value).chain([user]).collect();
                labels.sort_unstable();
                labels.dedup();
                labels
            }
        };
        // Control characters stand in no label that is pushed, so no two lines share a text by chance.
        let key: Vec<String> = labels.iter().map(|(name, value)| format!("{name}\u{1}{value}")).collect();
        let key = key.join("\u{2}");
        let line = lines.entry(key.clone()).or_insert_with(|| Line { labels, key, series: Vec::new() });
        line.series.push(series.id);
    }
    lines.into_values().collect()
}

/// Windows along time.
pub(super) struct Reader<'r> {
    pub(super) look: Look<'r>,
    pub(super) lines: &'r [Line],
    pub(super) period: Period,
}

impl Reader<'_> {
    /// The place of a point.
    pub(super) fn place(&self, point: &Point) -> Place {
        Place { at: point.window.start, key: self.lines[point.line].key.clone() }
    }

    /// The first points behind `after` whose windows begin from `from` to `to`, inclusive, and whether there are more.
    pub(super) fn points(
        &self,
        tx: &mut Tx<'_>,
        (from, to): (Timestamp, Timestamp),
        after: Option<&Place>,
        limit: usize,
    ) -> Result<(Vec<Point>, bool)> {
        let from = after.map_or(from, |place| from.max(place.at));
        let mut points = Vec::new();
        if self.lines.is_empty() {
            return Ok((points, false));
        }
        // As many windows as would fill the answer; more and more where there is nothing.
        let mut windows = i64::try_from(limit / self.lines.len() + 1).unwrap_or(i64::MAX);
        let mut longest = i64::MAX / self.period.millis();
        let mut start = self.period.floor(from);
        while start <= to && points.len() <= limit {
            let before = points.len();
            let end = to.min(start.plus_ms((windows - 1) * self.period.millis()));
            if !self.read(tx, (start, end), after, limit + 1, &mut points)? {
                points.truncate(before);
                windows = (windows / STRETCH).max(1);
                longest = windows;
                continue;
            }
            if points.len() - before < limit / 2 {
                windows = windows.saturating_mul(STRETCH).min(longest);
            }
            start = self.period.floor(end).plus_ms(self.period.millis());
        }
        let more = points.len() > limit;
        points.truncate(limit);
        Ok((points, more))
    }

    /// Adds the points of a span behind `after`, in their order; of a span of one window no more than `most` in all.
    /// Gives up, and says so, where a longer span holds too many.
    fn read(
        &self,
        tx: &mut Tx<'_>,
        (from, to): (Timestamp, Timestamp),
        after: Option<&Place>,
        most: usize,
        points: &mut Vec<Point>,
    ) -> Result<bool> {
        let begin = points.len();
        let is_one = self.period.floor(from) == self.period.floor(to);
        for (line, found) in self.lines.iter().enumerate() {
            let is_passed = |at: Timestamp| {
                after.is_some_and(|place| (at, line_key(found)) <= (place.at, place.key.as_str()))
            };
            if is_one && (points.len() >= most || is_passed(from)) {
                continue;
            }
            let windows = self.windows(tx, found, from, to)?;
            let windows = windows.into_iter().filter(|window| !is_passed(window.start));
            points.extend(windows.map(|window| Point { line, window }));
            if !is_one && points.len() - begin > HELD {
                return Ok(false);
            }
        }
        points[begin..].sort_by_key(|point| (point.window.start, point.line));
        Ok(true)
    }

    /// The windows of a line.
    fn windows(&self, tx: &mut Tx<'_>, line: &Line, from: Timestamp, to: Timestamp) -> Result<Vec<Detail>> {
        if let [series] = line.series[..] {
            return self.look.details(tx, series, self.period, from, to);
        }
        let mut joined: BTreeMap<Timestamp, Detail> = BTreeMap::new();
        for series in &line.series {
            for window in self.look.details(tx, *series, self.period, from, to)? {
                join(&mut joined, window);
            }
        }
        Ok(joined.into_values().collect())
    }

    /// The latest point of each line behind `after`, of those whose windows begin from `from` to `to`: so many at most,
    /// and whether there are more.
    pub(super) fn latest(
        &self,
        tx: &mut Tx<'_>,
        (from, to): (Timestamp, Timestamp),
        after: Option<&Place>,
        limit: usize,
    ) -> Result<(Vec<Point>, bool)> {
        let mut points = Vec::new();
        for (line, found) in self.lines.iter().enumerate() {
            if after.is_some_and(|place| line_key(found) <= place.key.as_str()) {
                continue;
            }
            let mut latest: Option<Detail> = None;
            for series in &found.series {
                let Some(window) = self.look.last_detail(tx, *series, self.period, from, to)? else {
                    continue;
                };
                match &mut latest {
                    Some(last) if last.start == window.start => last.join(window),
                    Some(last) if last.start > window.start => {}
                    last => *last = Some(window),
                }
            }
            if let Some(window) = latest {
                if points.len() == limit {
                    return Ok((points, true));
                }
                points.push(Point { line, window });
            }
        }
        Ok((points, false))
    }
}

fn line_key(line: &Line) -> &str {
    &line.key
}

fn join(joined: &mut BTreeMap<Timestamp, Detail>, window: Detail) {
    match joined.entry(window.start) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(window);
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().join(window),
    }
}
