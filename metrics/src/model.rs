//! Series, samples, windows and what is asked of them, in our own words.

use std::borrow::Cow;
use std::sync::Arc;

use muster_core::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// Whose series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope<'s> {
    /// The account.
    pub account_id: &'s str,
    /// The project.
    pub project_id: &'s str,
}

/// A series' id, by which whoever looks often should ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub i64);

/// What a series is, as one text: `namespace.metric.name:value,name:value`, the dimensions in the order of their names.
///
/// Lists are sorted by this text and go on after it. Inside a dimension's name or value a backslash stands before
/// `\`, `,` and `:`, so that no two series share a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesName {
    text: Arc<str>,
    metric_at: u16,
    dimensions_at: u16,
}

/// The longest text of a series' name, in bytes.
const LONGEST_NAME: usize = 16_384;

impl SeriesName {
    /// The name of a metric in a namespace, with dimensions in any order.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the metric's name holds a dot, a dimension comes twice, or all is too long.
    pub fn new(
        namespace: &str,
        metric: &str,
        mut dimensions: Vec<(Cow<'_, str>, Cow<'_, str>)>,
    ) -> Result<Self> {
        dimensions.sort_unstable();
        if metric.is_empty() || metric.contains('.') {
            return Err(Error::invalid("metric", "must not be empty or hold a dot"));
        }
        if let Some(pair) = dimensions.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::invalid("dimensions", format!("name {} twice", pair[0].0)));
        }
        let length: usize = dimensions.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut text = String::with_capacity(namespace.len() + metric.len() + length + 2);
        text.push_str(namespace);
        text.push('.');
        let metric_at = text.len();
        text.push_str(metric);
        text.push('.');
        let dimensions_at = text.len();
        for (place, (name, value)) in dimensions.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            push_escaped(&mut text, name);
            text.push(':');
            push_escaped(&mut text, value);
        }
        if text.len() > LONGEST_NAME {
            return Err(Error::invalid("series", "has a longer name than any store keeps"));
        }
        Ok(Self { text: text.into(), metric_at: metric_at as u16, dimensions_at: dimensions_at as u16 })
    }

    /// A name from its text, as the store has it.
    pub(crate) fn from_text(text: &str, namespace: &str, metric: &str) -> Self {
        let metric_at = namespace.len() + 1;
        let dimensions_at = metric_at + metric.len() + 1;
        Self { text: text.into(), metric_at: metric_at as u16, dimensions_at: dimensions_at as u16 }
    }

    /// The whole text, by which lists are sorted.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared_text(&self) -> &Arc<str> {
        &self.text
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.text[..usize::from(self.metric_at) - 1]
    }

    /// The metric's name.
    pub fn metric(&self) -> &str {
        &self.text[usize::from(self.metric_at)..usize::from(self.dimensions_at) - 1]
    }

    /// The dimensions as text: equal texts mean equal sets.
    pub fn dimensions_text(&self) -> &str {
        &self.text[usize::from(self.dimensions_at)..]
    }

    /// The dimensions, by name.
    pub fn dimensions(&self) -> Vec<(String, String)> {
        split_dimensions(self.dimensions_text())
    }
}

/// Dimensions as they stand in a series' name: equal texts mean equal sets. They must be sorted by name.
pub fn join_dimensions(dimensions: &[(String, String)]) -> String {
    let mut text = String::new();
    for (place, (name, value)) in dimensions.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_escaped(&mut text, name);
        text.push(':');
        push_escaped(&mut text, value);
    }
    text
}

/// The dimensions of such a text.
pub fn split_dimensions(text: &str) -> Vec<(String, String)> {
    let mut dimensions = Vec::new();
    let (mut name, mut current) = (None, String::new());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => current.extend(characters.next()),
            ':' if name.is_none() => name = Some(std::mem::take(&mut current)),
            ',' => dimensions.extend(name.take().map(|name| (name, std::mem::take(&mut current)))),
            other => current.push(other),
        }
    }
    dimensions.extend(name.map(|name| (name, current)));
    dimensions
}

/// One dimension as it stands in a series' name.
pub(crate) fn dimension_text(name: &str, value: &str) -> String {
    let mut text = String::with_capacity(name.len() + value.len() + 1);
    push_escaped(&mut text, name);
    text.push(':');
    push_escaped(&mut text, value);
    text
}

fn push_escaped(text: &mut String, part: &str) {
    if !part.contains(['\\', ',', ':']) {
        text.push_str(part);
        return;
    }
    for character in part.chars() {
        if matches!(character, '\\' | ',' | ':') {
            text.push('\\');
        }
        text.push(character);
    }
}

