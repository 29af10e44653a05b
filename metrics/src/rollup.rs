//! Windows that outlive their samples.
//!
//! Four periods are stored, each for as long as somebody may ask for it or for a multiple of it; the others follow from
//! them exactly. Minutes are stored only of series whose samples are to be shown for longer than they are kept.

use muster_core::{Result, Timestamp};

use crate::codec::{Bytes, Doubles, put_signed, put_varint};
use crate::model::{Aggregate, Period, Window};

/// The stored periods, from the finest on.
pub(crate) const TIERS: [Period; 4] = [MINUTES, Period::of(300), Period::of(3600), Period::of(86_400)];

/// The finest of them.
pub(crate) const MINUTES: Period = Period::of(60);

/// The stored period from which windows of `period` are made; none for those shorter than all.
pub(crate) fn tier_of(period: Period) -> Option<Period> {
    TIERS
        .into_iter()
        .rev()
        .find(|tier| tier.seconds() <= period.seconds() && period.seconds().is_multiple_of(tier.seconds()))
}

/// Where the row begins that holds the window at `start`.
pub(crate) fn row_of(tier: Period, start: Timestamp) -> Timestamp {
    let length = row_length_ms(tier);
    Timestamp::from_millis(start.millis().div_euclid(length) * length)
}

/// How long a row is, in milliseconds: whole days.
pub(crate) fn row_length_ms(tier: Period) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    (tier.millis() * 288).max(DAY_MS)
}

pub(crate) fn encode(tier: Period, windows: &[Window]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(windows.len() * 12);
    let (mut before, mut values) = (0, [Doubles::default(); 5]);
    for Window { start, aggregate } in windows {
        let place = start.millis() / tier.millis();
        put_signed(&mut bytes, place - before);
        before = place;
        put_varint(&mut bytes, aggregate.count);
        let figures =
            [aggregate.sum, aggregate.min, aggregate.max, aggregate.last, aggregate.squared_deviations];
        // One value is its own sum, extremes and end.
        let needed = if aggregate.count == 1 { 1 } else { figures.len() };
        for (figure, values) in figures.iter().zip(&mut values).take(needed) {
            values.put(&mut bytes, *figure);
        }
    }
    bytes
}

pub(crate) fn decode(tier: Period, bytes: &[u8], mut take: impl FnMut(Window)) -> Result<()> {
    let (mut bytes, mut place, mut values) = (Bytes(bytes), 0_i64, [Doubles::default(); 5]);
    while !bytes.is_empty() {
        place = place.wrapping_add(bytes.signed()?);
        let count = bytes.varint()?;
        let sum = values[0].take(&mut bytes)?;
        let aggregate = if count == 1 {
            Aggregate::of(sum)
        } else {
            let [_, min, max, last, squared] = &mut values;
            Aggregate {
                count,
                sum,
                min: min.take(&mut bytes)?,
                max: max.take(&mut bytes)?,
                last: last.take(&mut bytes)?,
                squared_deviations: squared.take(&mut bytes)?,
            }
        };
        take(Window { start: Timestamp::from_millis(place.wrapping_mul(tier.millis())), aggregate });
    }
    Ok(())
}

/// Adds what came after all that is in `windows`.
pub(crate) fn add(windows: &mut Vec<Window>, start: Timestamp, aggregate: Aggregate) {
    match windows.last_mut() {
        Some(last) if last.start == start => last.aggregate = last.aggregate.and_then(aggregate),
        _ => windows.push(Window { start, aggregate }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_period_has_the_coarsest_tier_that_divides_it() {
        let tiers = Period::ALL.map(|seconds| tier_of(Period::of(seconds)).map(Period::seconds));
        assert_eq!(
            tiers,
            [None, Some(60), Some(300), Some(300), Some(300), Some(3600), Some(3600), Some(86_400)]
        );
    }

    proptest! {
        #[test]
        fn windows_come_back(
            windows in proptest::collection::vec((1_i64..20, proptest::collection::vec(-1e4_f64..1e4, 1..4)), 0..50)
        ) {
            let (tier, mut place) = (TIERS[0], 5_900_000);
            let windows: Vec<_> = windows.into_iter().map(|(step, values)| {
                place += step;
                let aggregate = values.into_iter().map(Aggregate::of).reduce(Aggregate::and_then).unwrap();
                Window { start: Timestamp::from_millis(place * 300_000), aggregate }
            }).collect();
            let mut read = Vec::new();
            decode(tier, &encode(tier, &windows), |window| read.push(window)).unwrap();
            prop_assert_eq!(read, windows);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(TIERS[1], &bytes, |_| {});
        }
    }
}
