//! A row of the append log: the samples of one call, and the series whose attributes it changed.

use muster_core::{Result, Timestamp};

use crate::codec::{Bytes, Doubles, damaged, put_signed, put_varint};
use crate::model::{Sample, SeriesId};

/// One sample of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) series: SeriesId,
    pub(crate) sample: Sample,
    /// It came too late to be counted in windows.
    pub(crate) raw_only: bool,
}

/// The row of these entries. `changed` are the series whose rows were changed by the same commit.
pub(crate) fn encode(changed: &[SeriesId], entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16 + entries.len() * 8);
    put_varint(&mut bytes, changed.len() as u64);
    for series in changed {
        put_signed(&mut bytes, series.0);
    }
    let (mut id, mut at, mut values) = (0, 0, Doubles::default());
    for entry in entries {
        let (next_id, next_at) = (entry.series.0, entry.sample.at.millis());
        // One bit of the id's difference says whether windows count the sample.
        put_signed(&mut bytes, (next_id - id) << 1 | i64::from(entry.raw_only));
        put_signed(&mut bytes, next_at - at);
        values.put(&mut bytes, entry.sample.value);
        (id, at) = (next_id, next_at);
    }
    bytes
}

/// What a row of the log holds.
pub(crate) fn decode(
    bytes: &[u8],
    mut changed: impl FnMut(SeriesId),
    mut take: impl FnMut(Entry),
) -> Result<()> {
    let mut bytes = Bytes(bytes);
    for _ in 0..bytes.varint()? {
        changed(SeriesId(bytes.signed()?));
    }
    let (mut id, mut at, mut values) = (0_i64, 0_i64, Doubles::default());
    while !bytes.is_empty() {
        let code = bytes.signed()?;
        id = id.checked_add(code >> 1).ok_or_else(damaged)?;
        at = at.checked_add(bytes.signed()?).ok_or_else(damaged)?;
        let sample = Sample { at: Timestamp::from_millis(at), value: values.take(&mut bytes)? };
        take(Entry { series: SeriesId(id), sample, raw_only: code & 1 == 1 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
                sample: Sample { at: Timestamp::from_millis(at), value },
                raw_only,
            }).collect();
            let bytes = encode(&changed, &entries);
            let (mut read_changed, mut read) = (Vec::new(), Vec::new());
            decode(&bytes, |id| read_changed.push(id), |entry| read.push(entry)).unwrap();
            prop_assert_eq!(read_changed, changed);
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, |_| {}, |_| {});
        }
    }
}
