//! What a series holds at an instant: a value, or what others have made of many.

use std::sync::Arc;

use muster_core::{Error, Result, Timestamp};

use crate::codec::{Bytes, Doubles, damaged, put_varint};
use crate::model::{Aggregate, NewSample, Period, Sample, Statistic};

/// What a reporter made of the values of a whole window.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The length of the window: 60 or 300 seconds.
    pub period: Period,
    /// What the values came to.
    pub aggregate: Aggregate,
    /// The average and the percentiles as they were told, shown as they are while nothing else lies in the window.
    pub told: Vec<(Statistic, f64)>,
}

impl Summary {
    /// The periods of summaries. A longer one stands in the place of all shorter ones within it.
    pub const PERIODS: [u32; 2] = [60, 300];

    pub(crate) fn check(&self) -> Result<()> {
        if !Self::PERIODS.contains(&self.period.seconds()) {
            return Err(Error::invalid("period", "must be 60 or 300 seconds"));
        }
        let is_known = |(statistic, _): &(Statistic, f64)| code_of(*statistic).is_some();
        if self.aggregate.count == 0 || !self.told.iter().all(is_known) {
            return Err(Error::invalid(
                "value",
                "must be told of at least one sample, with known statistics",
            ));
        }
        Ok(())
    }

    /// All its numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = f64> {
        let Aggregate { sum, min, max, last, squared_deviations, .. } = self.aggregate;
        [sum, min, max, last, squared_deviations]
            .into_iter()
            .chain(self.told.iter().map(|(_, number)| *number))
    }

    /// A statistic as it was told.
    pub(crate) fn told(&self, statistic: Statistic) -> Option<f64> {
        self.told.iter().find(|(told, _)| *told == statistic).map(|(_, number)| *number)
    }

    /// The values that its percentiles stand for, each with how many it stands for; none without percentiles.
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
    pub(crate) fn spread(&self) -> Option<Vec<(f64, f64)>> {
        let mut ranks: Vec<(u8, f64)> = self
            .told
            .iter()
            .filter_map(|(statistic, number)| match statistic {
                Statistic::Percentile(percent) => Some((*percent, *number)),
                _ => None,
            })
            .collect();
        if ranks.is_empty() {
            return None;
        }
        ranks.sort_unstable_by_key(|(percent, _)| *percent);
        ranks.push((100, self.aggregate.max));
        let (count, mut below) = (self.aggregate.count as f64, 0);
        let weigh = |(percent, number): (u8, f64)| {
            let share = f64::from(percent - below) / 100.0;
            below = percent;
            (number, share * count)
        };
        Some(ranks.into_iter().map(weigh).collect())
    }
}

/// A sample of a series all of whose samples count, even several at one instant; or a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReading {
    /// The series and the value. A summary's instant lies anywhere in its window, and its value has no effect.
    pub sample: NewSample,
    /// What stands in the place of a single value. Of several for one window the last that came counts.
    pub summary: Option<Arc<Summary>>,
}

/// What a series holds at an instant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Timestamp,
    pub(crate) mark: Mark,
    pub(crate) reading: Reading,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    Value(f64),
    Summary(Arc<Summary>),
}

/// What tells points of one instant apart; of those with the same mark the last that came counts. A point has the
/// same mark wherever it is read from, so that one that is read twice is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark(pub(crate) u32);

impl Mark {
    /// Of values of which one counts.
    pub(crate) const PLAIN: Self = Self(0);
    /// The bit of values that all count.
    const EACH: u32 = 1 << 31;

    /// Of the value at this place of this row of the log. Ids of rows are dense enough for two million calls.
    pub(crate) fn of_row(log_id: i64, place: usize) -> Self {
        let (id, place) = (log_id.cast_unsigned() as u32 & 0x1f_ffff, place as u32 & 0x3ff);
        Self(Self::EACH | id << 10 | place)
    }

    pub(crate) fn of_summary(period: Period) -> Self {
        Self(period.seconds())
    }

    /// The period of the summaries with this mark; none for values.
    pub(crate) fn summary_period(self) -> Option<u32> {
        (self != Self::PLAIN && self.0 & Self::EACH == 0).then_some(self.0)
    }
}

impl Point {
    pub(crate) fn plain(sample: Sample) -> Self {
        Self { at: sample.at, mark: Mark::PLAIN, reading: Reading::Value(sample.value) }
    }

    /// One of many values; where it stands in the log, which tells it apart, is not known yet.
    pub(crate) fn each(sample: Sample) -> Self {
        Self { mark: Mark(Mark::EACH), ..Self::plain(sample) }
    }

    pub(crate) fn summary(at: Timestamp, summary: Arc<Summary>) -> Self {
        let mark = Mark::of_summary(summary.period);
        Self { at: summary.period.floor(at), mark, reading: Reading::Summary(summary) }
    }

