//! ZStack's dates: `Nov 14, 2017 10:20:57 PM`, without a zone.
//!
//! The official Go client reads them eight hours east of UTC wherever it runs, the Java client in its own
//! zone; so the zone in which we print is a setting of its own, apart from the one that schedules use.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::Timestamp;

/// Prints an instant.
pub(crate) fn print(at: Timestamp, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_second(at.seconds()) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime("%b %-d, %Y %-I:%M:%S %p").to_string(),
        Err(_) => String::new(),
    }
}

/// What a zone is called, and its offset at this instant: `Asia/Shanghai`, `+08:00`. A fixed one has no other name
/// than its offset.
pub(crate) fn describe_zone(zone: &TimeZone, at: Timestamp) -> (String, String) {
    let instant = jiff::Timestamp::from_second(at.seconds()).unwrap_or_default();
    let offset = instant.to_zoned(zone.clone()).strftime("%:z").to_string();
    (zone.iana_name().map_or_else(|| offset.clone(), str::to_owned), offset)
}

/// Reads a date of a query condition, `2026-11-20 19:55:18` (the time may be missing), or one that we printed.
pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
        .or_else(|_| DateTime::strptime("%b %d, %Y %I:%M:%S %p", text))
        .or_else(|_| jiff::civil::Date::strptime("%Y-%m-%d", text).map(|date| date.at(0, 0, 0, 0)))
        .ok()?;
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_printed_as_clients_parse_them() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let night = Timestamp::from_millis(1_510_669_257_999);
        assert_eq!(print(night, &shanghai), "Nov 14, 2017 10:20:57 PM");
        assert_eq!(print(Timestamp::from_millis(1_767_196_805_000), &shanghai), "Jan 1, 2026 12:00:05 AM");
        assert_eq!(print(Timestamp::from_millis(1_767_240_005_000), &shanghai), "Jan 1, 2026 12:00:05 PM");
        for at in [1_510_669_257_000, 1_767_196_805_000, 1_767_240_005_000] {
            let at = Timestamp::from_millis(at);
            assert_eq!(read(&print(at, &shanghai), &shanghai), Some(at));
        }
    }

    #[test]
    fn conditions_give_dates_in_figures() {
        let zone = TimeZone::UTC;
        assert_eq!(read("1970-01-02 00:00:01", &zone), Some(Timestamp::from_millis(86_401_000)));
        assert_eq!(read("1970-01-02", &zone), Some(Timestamp::from_millis(86_400_000)));
        assert_eq!(read("yesterday", &zone), None);
    }
}
