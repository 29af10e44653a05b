//! `X-Sdk-Date`: the instant at which a client says it signed.

use jiff::civil;
use muster_core::Timestamp;

/// How far a client's clock may be from ours, in either direction.
const WINDOW_MS: i64 = 15 * 60 * 1000;

/// Reads `YYYYMMDDTHHMMSSZ`; every other form is `None`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let small = |range| digits(range).and_then(|number| i8::try_from(number).ok());
    if text.len() != 16 || text.get(8..9)? != "T" || text.get(15..)? != "Z" {
        return None;
    }
    let moment = civil::DateTime::new(
        digits(0..4)?,
        small(4..6)?,
        small(6..8)?,
        small(9..11)?,
        small(11..13)?,
        small(13..15)?,
        0,
    )
    .ok()?;
    let instant = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

/// The same form, for people.
pub(crate) fn format(instant: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(instant.millis())
        .map_or_else(|_| instant.to_string(), |instant| instant.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// Whether a signature made at `signed` may still be used.
pub(crate) fn is_fresh(signed: Timestamp, now: Timestamp) -> bool {
    now.since(signed).abs() <= WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_basic_form_is_a_date() {
        let instant = Timestamp::from_millis(1_768_465_800_000);
        assert_eq!(parse("20260115T083000Z"), Some(instant));
        assert_eq!(format(instant), "20260115T083000Z");
        for text in [
            "",
            "20260115T083000",
            "2026-01-15T08:30:00Z",
            "20260115T083000z",
            "20261315T083000Z",
            "20260230T083000Z",
            "+0260115T083000Z",
            "2026011５T083000Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn fifteen_minutes_in_either_direction() {
        let now = Timestamp::from_millis(1_768_465_800_000);
        for (offset, fresh) in
            [(0, true), (900_000, true), (-900_000, true), (901_000, false), (-901_000, false)]
        {
            assert_eq!(is_fresh(now.plus_ms(offset), now), fresh, "{offset}");
        }
    }
}
