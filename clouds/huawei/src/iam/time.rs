//! Times as IAM writes them: UTC with six decimals, which SDKs parse literally.

use muster_core::Timestamp;

/// `2026-01-15T08:30:00.000000Z`.
pub(super) fn text(instant: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(instant.millis())
        .map_or_else(|_| instant.to_string(), |instant| format!("{instant:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decimals_and_z() {
        assert_eq!(text(Timestamp::from_millis(1_768_465_800_123)), "2026-01-15T08:30:00.123000Z");
    }
}
