//! The one spelling of time in signatures and envelopes: `2026-01-15T08:30:00Z`.

use muster_core::Timestamp;

/// How far a request's time may lie from ours, to either side, in milliseconds.
pub const WINDOW_MS: i64 = 15 * 60 * 1000;

/// The instant that `text` names; `None` unless it is written exactly as `YYYY-MM-DDThh:mm:ssZ`.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    const PATTERN: &[u8] = b"dddd-dd-ddTdd:dd:ddZ";
    let fits =
        |(byte, pattern): (u8, &u8)| if *pattern == b'd' { byte.is_ascii_digit() } else { byte == *pattern };
    if text.len() != PATTERN.len() || !text.bytes().zip(PATTERN).all(fits) {
        return None;
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

/// `instant` to the second, rounded down.
pub fn format_timestamp(instant: Timestamp) -> String {
    // Years past 9999 do not fit the format; no instant that a server draws lies there.
    jiff::Timestamp::from_second(instant.seconds()).map(|instant| instant.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let instant = parse_timestamp("2026-01-15T08:30:00Z").expect("well formed");
        assert_eq!(instant.millis(), 1_768_465_800_000);
        assert_eq!(format_timestamp(instant), "2026-01-15T08:30:00Z");
        assert_eq!(format_timestamp(instant.plus_ms(999)), "2026-01-15T08:30:00Z");
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "2026-01-15",
            "2026-01-15 08:30:00",
            "2026-01-15T08:30:00",
            "2026-01-15T08:30:00z",
            "2026-01-15T08:30:00.000Z",
            "2026-01-15T08:30:00+08:00",
            "2026-13-15T08:30:00Z",
            "2026-02-30T08:30:00Z",
            "2026-01-15T24:30:00Z",
            "+026-01-15T08:30:00Z",
            "２026-01-15T08:30Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
