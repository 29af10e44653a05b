//! When a mask is in force.

use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp, zone};
use serde::{Deserialize, Serialize};

/// When a mask is in force: always, if nothing is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct When {
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// In one of these windows of each day; the whole day when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub daily: Vec<Daily>,
}

/// A window of each day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daily {
    /// Its first second, counted from midnight.
    pub from_second: u32,
    /// The first second after it. Where that is not later than its first one, the window crosses midnight.
    pub to_second: u32,
    /// The zone whose days are meant: an IANA name or an offset such as `GMT+08:00`; the server's where absent.
    pub zone: Option<String>,
}

const DAY_SECONDS: u32 = 86_400;

impl When {
    /// # Errors
    /// [`Error::Invalid`] of `time`.
    pub(super) fn check(&self) -> Result<()> {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until <= from
        {
            return Err(Error::invalid("time", "the end must be later than the beginning"));
        }
        for window in &self.daily {
            if window.from_second >= DAY_SECONDS || window.to_second > DAY_SECONDS {
                return Err(Error::invalid("time", "a day has 24 hours"));
            }
            if let Some(name) = &window.zone
                && zone::find(name).is_none()
            {
                return Err(Error::invalid("time zone", format!("{name} is not known")));
            }
        }
        Ok(())
    }

    /// Whether it is past for good at `at`.
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at >= until)
    }

    /// Whether it holds at `at`; `server` is the zone of windows that name none.
    pub fn holds(&self, at: Timestamp, server: &TimeZone) -> bool {
        Schedule::new(self, server).holds(at)
    }
}

/// The same with its zones looked up, to be asked often.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    daily: Vec<(u32, u32, TimeZone)>,
}

impl Schedule {
    pub(super) fn new(when: &When, server: &TimeZone) -> Self {
        let zone_of = |window: &Daily| window.zone.as_deref().and_then(zone::find);
        let daily = when
            .daily
            .iter()
            .map(|window| {
                (window.from_second, window.to_second, zone_of(window).unwrap_or_else(|| server.clone()))
            })
            .collect();
        Self { from: when.from, until: when.until, daily }
    }

    pub(super) fn holds(&self, at: Timestamp) -> bool {
        if self.from.is_some_and(|from| at < from) || self.until.is_some_and(|until| at >= until) {
            return false;
        }
        self.daily.is_empty()
            || self.daily.iter().any(|(from, to, zone)| {
                let second = second_of_day(at, zone);
                if from < to { (*from..*to).contains(&second) } else { second >= *from || second < *to }
            })
    }
}

fn second_of_day(at: Timestamp, zone: &TimeZone) -> u32 {
    // Whoever comes from outside the calendar gets midnight; no clock does.
    let Ok(instant) = jiff::Timestamp::from_second(at.seconds()) else { return 0 };
    let time = zone.to_datetime(instant).time();
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(i8::unsigned_abs);
    u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn daily(from_second: u32, to_second: u32, zone: Option<&str>) -> When {
        let zone = zone.map(str::to_owned);
        When { daily: vec![Daily { from_second, to_second, zone }], ..When::default() }
    }

    #[test]
    fn spans_include_their_beginning_and_not_their_end() {
        let when = When {
            from: Some(at("2026-01-15T00:00:00Z")),
            until: Some(at("2026-01-16T00:00:00Z")),
            ..When::default()
        };
        for (instant, holds) in [
            ("2026-01-14T23:59:59.999Z", false),
            ("2026-01-15T00:00:00Z", true),
            ("2026-01-15T23:59:59.999Z", true),
            ("2026-01-16T00:00:00Z", false),
        ] {
            assert_eq!(when.holds(at(instant), &TimeZone::UTC), holds, "{instant}");
        }
        assert!(When::default().holds(at("1970-01-01T00:00:00Z"), &TimeZone::UTC));
    }

    #[test]
    fn windows_of_each_day_know_their_zone_and_may_cross_midnight() {
        let (three, five) = (3 * 3600, 5 * 3600);
        for (when, instant, holds) in [
            (daily(three, five, None), "2026-01-15T03:00:00Z", true),
            (daily(three, five, None), "2026-01-15T04:59:59Z", true),
            (daily(three, five, None), "2026-01-15T05:00:00Z", false),
            (daily(three, five, Some("UTC+0700")), "2026-01-14T20:00:00Z", true),
            (daily(three, five, Some("UTC+0700")), "2026-01-15T03:00:00Z", false),
            (daily(three, five, Some("Asia/Shanghai")), "2026-01-14T19:00:00Z", true),
            (daily(five, three, None), "2026-01-15T23:00:00Z", true),
            (daily(five, three, None), "2026-01-15T02:59:59Z", true),
            (daily(five, three, None), "2026-01-15T04:00:00Z", false),
            (daily(five, five, None), "2026-01-15T04:00:00Z", true),
            (daily(0, DAY_SECONDS, None), "2026-01-15T23:59:59Z", true),
        ] {
            assert_eq!(when.holds(at(instant), &TimeZone::UTC), holds, "{when:?} {instant}");
        }
    }

    #[test]
    fn what_can_never_hold_is_refused() {
        let reversed = When {
            from: Some(at("2026-01-16T00:00:00Z")),
            until: Some(at("2026-01-15T00:00:00Z")),
            ..When::default()
        };
        for when in [
            reversed,
            daily(DAY_SECONDS, 0, None),
            daily(0, DAY_SECONDS + 1, None),
            daily(0, 1, Some("Nowhere")),
        ] {
            assert!(when.check().is_err(), "{when:?}");
        }
        assert!(daily(0, 1, Some("GMT+08:00")).check().is_ok());
    }
}
