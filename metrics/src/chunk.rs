//! Chunks: samples of one series, ascending in time, compressed.
//!
//! Instants are written as differences of differences: one byte for each sample that comes as regularly as the one
//! before.

use muster_core::{Result, Timestamp};

use crate::codec::{Bytes, Doubles, put_signed};
use crate::model::Sample;

/// A chunk that still grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    count: u32,
    first: i64,
    last: i64,
    step: i64,
    values: Doubles,
}

impl Writer {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Adds a sample unless it is not later than the last one.
    pub(crate) fn push(&mut self, sample: Sample) -> bool {
        let at = sample.at.millis();
        if self.count > 0 && at <= self.last {
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
        self.values.put(&mut self.bytes, sample.value);
        (self.last, self.count) = (at, self.count + 1);
        true
    }

    pub(crate) fn for_each(&self, take: impl FnMut(Sample)) -> Result<()> {
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
    /// The first sample's instant.
    pub(crate) start: Timestamp,
    /// The last sample's instant.
    pub(crate) end: Timestamp,
}

/// Hands over the samples of a chunk in ascending order.
pub(crate) fn for_each(bytes: &[u8], mut take: impl FnMut(Sample)) -> Result<()> {
    let (mut bytes, mut values) = (Bytes(bytes), Doubles::default());
    let (mut at, mut step, mut first) = (0_i64, 0_i64, true);
    while !bytes.is_empty() {
        let difference = bytes.signed()?;
        if first {
            (at, first) = (difference, false);
        } else {
            step = step.wrapping_add(difference);
            at = at.wrapping_add(step);
        }
        take(Sample { at: Timestamp::from_millis(at), value: values.take(&mut bytes)? });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(at: i64, value: f64) -> Sample {
        Sample { at: Timestamp::from_millis(at), value }
    }

    fn read(chunk: &Chunk) -> Vec<Sample> {
        let mut samples = Vec::new();
        for_each(&chunk.bytes, |sample| samples.push(sample)).unwrap();
        samples
    }

    #[test]
    fn a_regular_series_takes_three_bytes_a_sample() {
        let mut writer = Writer::default();
        for minute in 0..1_000_i32 {
            let value = f64::from(4_000 + minute * 37 % 90) / 100.0;
            assert!(writer.push(sample(1_768_465_800_000 + i64::from(minute) * 60_000, value)));
        }
        let chunk = writer.finish();
        assert_eq!(chunk.count, 1_000);
        assert!(chunk.bytes.len() <= 3_100, "{}", chunk.bytes.len());
    }

    #[test]
    fn a_sample_that_is_not_later_is_not_taken() {
        let mut writer = Writer::default();
        assert!(writer.push(sample(5, 1.0)));
        assert!(!writer.push(sample(5, 2.0)) && !writer.push(sample(4, 2.0)) && writer.push(sample(6, 2.0)));
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
                prop_assert!(writer.push(sample(at, value)));
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
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = for_each(&bytes, |_| {});
        }
    }
}
