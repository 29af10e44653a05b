//! One quantity along time, as a line. Where there is no point there is no line.
//!
//! The line is drawn in a picture of its own that stretches to every width with strokes that do not; words stand beside
//! it, so they are never stretched. Columns over the line are links: whoever points at a time can go nearer to it.

use std::fmt::Write as _;

use muster_core::Timestamp;

use super::{Escaped, Picture, Svg};

/// A quantity along time.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The whole in one sentence, for those who do not see it.
    pub(crate) summary: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Ascending in time.
    pub(crate) points: Vec<(Timestamp, f64)>,
    /// Points that are further apart are not joined, in milliseconds.
    pub(crate) gap_ms: i64,
    /// From left to right, of the same width each.
    pub(crate) columns: Vec<Column>,
    /// Values that mean something: each is a line across.
    pub(crate) thresholds: Vec<f64>,
    /// Times that mean something, behind the line.
    pub(crate) spans: Vec<(Timestamp, Timestamp)>,
}

/// A part of the time that can be looked at more closely.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// What the pointer reads.
    pub(crate) label: String,
    pub(crate) href: String,
}

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 200.0;
/// Room above the line for the uppermost word.
const TOP: f64 = 18.0;
/// More points than a picture has places are drawn as the lowest and the highest of each place.
const PLACES: usize = 500;

impl Line {
    /// The picture; `write` puts a value on its axis into words.
    pub(crate) fn draw(&self, write: impl Fn(f64) -> String, from: String, to: String) -> Picture {
        let scale = Scale::of(&self.points, &self.thresholds);
        let mut svg = format!(
            r#"<svg class="line" width="100%" height="{:.0}" role="img" aria-label="{}">"#,
            HEIGHT + TOP + 2.0,
            Escaped(&self.summary)
        );
        let mut words = String::new();
        for (from, to) in &self.spans {
            let (from, to) = (self.x_of(*from) / WIDTH * 100.0, self.x_of(*to) / WIDTH * 100.0);
            let _ = write!(
                svg,
                r#"<rect class="span" x="{from:.3}%" y="{TOP}" width="{:.3}%" height="{HEIGHT}"/>"#,
                (to - from).max(0.2)
            );
        }
        for value in scale.marks() {
            let y = TOP + scale.y_of(value);
            let _ = write!(svg, r#"<line class="rule" x1="0" x2="100%" y1="{y:.1}" y2="{y:.1}"/>"#);
            let word = write(value);
            let _ = write!(words, r#"<text x="0" y="{:.1}">{}</text>"#, y - 4.0, Escaped(&word));
        }
        for value in &self.thresholds {
            let y = TOP + scale.y_of(*value);
            let _ = write!(svg, r#"<line class="threshold" x1="0" x2="100%" y1="{y:.1}" y2="{y:.1}"/>"#);
            let _ = write!(
                words,
                r#"<text x="100%" y="{:.1}" text-anchor="end">{}</text>"#,
                y - 4.0,
                Escaped(&write(*value))
            );
        }
        let _ = write!(
            svg,
            r#"<svg y="{TOP}" width="100%" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" overflow="visible"><path class="course" vector-effect="non-scaling-stroke" d="{}"/></svg>{words}"#,
            self.path(&scale)
        );
        let width = 100.0 / self.columns.len().max(1) as f64;
        for (place, column) in self.columns.iter().enumerate() {
            let _ = write!(
                svg,
                r#"<a href="{}" tabindex="-1"><rect class="column" x="{:.3}%" y="0" width="{width:.3}%" height="100%"><title>{}</title></rect></a>"#,
                Escaped(&column.href),
                width * place as f64,
                Escaped(&column.label)
            );
        }
        svg.push_str("</svg>");
        Picture { svg: Svg(svg), legend: Vec::new(), axis: Some((from, to)), is_wide: false }
    }

    fn path(&self, scale: &Scale) -> String {
        let mut path = String::new();
        let mut before = None;
        for (at, value) in self.thinned() {
            let x = self.x_of(at);
            let y = scale.y_of(value);
            match before {
                Some(last) if at.since(last) <= self.gap_ms => {
                    let _ = write!(path, "L{x:.1} {y:.1}");
                }
                // A point alone is a dot: a line of no length with a round end.
                _ => {
                    let _ = write!(path, "M{x:.1} {y:.1}h0");
                }
            }
            before = Some(at);
        }
        path
    }

    fn thinned(&self) -> Vec<(Timestamp, f64)> {
        if self.points.len() <= 2 * PLACES {
            return self.points.clone();
        }
        let mut thinned = Vec::with_capacity(2 * PLACES);
        for part in self.points.chunks(self.points.len().div_ceil(PLACES)) {
            let by_value = |one: &&(Timestamp, f64), other: &&(Timestamp, f64)| one.1.total_cmp(&other.1);
            let (low, high) = (part.iter().min_by(by_value), part.iter().max_by(by_value));
            if let (Some(low), Some(high)) = (low, high) {
                thinned.push(*low.min_by_time(high));
                if low.0 != high.0 {
                    thinned.push(*low.max_by_time(high));
                }
            }
        }
        thinned
    }

    fn x_of(&self, at: Timestamp) -> f64 {
        let whole = self.to.since(self.from).max(1) as f64;
        WIDTH * (at.since(self.from) as f64 / whole).clamp(0.0, 1.0)
    }
}

trait InTime {
    fn min_by_time<'p>(&'p self, other: &'p Self) -> &'p Self;
    fn max_by_time<'p>(&'p self, other: &'p Self) -> &'p Self;
}

impl InTime for (Timestamp, f64) {
    fn min_by_time<'p>(&'p self, other: &'p Self) -> &'p Self {
        if self.0 <= other.0 { self } else { other }
    }

    fn max_by_time<'p>(&'p self, other: &'p Self) -> &'p Self {
        if self.0 <= other.0 { other } else { self }
    }
}

/// From values to heights, with a mark at every round number.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// A scale that holds all points, and these values too.
    fn of(points: &[(Timestamp, f64)], also: &[f64]) -> Self {
        let values = || points.iter().map(|point| point.1).chain(also.iter().copied());
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        let (mut low, mut high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        // A quantity near nothing is shown from nothing on: heights then mean what they seem to.
        if low > 0.0 && (low < high / 2.0 || low == high) {
            low = 0.0;
        }
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
            (low, high) = (low - if low == 0.0 { 0.0 } else { room }, high + room);
        }
        let rough = (high - low) / 3.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|each| each * decade).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    fn marks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 8.0) as u32;
        (0..=count).map(|place| self.low + self.step * f64::from(place)).collect()
    }

