//! Instants as people read them: how long ago, with the exact instant behind it.

use jiff::tz::TimeZone;
use muster_core::Timestamp;

use crate::text::Lang;

/// An instant, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    /// "3 min ago".
    pub(crate) ago: String,
    /// "2026-01-15 08:30:00 UTC"; the script turns it into the viewer's zone.
    pub(crate) exact: String,
    /// For machines.
    pub(crate) iso: String,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl When {
    pub(crate) fn new(lang: Lang, now: Timestamp, instant: Timestamp) -> Self {
        Self { ago: ago(lang, now, instant), exact: exact(instant), iso: instant.to_string() }
    }
}

/// `instant` to the second, in UTC.
pub(crate) fn exact(instant: Timestamp) -> String {
    written(instant, "%Y-%m-%d %H:%M:%S UTC")
}

/// The hour of `instant`, in UTC.
pub(crate) fn hour(instant: Timestamp) -> String {
    written(instant, "%H:00")
}

fn written(instant: Timestamp, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(instant.millis()) {
        Ok(instant) => instant.to_zoned(TimeZone::UTC).strftime(format).to_string(),
        Err(_) => instant.to_string(),
    }
}

fn ago(lang: Lang, now: Timestamp, instant: Timestamp) -> String {
    let distance = now.since(instant);
    let (past, future) = match distance.abs() {
        ms if ms < 10 * SECOND && distance > -SECOND => return lang.t("time.now").to_owned(),
        ms if ms < MINUTE => (("time.seconds.ago", ms / SECOND), ("time.seconds.in", ms / SECOND)),
        ms if ms < HOUR => (("time.minutes.ago", ms / MINUTE), ("time.minutes.in", ms / MINUTE)),
        ms if ms < DAY => (("time.hours.ago", ms / HOUR), ("time.hours.in", ms / HOUR)),
        ms if ms < 30 * DAY => (("time.days.ago", ms / DAY), ("time.days.in", ms / DAY)),
        _ => return written(instant, "%Y-%m-%d"),
    };
    let (key, n) = if distance >= 0 { past } else { future };
    lang.count(key, n.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_said_in_the_unit_that_fits() {
        let now = Timestamp::from_millis(1_768_465_800_000);
        for (ms, en, zh) in [
            (0, "just now", "刚刚"),
            (42 * SECOND, "42 s ago", "42 秒前"),
            (5 * MINUTE + SECOND, "5 min ago", "5 分钟前"),
            (HOUR, "1 h ago", "1 小时前"),
            (26 * HOUR, "1 day ago", "1 天前"),
            (3 * DAY, "3 days ago", "3 天前"),
            (-2 * HOUR, "in 2 h", "2 小时后"),
            (-4 * SECOND, "in 4 s", "4 秒后"),
            (40 * DAY, "2025-12-06", "2025-12-06"),
        ] {
            let then = now.plus_ms(-ms);
            assert_eq!(When::new(Lang::En, now, then).ago, en);
            assert_eq!(When::new(Lang::Zh, now, then).ago, zh);
        }
        assert_eq!(exact(now), "2026-01-15 08:30:00 UTC");
    }
}