/// What kind of numbers a series has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueKind {
    /// Any numbers.
    #[default]
    Float,
    /// Whole numbers: so are its aggregates.
    Integer,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken.
    pub at: Timestamp,
    /// What was measured.
    pub value: f64,
}

/// A measurement of a series that need not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSample {
    /// The series.
    pub series: SeriesName,
    /// The unit of its values; the last one told counts.
    pub unit: Arc<str>,
    /// The kind of its values; the last one told counts.
    pub kind: ValueKind,
    /// How long single samples are shown, in milliseconds; the last one told counts.
    pub ttl_ms: i64,
    /// The measurement.
    pub sample: Sample,
}

/// Which samples are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The greatest age, in milliseconds.
    pub oldest_ms: i64,
    /// How far in the future a sample may lie, in milliseconds.
    pub ahead_ms: i64,
    /// From which age on a sample is kept but no longer counted in windows, in milliseconds; `i64::MAX` for never.
    pub late_ms: i64,
    /// Whether series that appear count against the account's limit. The server's own do not.
    pub counted: bool,
}

/// A series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// What it is.
    pub name: SeriesName,
    /// The unit of its values.
    pub unit: Arc<str>,
    /// The kind of its values.
    pub kind: ValueKind,
    /// How long single samples are shown, in milliseconds.
    pub ttl_ms: i64,
}

/// Which series are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesFilter {
    /// Of this namespace.
    pub namespace: Option<String>,
    /// Of this metric.
    pub metric: Option<String>,
    /// With all of these dimensions, and perhaps others.
    pub dimensions: Vec<(String, String)>,
    /// With dimensions of exactly these names.
    pub dimension_names: Option<Vec<String>>,
    /// Whose text holds this.
    pub text: Option<String>,
    /// With a sample since this instant, to some hours; those of the last two days where absent.
    pub reported_since: Option<Timestamp>,
}

/// A metric of which there are series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The unit of one of its series.
    pub unit: String,
    /// The names of that series' dimensions, sorted.
    pub dimension_names: Vec<String>,
}

/// A page of series, in the order of their texts.
#[derive(Clone, Copy, Debug)]
pub struct SeriesPage<'p> {
    /// Only those after this text, in the page's direction.
    pub after: Option<&'p str>,
    /// From the last to the first.
    pub descending: bool,
    /// So many at most.
    pub limit: u64,
}

/// The length of a window. Windows begin at whole multiples of it since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Period(u32);

impl Period {
    /// All periods, in seconds: the union of what the clouds ask for.
    pub const ALL: [u32; 8] = [15, 60, 300, 900, 1200, 3600, 14_400, 86_400];

    /// The period of so many seconds, if it is one.
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| u64::from(*known) == seconds).map(Self)
    }

    /// Any period that rules may look at: 15 seconds, or whole minutes up to a day. Those that are no multiple of a
    /// stored one can be read as long as single samples are kept.
    pub fn of_rule(seconds: u64) -> Option<Self> {
        let is_one = seconds == 15 || (seconds.is_multiple_of(60) && (60..=86_400).contains(&seconds));
        u32::try_from(seconds).ok().filter(|_| is_one).map(Self)
    }

    pub(crate) const fn of(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// Its length in milliseconds.
    pub fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }

    /// The start of the window that holds this instant.
    pub fn floor(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.millis().div_euclid(self.millis()) * self.millis())
    }
}

impl TryFrom<u32> for Period {
    type Error = String;

    fn try_from(seconds: u32) -> Result<Self, String> {
        Self::of_rule(seconds.into()).ok_or_else(|| format!("no period has {seconds} seconds"))
    }
}

impl From<Period> for u32 {
    fn from(period: Period) -> Self {
        period.0
    }
}

/// What the samples of a window come to.
///
/// Deviations are summed about the mean instead of squares about zero: squares of large numbers that differ little
/// lose all the digits in which they differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregate {
    /// How many samples.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squared distances from their mean.
    pub squared_deviations: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The latest.
    pub last: f64,
}

impl Aggregate {
    /// Of one value.
    pub fn of(value: f64) -> Self {
        Self { count: 1, sum: value, squared_deviations: 0.0, min: value, max: value, last: value }
    }

    /// Together with what came later.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
    pub fn and_then(self, later: Self) -> Self {
        let (ours, theirs) = (self.count as f64, later.count as f64);
        let distance = later.sum / theirs - self.sum / ours;
        Self {
            count: self.count + later.count,
            sum: self.sum + later.sum,
            squared_deviations: self.squared_deviations
                + later.squared_deviations
                + distance * distance * (ours * theirs / (ours + theirs)),
            min: self.min.min(later.min),
            max: self.max.max(later.max),
            last: later.last,
        }
    }

