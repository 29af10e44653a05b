//! Instants in requests, in all the spellings that CloudMonitor takes.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::Timestamp;

use super::Refusal;
use crate::rpc::{Parameters, parse_timestamp};

/// The zone of times that name none, in hours east of Greenwich: the vendor's default.
const ZONE_HOURS: i8 = 8;

/// Reads a parameter that names an instant.
pub(super) fn instant(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let text = parameters.word(name).map(str::trim);
    let read = |text| {
        parse(text).ok_or_else(|| {
            Refusal::illegal(name, "must be milliseconds, 2026-01-15T08:30:00Z or 2026-01-15 16:30:00")
        })
    };
    text.map(read).transpose()
}

/// An instant: milliseconds of 13 digits, seconds of 10, a UTC time as in signatures, a local time, or the compact form
/// of custom data.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return match text.len() {
            13 => Some(Timestamp::from_millis(number)),
            10 => Some(Timestamp::from_millis(number * 1000)),
            _ => None,
        };
    }
    if let Some(instant) = parse_timestamp(text) {
        return Some(instant);
    }
    let instant = match DateTime::strptime("%Y-%m-%d %H:%M:%S", text) {
        Ok(local) => local.to_zoned(TimeZone::fixed(jiff::tz::offset(ZONE_HOURS))).ok()?.timestamp(),
        Err(_) => jiff::Timestamp::strptime("%Y%m%dT%H%M%S%.f%z", text).ok()?,
    };
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_in_all_its_spellings() {
        for text in [
            "1768465800000",
            "1768465800",
            "2026-01-15T08:30:00Z",
            "2026-01-15 16:30:00",
            "20260115T163000.000+0800",
            "20260115T083000.000+0000",
        ] {
            assert_eq!(parse(text).map(Timestamp::millis), Some(1_768_465_800_000), "{text}");
        }
        assert_eq!(parse("20171012T132456.888+0800").map(Timestamp::millis), Some(1_507_785_896_888));
        for text in [
            "",
            "0",
            "-1768465800",
            "17684658000",
            "2026-01-15",
            "2026-13-15 16:30:00",
            "20260115T163000",
            "now",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