    fn y_of(&self, value: f64) -> f64 {
        HEIGHT * (1.0 - (value - self.low) / (self.high - self.low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: Vec<(i64, f64)>) -> Line {
        Line {
            summary: "<x>".into(),
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(1000),
            points: points.into_iter().map(|(at, value)| (Timestamp::from_millis(at), value)).collect(),
            gap_ms: 100,
            columns: vec![Column { label: "\"".into(), href: "/console?a=1&b=2".into() }; 4],
            thresholds: Vec::new(),
            spans: Vec::new(),
        }
    }

    fn drawn(line: &Line) -> String {
        line.draw(|value| format!("{value}"), "a".into(), "b".into()).svg.to_string()
    }

    #[test]
    fn a_gap_is_a_gap_and_a_lone_point_is_seen() {
        let svg = drawn(&line(vec![(0, 0.0), (100, 30.0), (500, 15.0), (1000, 0.0)]));
        assert!(svg.contains(r#"d="M0.0 200.0h0L100.0 0.0M500.0 100.0h0M1000.0 200.0h0""#), "{svg}");
        assert!(svg.contains("&lt;x&gt;") && svg.contains("a=1&amp;b=2") && !svg.contains("<x>"), "{svg}");
        assert!(svg.contains(r#"x="75.000%""#), "{svg}");
    }

    #[test]
    fn thresholds_are_inside_the_picture_and_spans_where_they_were() {
        let mut line = line(vec![(0, 10.0), (100, 30.0)]);
        line.thresholds = vec![80.0];
        line.spans = vec![(Timestamp::from_millis(500), Timestamp::from_millis(750))];
        let svg = drawn(&line);
        assert!(svg.contains(r#"<rect class="span" x="50.000%" y="18" width="25.000%""#), "{svg}");
        assert!(svg.contains(r#"class="threshold" x1="0" x2="100%" y1="58.0""#), "{svg}");
        assert!(svg.contains(r#"text-anchor="end">80</text>"#), "{svg}");
    }

    #[test]
    fn axes_have_round_marks_that_hold_every_point() {
        for (values, marks) in [
            (vec![0.0, 30.0], vec![0.0, 10.0, 20.0, 30.0]),
            (vec![3.0, 97.0], vec![0.0, 50.0, 100.0]),
            (vec![90.0, 97.0], vec![90.0, 95.0, 100.0]),
            (vec![5.0], vec![0.0, 2.0, 4.0, 6.0]),
            (vec![0.0], vec![0.0, 0.5, 1.0]),
            (vec![-4.0, 4.0], vec![-5.0, 0.0, 5.0]),
            (vec![], vec![0.0, 0.5, 1.0]),
        ] {
            let points: Vec<_> = values.iter().map(|value| (Timestamp::default(), *value)).collect();
            let scale = Scale::of(&points, &[]);
            assert_eq!(scale.marks(), marks, "{values:?}");
            assert!(values.iter().all(|value| (0.0..=HEIGHT).contains(&scale.y_of(*value))), "{values:?}");
        }
    }

    #[test]
    fn a_million_points_keep_their_extremes_and_no_more_than_the_picture_holds() {
        let mut points: Vec<_> =
            (0..100_000).map(|at| (at, f64::from(i32::try_from(at % 7).unwrap()))).collect();
        points[50_001].1 = 1000.0;
        let line = line(points);
        let thinned = line.thinned();
        assert!(thinned.len() <= 2 * PLACES && thinned.iter().any(|point| point.1 == 1000.0));
        assert!(thinned.is_sorted_by_key(|point| point.0));
    }
}
