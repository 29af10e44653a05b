//! Chunks: points of one series, ascending in time, compressed.
//!
//! Instants are written as differences of differences: one byte for each point that comes as regularly as the one
//! before. A chunk of plain values holds nothing else; one that begins with an instant that cannot be has marks and
//! summaries too.

use std::sync::Arc;

use muster_core::{Result, Timestamp};

use crate::codec::{Bytes, Doubles, put_signed};
use crate::model::Sample;
use crate::point::{Mark, Point, Reading, SummaryDoubles, put_summary, take_summary};

/// The first instant of a chunk that has marks.
const MARKED: i64 = -1;

/// A chunk that still grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    count: u32,
    first: i64,
    last: i64,
    step: i64,
    values: Doubles,
    marks: Option<Box<Marks>>,
}

/// What a chunk with marks carries on.
#[derive(Clone, Debug, Default)]
struct Marks {
    last: Mark,
    summaries: SummaryDoubles,
}

impl Writer {
    /// A writer for these points.
    pub(crate) fn of(points: &[Point]) -> Self {
        let mut writer = Self::default();
        if points.iter().any(|point| point.mark != Mark::PLAIN) {
            writer.write_marks();
        }
        for point in points {
            writer.push(point);
        }
        writer
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    fn write_marks(&mut self) {
        put_signed(&mut self.bytes, MARKED);
        self.marks = Some(Box::default());
    }

    /// Adds a point unless it does not come after the last one, or has a mark and the others have none.
    pub(crate) fn push(&mut self, point: &Point) -> bool {
        let at = point.at.millis();
        if self.count == 0 && self.marks.is_none() && point.mark != Mark::PLAIN {
            self.write_marks();
        }
        let last = self.marks.as_ref().map_or(Mark::PLAIN, |marks| marks.last);
        let has_no_place = self.marks.is_none() && point.mark != Mark::PLAIN;
        if self.count > 0 && (has_no_place || (at, point.mark) <= (self.last, last)) {
            return false;
        }
        // The first instant is the difference to the epoch, and its "step" is forgotten.
        let step = at - self.last;
        put_signed(&mut self.bytes, step - self.step);
        if self.count == 0 {
            self.first = at;
        } else {
            self.step = step;
        }
        if let Some(marks) = &mut self.marks {
            put_signed(&mut self.bytes, i64::from(point.mark.0) - i64::from(marks.last.0));
            marks.last = point.mark;
        }
        match (&point.reading, &mut self.marks) {
            (Reading::Summary(summary), Some(marks)) => {
                put_summary(&mut self.bytes, &mut marks.summaries, summary);
            }
            _ => self.values.put(&mut self.bytes, point.sample().value),
        }
        (self.last, self.count) = (at, self.count + 1);
        true
    }

    pub(crate) fn for_each(&self, take: impl FnMut(Point)) -> Result<()> {
        for_each(&self.bytes, take)
    }

    /// The finished chunk.
    pub(crate) fn finish(self) -> Chunk {
        let (start, end) = (Timestamp::from_millis(self.first), Timestamp::from_millis(self.last));
        Chunk { bytes: self.bytes.into_boxed_slice(), count: self.count, start, end }
    }
}

/// A finished chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) count: u32,
    /// The first point's instant.
    pub(crate) start: Timestamp,
    /// The last point's instant.
    pub(crate) end: Timestamp,
}

/// Hands over the points of a chunk in ascending order.
pub(crate) fn for_each(bytes: &[u8], mut take: impl FnMut(Point)) -> Result<()> {
    let (mut bytes, mut values) = (Bytes(bytes), Doubles::default());
    let (mut at, mut step, mut first) = (0_i64, 0_i64, true);
    let mut marks: Option<Marks> = None;
    while !bytes.is_empty() {
        let difference = bytes.signed()?;
        if first {
            if difference == MARKED && marks.is_none() {
                marks = Some(Marks::default());
                continue;
            }
            (at, first) = (difference, false);
        } else {
            step = step.wrapping_add(difference);
            at = at.wrapping_add(step);
        }
        let instant = Timestamp::from_millis(at);
        let Some(marks) = &mut marks else {
            take(Point::plain(Sample { at: instant, value: values.take(&mut bytes)? }));
            continue;
        };
        marks.last = Mark((i64::from(marks.last.0).wrapping_add(bytes.signed()?)) as u32);
        let reading = match marks.last.summary_period() {
            Some(period_s) => {
                Reading::Summary(Arc::new(take_summary(&mut bytes, &mut marks.summaries, period_s)?))
            }
            None => Reading::Value(values.take(&mut bytes)?),
        };
        take(Point { at: instant, mark: marks.last, reading });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::point::{put_in_order, testing};

    fn sample(at: i64, value: f64) -> Point {
        Point::plain(Sample { at: Timestamp::from_millis(at), value })
    }

    fn read(chunk: &Chunk) -> Vec<Point> {
        let mut points = Vec::new();
        for_each(&chunk.bytes, |point| points.push(point)).unwrap();
        points
    }

    #[test]
    fn a_regular_series_takes_three_bytes_a_sample() {
        let mut writer = Writer::default();
        for minute in 0..1_000_i32 {
            let value = f64::from(4_000 + minute * 37 % 90) / 100.0;
            assert!(writer.push(&sample(1_768_465_800_000 + i64::from(minute) * 60_000, value)));
        }
        let chunk = writer.finish();
        assert_eq!(chunk.count, 1_000);
        assert!(chunk.bytes.len() <= 3_100, "{}", chunk.bytes.len());
    }

    #[test]
    fn a_sample_that_is_not_later_is_not_taken() {
        let mut writer = Writer::default();
        assert!(writer.push(&sample(5, 1.0)));
        assert!(
            !writer.push(&sample(5, 2.0)) && !writer.push(&sample(4, 2.0)) && writer.push(&sample(6, 2.0))
        );
        assert_eq!(read(&writer.finish()), [sample(5, 1.0), sample(6, 2.0)]);
    }

    proptest! {
        #[test]
        fn samples_come_back(
            steps in proptest::collection::vec((1_i64..100_000_000, -1e9_f64..1e9), 0..300),
            start in 0_i64..4_000_000_000_000,
        ) {
            let (mut writer, mut at, mut written) = (Writer::default(), start, Vec::new());
            for (step, value) in steps {
                at += step;
                prop_assert!(writer.push(&sample(at, value)));
                written.push(sample(at, value));
            }
            let mut growing = Vec::new();
            writer.for_each(|sample| growing.push(sample)).unwrap();
            prop_assert_eq!(&growing, &written);
            let chunk = writer.finish();
            prop_assert_eq!(chunk.start, written.first().map_or(Timestamp::default(), |first| first.at));
            prop_assert_eq!(chunk.end, written.last().map_or(Timestamp::default(), |last| last.at));
            prop_assert_eq!(read(&chunk), written);
        }

        #[test]
        fn points_of_all_kinds_come_back(
            mut points in proptest::collection::vec(testing::point(1_i64..50_000_000), 0..60)
        ) {
            put_in_order(&mut points);
            let chunk = Writer::of(&points).finish();
            prop_assert_eq!(chunk.count as usize, points.len());
            prop_assert_eq!(read(&chunk), points);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = for_each(&bytes, |_| {});
        }
    }
}