    pub(crate) fn key(&self) -> (Timestamp, Mark) {
        (self.at, self.mark)
    }

    pub(crate) fn aggregate(&self) -> Aggregate {
        match &self.reading {
            Reading::Value(value) => Aggregate::of(*value),
            Reading::Summary(summary) => summary.aggregate,
        }
    }

    /// As a single sample: of a summary its average.
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
    pub(crate) fn sample(&self) -> Sample {
        let value = match &self.reading {
            Reading::Value(value) => *value,
            Reading::Summary(summary) => summary
                .told(Statistic::Average)
                .unwrap_or(summary.aggregate.sum / summary.aggregate.count as f64),
        };
        Sample { at: self.at, value }
    }
}

/// Sorts points by time; of several with the same mark at one instant the one that came last counts.
pub(crate) fn put_in_order(points: &mut Vec<Point>) {
    if points.windows(2).all(|pair| pair[0].key() < pair[1].key()) {
        return;
    }
    points.sort_by_key(Point::key);
    points.dedup_by(|later, kept| {
        let same = later.key() == kept.key();
        if same {
            std::mem::swap(later, kept);
        }
        same
    });
}

/// How summaries were written so far: each figure with regard to the one before.
pub(crate) type SummaryDoubles = [Doubles; 6];

pub(crate) fn put_summary(bytes: &mut Vec<u8>, state: &mut SummaryDoubles, summary: &Summary) {
    let Aggregate { count, sum, squared_deviations, min, max, last } = summary.aggregate;
    put_varint(bytes, count);
    let [told, figures @ ..] = state;
    for (doubles, figure) in figures.iter_mut().zip([sum, min, max, last, squared_deviations]) {
        doubles.put(bytes, figure);
    }
    put_varint(bytes, summary.told.len() as u64);
    for (statistic, number) in &summary.told {
        put_varint(bytes, code_of(*statistic).unwrap_or(AVERAGE).into());
        told.put(bytes, *number);
    }
}

pub(crate) fn take_summary(
    bytes: &mut Bytes<'_>,
    state: &mut SummaryDoubles,
    period_s: u32,
) -> Result<Summary> {
    let period = Period::from_seconds(period_s.into()).ok_or_else(damaged)?;
    let count = bytes.varint()?;
    let [told_doubles, figures @ ..] = state;
    let mut numbers = [0.0; 5];
    for (doubles, number) in figures.iter_mut().zip(&mut numbers) {
        *number = doubles.take(bytes)?;
    }
    let [sum, min, max, last, squared_deviations] = numbers;
    let mut told = Vec::new();
    for _ in 0..bytes.varint()? {
        let statistic = match u8::try_from(bytes.varint()?).map_err(|_| damaged())? {
            AVERAGE => Statistic::Average,
            percent @ 1..=99 => Statistic::Percentile(percent),
            _ => return Err(damaged()),
        };
        told.push((statistic, told_doubles.take(bytes)?));
    }
    Ok(Summary { period, aggregate: Aggregate { count, sum, squared_deviations, min, max, last }, told })
}

const AVERAGE: u8 = 0;

fn code_of(statistic: Statistic) -> Option<u8> {
    match statistic {
        Statistic::Average => Some(AVERAGE),
        Statistic::Percentile(percent @ 1..=99) => Some(percent),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Points of all kinds.

    use proptest::prelude::*;

    use super::*;

    /// A value of which one counts, a value at some place of some row, or a summary.
    pub(crate) fn point(at: impl Strategy<Value = i64>) -> impl Strategy<Value = Point> {
        let told = proptest::collection::vec((0_u8..=99, -1e4_f64..1e4), 0..4);
        let numbers = proptest::collection::vec(-1e6_f64..1e6, 5);
        (at, 0_u8..3, any::<i64>(), 0_usize..200, 1_u64..1000, numbers, told).prop_map(
            |(at, kind, row, place, count, numbers, told)| {
                let at = Timestamp::from_millis(at);
                let sample = Sample { at, value: numbers[0] };
                match kind {
                    0 => Point::plain(sample),
                    1 => Point { mark: Mark::of_row(row, place), ..Point::plain(sample) },
                    _ => {
                        let period = Period::of(Summary::PERIODS[place % 2]);
                        let aggregate = Aggregate {
                            count,
                            sum: numbers[0],
                            squared_deviations: numbers[1],
                            min: numbers[2],
                            max: numbers[3],
                            last: numbers[4],
                        };
                        let told = told
                            .into_iter()
                            .map(|(code, number)| match code {
                                AVERAGE => (Statistic::Average, number),
                                percent => (Statistic::Percentile(percent), number),
                            })
                            .collect();
                        Point::summary(at, Arc::new(Summary { period, aggregate, told }))
                    }
                }
            },
        )
    }
}
