//! The hours at which a rule tells people.

use jiff::tz::TimeZone;
use muster_core::{Timestamp, zone};

use crate::model::{Hours, Telling};

/// Whether people may be told at this instant; `server` is the zone of hours that name none.
pub(super) fn are_now(telling: &Telling, at: Timestamp, server: &TimeZone) -> bool {
    let holds = |hours: &Hours| hold(hours, at, server);
    (telling.hours.is_empty() || telling.hours.iter().any(holds)) && !telling.quiet_hours.iter().any(holds)
}

fn hold(hours: &Hours, at: Timestamp, server: &TimeZone) -> bool {
    let named =
        hours.zone.as_deref().and_then(|name| zone::find(name).or_else(|| zone::find(&format!("GMT{name}"))));
    let zone = named.unwrap_or_else(|| server.clone());
    let Ok(instant) = jiff::Timestamp::from_second(at.seconds()) else { return false };
    let time = zone.to_datetime(instant).time();
    let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
    if hours.from_minute <= hours.to_minute {
        (hours.from_minute..=hours.to_minute).contains(&minute)
    } else {
        minute >= hours.from_minute || minute <= hours.to_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_a_day_end_with_their_last_minute_and_may_cross_midnight() {
        // 08:30 in UTC.
        let at = Timestamp::from_millis(1_768_465_800_000);
        let hours = |from: (u16, u16), to: (u16, u16), zone: Option<&str>| Hours {
            from_minute: from.0 * 60 + from.1,
            to_minute: to.0 * 60 + to.1,
            zone: zone.map(str::to_owned),
        };
        for (window, holds) in [
            (hours((0, 0), (23, 59), None), true),
            (hours((8, 30), (8, 30), None), true),
            (hours((8, 31), (8, 29), None), false),
            (hours((22, 0), (8, 30), None), true),
            (hours((16, 30), (16, 30), Some("GMT+08:00")), true),
            (hours((16, 30), (16, 30), Some("+08:00")), true),
            (hours((8, 30), (8, 30), Some("Asia/Shanghai")), false),
        ] {
            let mut telling = Telling { hours: vec![window.clone()], ..Telling::default() };
            assert_eq!(are_now(&telling, at, &TimeZone::UTC), holds, "{window:?}");
            telling = Telling { quiet_hours: vec![window.clone()], ..Telling::default() };
            assert_eq!(are_now(&telling, at, &TimeZone::UTC), !holds, "{window:?}");
        }
    }
}
