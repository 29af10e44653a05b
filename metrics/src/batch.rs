//! A row of the append log: the samples of one call, and the series whose attributes it changed.

use std::sync::Arc;

use muster_core::{Result, Timestamp};

use crate::codec::{Bytes, Doubles, damaged, put_signed, put_varint};
use crate::model::{Sample, SeriesId};
use crate::point::{Mark, Point, Reading, SummaryDoubles, put_summary, take_summary};

/// One point of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) series: SeriesId,
    pub(crate) point: Point,
    /// It came too late to be counted in windows.
    pub(crate) raw_only: bool,
}

/// What stands in the place of a series' id where the plain values of a row end: all after it have marks.
const MARKED: i64 = -1;

/// The row of these entries, those of plain values first. `changed` are the series whose rows were changed by the same
/// commit.
pub(crate) fn encode(changed: &[SeriesId], entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16 + entries.len() * 8);
    put_varint(&mut bytes, changed.len() as u64);
    for series in changed {
        put_signed(&mut bytes, series.0);
    }
    let (mut id, mut at, mut values) = (0, 0, Doubles::default());
    let (mut is_marked, mut summaries) = (false, SummaryDoubles::default());
    for entry in entries {
        if entry.point.mark != Mark::PLAIN && !is_marked {
            put_signed(&mut bytes, (MARKED - id) << 1);
            (id, is_marked) = (MARKED, true);
        }
        let (next_id, next_at) = (entry.series.0, entry.point.at.millis());
        // One bit of the id's difference says whether windows count the point.
        put_signed(&mut bytes, (next_id - id) << 1 | i64::from(entry.raw_only));
        put_signed(&mut bytes, next_at - at);
        if is_marked {
            put_varint(&mut bytes, entry.point.mark.summary_period().unwrap_or(0).into());
        }
        match &entry.point.reading {
            Reading::Value(value) => values.put(&mut bytes, *value),
            Reading::Summary(summary) => put_summary(&mut bytes, &mut summaries, summary),
        }
        (id, at) = (next_id, next_at);
    }
    bytes
}

/// What the row with this id of the log holds.
pub(crate) fn decode(
    log_id: i64,
    bytes: &[u8],
    mut changed: impl FnMut(SeriesId),
    mut take: impl FnMut(Entry),
) -> Result<()> {
    let mut bytes = Bytes(bytes);
    for _ in 0..bytes.varint()? {
        changed(SeriesId(bytes.signed()?));
    }
    let (mut id, mut at, mut values) = (0_i64, 0_i64, Doubles::default());
    let (mut place, mut is_marked, mut summaries) = (0, false, SummaryDoubles::default());
    while !bytes.is_empty() {
        let code = bytes.signed()?;
        id = id.checked_add(code >> 1).ok_or_else(damaged)?;
        if id == MARKED && !is_marked {
            is_marked = true;
            continue;
        }
        at = at.checked_add(bytes.signed()?).ok_or_else(damaged)?;
        let instant = Timestamp::from_millis(at);
        let period_s = if is_marked { bytes.varint()? } else { 0 };
        let point = if period_s > 0 {
            let period_s = u32::try_from(period_s).map_err(|_| damaged())?;
            let summary = Arc::new(take_summary(&mut bytes, &mut summaries, period_s)?);
            Point { at: instant, mark: Mark::of_summary(summary.period), reading: Reading::Summary(summary) }
        } else {
            let mark = if is_marked { Mark::of_row(log_id, place) } else { Mark::PLAIN };
            let plain = Point::plain(Sample { at: instant, value: values.take(&mut bytes)? });
            Point { mark, ..plain }
        };
        take(Entry { series: SeriesId(id), point, raw_only: code & 1 == 1 });
        place += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::point::testing;

    proptest! {
        #[test]
        fn a_row_comes_back(
            changed in proptest::collection::vec(1_000_000_000_000_i64..1_000_001_000_000, 0..5),
            entries in proptest::collection::vec(
                (1_000_000_000_000_i64..1_000_001_000_000, 1_700_000_000_000_i64..1_800_000_000_000, any::<bool>(), -1e6_f64..1e6),
                0..100),
        ) {
            let changed: Vec<_> = changed.into_iter().map(SeriesId).collect();
            let entries: Vec<_> = entries.into_iter().map(|(id, at, raw_only, value)| Entry {
                series: SeriesId(id),
                point: Point::plain(Sample { at: Timestamp::from_millis(at), value }),
                raw_only,
            }).collect();
            let bytes = encode(&changed, &entries);
            let (mut read_changed, mut read) = (Vec::new(), Vec::new());
            decode(7, &bytes, |id| read_changed.push(id), |entry| read.push(entry)).unwrap();
            prop_assert_eq!(read_changed, changed);
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn points_of_all_kinds_come_back(
            points in proptest::collection::vec(testing::point(1_i64..2_000_000_000_000), 0..60), log_id in any::<i64>()
        ) {
            let entry = |(place, point): (usize, Point)| Entry {
                series: SeriesId(1_000_000_000_000 + place as i64 % 5),
                point,
                raw_only: place % 3 == 0,
            };
            let mut entries: Vec<_> = points.into_iter().enumerate().map(entry).collect();
            entries.sort_by_key(|entry| entry.point.mark != Mark::PLAIN);
            let bytes = encode(&[], &entries);
            // A value that is one of many has the mark of its place.
            for (place, entry) in entries.iter_mut().enumerate() {
                if entry.point.mark != Mark::PLAIN && entry.point.mark.summary_period().is_none() {
                    entry.point.mark = Mark::of_row(log_id, place);
                }
            }
            let mut read = Vec::new();
            decode(log_id, &bytes, |_| {}, |entry| read.push(entry)).unwrap();
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(7, &bytes, |_| {}, |_| {});
        }
    }
}
