//! Time zones as people write them.

use jiff::tz::TimeZone;
use muster_core::zone;

/// The zone of this name: an IANA name, `GMT+8`, `UTC+08:00`, `Hongkong`; the server's when empty.
///
/// A name that nobody knows is UTC, with a warning: clients send `GTM+7` and expect success, and UTC is what the
/// look-up behind the vendor's scheduler makes of it.
pub(crate) fn named(name: &str, server: &TimeZone) -> TimeZone {
    let name = name.trim();
    if name.is_empty() {
        return server.clone();
    }
    zone::find(name).unwrap_or_else(|| {
        tracing::warn!(zone = name, "an unknown time zone counts as UTC");
        TimeZone::UTC
    })
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
