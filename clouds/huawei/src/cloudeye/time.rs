//! Times as v2 writes them: UTC, whole seconds, always with `Z`. Strict clients take neither offsets nor numbers.

use muster_core::Timestamp;

/// `2026-01-15T08:30:00Z`.
pub(crate) fn text(instant: Timestamp) -> String {
    jiff::Timestamp::from_second(instant.seconds())
        .map_or_else(|_| instant.to_string(), |instant| instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_with_z() {
        assert_eq!(text(Timestamp::from_millis(1_768_465_800_999)), "2026-01-15T08:30:00Z");
    }
}
