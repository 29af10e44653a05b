//! Ids of app groups: 18 digits that carry the time of creation.

use muster_core::{Result, Timestamp};
use muster_db::Tx;

/// 2020-01-01T00:00:00Z in milliseconds. From this epoch ids have exactly 18 digits from 2023 to 2050;
/// Terraform's provider recognises an id only by that width.
const EPOCH_MS: i64 = 1_577_836_800_000;
const SEQUENCE_BITS: u32 = 20;

/// A new id. The store's id sequence fills the low bits: distinct within a millisecond, whichever node made it.
pub(crate) fn new_app_group_id(tx: &mut Tx<'_>) -> Result<String> {
    let sequence = tx.new_id()?;
    Ok(compose(tx.now(), sequence).to_string())
}

fn compose(now: Timestamp, sequence: i64) -> i64 {
    ((now.millis() - EPOCH_MS) << SEQUENCE_BITS) | (sequence & ((1 << SEQUENCE_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_eighteen_digits_for_decades() {
        // 2023-02-01, 2026-01-15, 2049-12-31
        for ms in [1_675_209_600_000, 1_768_465_800_000, 2_524_521_600_000] {
            let id = compose(Timestamp::from_millis(ms), 1_000_000_000_000);
            assert_eq!(id.to_string().len(), 18, "{id}");
        }
    }

    #[test]
    fn ids_of_one_millisecond_differ_until_the_sequence_has_gone_round() {
        let now = Timestamp::from_millis(1_768_465_800_000);
        let first = compose(now, 1_000_000_000_000);
        assert_ne!(first, compose(now, 1_000_000_000_001));
        assert_eq!(first, compose(now, 1_000_000_000_000 + (1 << SEQUENCE_BITS)));
        assert_ne!(first, compose(now.plus_ms(1), 1_000_000_000_000));
    }
}