    /// One of the figures; none for those that need the window's length or its values:
    /// [`Detail::statistic`](crate::Detail::statistic) and [`Service::read_statistics`](crate::Service::read_statistics)
    /// tell them all.
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
    pub fn value(&self, statistic: Statistic) -> Option<f64> {
        let count = self.count as f64;
        match statistic {
            Statistic::Average => Some(self.sum / count),
            Statistic::Variance => Some(self.squared_deviations / count),
            Statistic::Minimum => Some(self.min),
            Statistic::Maximum => Some(self.max),
            Statistic::Sum => Some(self.sum),
            Statistic::Count => Some(count),
            Statistic::Last => Some(self.last),
            Statistic::SumPerSecond | Statistic::CountPerSecond | Statistic::Percentile(_) => None,
        }
    }
}

/// A figure of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The mean.
    Average,
    /// The variance of all its samples (not an estimate for others).
    Variance,
    /// The smallest sample.
    Minimum,
    /// The largest sample.
    Maximum,
    /// The sum.
    Sum,
    /// How many samples.
    Count,
    /// The latest sample.
    Last,
    /// The sum, divided by the window's length.
    SumPerSecond,
    /// How many samples, divided by the window's length.
    CountPerSecond,
    /// The smallest sample that so many percent, from 1 to 99, are not above: by nearest rank.
    Percentile(u8),
}

/// A window that holds at least one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Where it begins.
    pub start: Timestamp,
    /// What its samples come to.
    pub aggregate: Aggregate,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(dimensions: &[(&str, &str)]) -> SeriesName {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        SeriesName::new("MINE.APP", "cpu_util", dimensions).unwrap()
    }

    #[test]
    fn a_name_is_its_parts_in_order() {
        let name = name(&[("zone", "a"), ("host", "b")]);
        assert_eq!(name.text(), "MINE.APP.cpu_util.host:b,zone:a");
        assert_eq!((name.namespace(), name.metric()), ("MINE.APP", "cpu_util"));
        assert_eq!(SeriesName::from_text(name.text(), "MINE.APP", "cpu_util"), name);
        assert!(SeriesName::new("a.b", "c.d", Vec::new()).is_err());
        let twice = vec![("a".into(), "1".into()), ("a".into(), "2".into())];
        assert!(SeriesName::new("a.b", "c", twice).is_err());
        assert_eq!(SeriesName::new("a.b", "c", Vec::new()).unwrap().dimensions(), []);
    }

    #[test]
    fn periods_of_rules() {
        for (seconds, is_one) in
            [(0, false), (15, true), (30, false), (60, true), (90, false), (120, true), (86_460, false)]
        {
            assert_eq!(Period::of_rule(seconds).is_some(), is_one, "{seconds}");
        }
    }

    #[test]
    fn figures_of_large_numbers_keep_their_digits() {
        let aggregate =
            [1e9, 1e9 + 1.0, 1e9 + 2.0].map(Aggregate::of).into_iter().reduce(Aggregate::and_then);
        let aggregate = aggregate.unwrap();
        assert!((aggregate.value(Statistic::Variance).unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(aggregate.value(Statistic::Average), Some(1e9 + 1.0));
        assert_eq!((aggregate.count, aggregate.last), (3, 1e9 + 2.0));
    }

    proptest! {
        #[test]
        fn dimensions_come_back_whatever_they_hold(
            dimensions in proptest::collection::btree_map("[a-z:,\\\\]{1,4}", "[a-z:,\\\\.=é]{0,6}", 0..4)
        ) {
            let pairs = dimensions.iter().map(|(name, value)| (name.into(), value.into())).collect();
            let name = SeriesName::new("a.b", "c", pairs).unwrap();
            prop_assert_eq!(name.dimensions(), dimensions.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn parts_of_a_window_come_to_the_same_as_the_whole(
            values in proptest::collection::vec(-1e6_f64..1e6, 2..50), cut in 1_usize..49,
        ) {
            let cut = cut.min(values.len() - 1);
            let fold = |values: &[f64]| values.iter().copied().map(Aggregate::of).reduce(Aggregate::and_then).unwrap();
            let (whole, parts) = (fold(&values), fold(&values[..cut]).and_then(fold(&values[cut..])));
            prop_assert_eq!((whole.count, whole.min, whole.max, whole.last), (parts.count, parts.min, parts.max, parts.last));
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
            prop_assert!((parts.value(Statistic::Variance).unwrap() - variance).abs() <= variance * 1e-9 + 1e-6);
            prop_assert!((whole.sum - parts.sum).abs() < 1e-6);
        }
    }
}
