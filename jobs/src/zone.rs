//! Time zones as people write them.

use jiff::tz::{Offset, TimeZone};

/// The zone of this name: an IANA name, `GMT+8`, `UTC+08:00`, `Hongkong`; the server's when empty.
///
/// A name that nobody knows is UTC, with a warning: clients send `GTM+7` and expect success, and UTC is what the
/// look-up behind the vendor's scheduler makes of it.
pub(crate) fn named(name: &str, server: &TimeZone) -> TimeZone {
    let name = name.trim();
    if name.is_empty() {
        return server.clone();
    }
    if let Some(offset) = offset(name) {
        return TimeZone::fixed(offset);
    }
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::warn!(zone = name, "an unknown time zone counts as UTC");
        TimeZone::UTC
    })
}

/// `GMT+8`, `UTC+08:00`, `GMT`.
pub(crate) fn offset(zone: &str) -> Option<Offset> {
    let rest = zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC"))?;
    let (sign, rest) = match rest.as_bytes().first() {
        None => return Some(Offset::UTC),
        Some(b'+') => (1, &rest[1..]),
        Some(b'-') => (-1, &rest[1..]),
        Some(_) => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let number = |text: &str| {
        text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds() {
        let server = TimeZone::fixed(jiff::tz::offset(3));
        let hours = |name: &str| named(name, &server).to_offset(jiff::Timestamp::UNIX_EPOCH).seconds() / 3600;
        for (name, offset) in [
            ("", 3),
            ("Asia/Shanghai", 8),
            ("GMT+8", 8),
            ("UTC-05:00", -5),
            ("GMT", 0),
            ("Hongkong", 8),
            ("GTM+7", 0),
        ] {
            assert_eq!(hours(name), offset, "{name}");
        }
    }
}
