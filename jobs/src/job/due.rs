//! When a job is due: its words about time turned into the rules that every trigger shares.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};

use super::model::{Time, TimeKind};
use crate::app_groups::Edition;
use crate::cron::Cron;
use crate::trigger::{LATEST_SECOND, Rule, Timing, Window};
use crate::zone;

/// What errors call a time expression that cannot be.
pub const TIME_EXPRESSION: &str = "time expression";
const SHORTEST_RATE_S: i64 = 10;
const LONGEST_DELAY_S: i64 = 60;
/// Enough differences to see an expression that fires within a minute now and then.
const FIRES_LOOKED_AT: usize = 8;

impl Time {
    /// Whether the words can be, and whether a due time is left after `now`.
    ///
    /// # Errors
    /// `Invalid` names "time expression", "start time" or "end time".
    pub(crate) fn check(&self, now: Timestamp, server: &TimeZone, edition: Edition) -> Result<()> {
        if self.not_after.is_some_and(|end| end <= now) {
            return Err(Error::invalid("end time", "it has passed already"));
        }
        if self.not_after.zip(self.not_before).is_some_and(|(end, start)| end <= start) {
            return Err(Error::invalid("end time", "it does not lie after the start time"));
        }
        let last = [self.not_before, self.not_after].into_iter().flatten().max();
        if last.is_some_and(|at| at.seconds() > LATEST_SECOND) {
            return Err(Error::invalid("end time", "must lie before 2038-01-18"));
        }
        let zone = zone::named(&self.zone, server);
        match self.kind {
            TimeKind::Api | TimeKind::None => Ok(()),
            TimeKind::FixedRate => self.seconds(SHORTEST_RATE_S, i64::from(i32::MAX)).map(drop),
            TimeKind::FixedDelay => self.seconds(1, LONGEST_DELAY_S).map(drop),
            TimeKind::Once => match instant(&self.expression, &zone) {
                None => Err(refuse(format!(
                    "'{}' is neither a time such as 2026-01-31 09:30:00 nor milliseconds",
                    self.expression
                ))),
                Some(at) if at <= now => Err(refuse(format!("'{}' has passed already", self.expression))),
                Some(at) if at.seconds() > LATEST_SECOND => {
                    Err(refuse(format!("'{}' lies beyond 2038-01-18", self.expression)))
                }
                Some(_) => Ok(()),
            },
            TimeKind::Cron => self.check_cron(now, &zone, edition),
        }
    }

    fn check_cron(&self, now: Timestamp, zone: &TimeZone, edition: Edition) -> Result<()> {
        let expression = quartz(&self.expression);
        let cron = Cron::parse(&expression).map_err(|why| refuse(format!("'{}': {why}", self.expression)))?;
        if cron.next_after(now, zone).is_none() {
            return Err(refuse(format!("'{}' never fires again", self.expression)));
        }
        if edition == Edition::Basic && is_dense(&cron, now, zone) {
            return Err(Error::conflict(
                super::NEEDS_PROFESSIONAL,
                format!("'{}' fires more often than once a minute", self.expression),
            ));
        }
        Ok(())
    }

    /// Whether it is due more often than once a minute, which takes the professional edition. Fixed rates and delays
    /// may be.
    pub(crate) fn is_dense(&self, from: Timestamp, server: &TimeZone) -> bool {
        let cron =
            if self.kind == TimeKind::Cron { Cron::parse(&quartz(&self.expression)).ok() } else { None };
        cron.is_some_and(|cron| is_dense(&cron, from, &zone::named(&self.zone, server)))
    }

    fn seconds(&self, least: i64, most: i64) -> Result<i64> {
        let seconds = self.expression.trim().parse().ok().filter(|seconds| (least..=most).contains(seconds));
        seconds.ok_or_else(|| {
            refuse(format!("'{}' is not a number of seconds from {least} to {most}", self.expression))
        })
    }

    /// The rule of due times that follow `anchor`: for fixed rates and delays, the first of them.
    fn timing(&self, anchor: Timestamp, zone: &TimeZone) -> Option<Timing> {
        let mut window = Window { not_before: self.not_before, not_after: self.not_after };
        let rule = match self.kind {
            TimeKind::Api | TimeKind::None => return None,
            TimeKind::Cron => Rule::Cron { expression: quartz(&self.expression) },
            TimeKind::FixedRate => {
                window.not_before = Some(anchor);
                Rule::Simple { interval_s: self.expression.trim().parse().ok(), repeat: 0 }
            }
            TimeKind::FixedDelay => {
                window.not_before = Some(anchor);
                Rule::Simple { interval_s: None, repeat: 1 }
            }
            TimeKind::Once => {
                window.not_before = instant(&self.expression, zone);
                Rule::Simple { interval_s: None, repeat: 1 }
            }
        };
        Some(Timing { rule, window })
    }

    /// The first due time of a job whose due times count from `now` on.
    pub(crate) fn first_due(&self, now: Timestamp, server: &TimeZone) -> Option<Timestamp> {
        let zone = zone::named(&self.zone, server);
        let start = self.not_before.filter(|start| *start > now);
        let anchor = match (self.kind, start) {
            (TimeKind::FixedRate, None) => now.plus_ms(self.step_ms()),
            (_, start) => start.unwrap_or(now),
        };
        // The first round of a fixed delay is due at once; everything else lies in the future.
        let after = if self.kind == TimeKind::FixedDelay { now.plus_ms(-1) } else { now };
        self.timing(anchor, &zone)?.next_after(after, &zone)
    }

    /// The due time after `due`. A fixed delay has none until its run has ended.
    pub(crate) fn due_after(&self, due: Timestamp, server: &TimeZone) -> Option<Timestamp> {
        if matches!(self.kind, TimeKind::FixedDelay | TimeKind::Once) {
            return None;
        }
        let zone = zone::named(&self.zone, server);
        self.timing(due, &zone)?.next_after(due, &zone)
    }

    /// The due time of a fixed delay after the round that ended at `end`.
    pub(crate) fn due_after_end(&self, end: Timestamp) -> Option<Timestamp> {
        if self.kind != TimeKind::FixedDelay {
            return None;
        }
        let due = end.plus_ms(self.step_ms());
        // A distance in seconds is the same in every zone.
        self.timing(due, &TimeZone::UTC)?.next_after(end, &TimeZone::UTC)
    }

    fn step_ms(&self) -> i64 {
        self.expression.trim().parse::<i64>().unwrap_or(1).saturating_mul(1000)
    }
}

fn is_dense(cron: &Cron, from: Timestamp, zone: &TimeZone) -> bool {
    let fires = std::iter::successors(cron.next_after(from, zone), |last| cron.next_after(*last, zone));
    let fires: Vec<Timestamp> = fires.take(FIRES_LOOKED_AT).collect();
    fires.windows(2).any(|pair| pair[1].since(pair[0]) < 60_000)
}

/// `*` in both day fields means every day here; Quartz wants one `?`.
fn quartz(expression: &str) -> String {
    let mut fields: Vec<&str> = expression.split_ascii_whitespace().collect();
    if fields.len() >= 6 && fields[3] == "*" && fields[5] == "*" {
        fields[5] = "?";
        return fields.join(" ");
    }
    expression.to_owned()
}

/// A local time or milliseconds since the epoch.
fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(ms) = text.parse::<i64>() {
        return Some(Timestamp::from_millis(ms));
    }
    let local: DateTime = text.parse().ok()?;
    let instant = zone.to_timestamp(local).ok()?;
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

fn refuse(why: String) -> Error {
    Error::invalid(TIME_EXPRESSION, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_768_465_800_000); // 2026-01-15T08:30:00Z
    const UTC: TimeZone = TimeZone::UTC;

    fn outcome(kind: TimeKind, expression: &str) -> String {
        match Time::of(kind, expression).check(NOW, &UTC, Edition::Basic) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.kind().to_owned(),
        }
    }

    #[test]
    fn expressions_that_can_be_and_that_cannot() {
        for (kind, expression, expected) in [
            (TimeKind::Cron, "0 0/5 * * * ?", "fine"),
            (TimeKind::Cron, "0 0 9 * * *", "fine"),
            (TimeKind::Cron, "*/5 * * * * ?", "conflict"),
            (TimeKind::Cron, "0 0 0 31 2 ?", "invalid"),
            (TimeKind::Cron, "0 9 * * *", "invalid"),
            (TimeKind::Cron, "0 0 0 1 1 ? 2020", "invalid"),
            (TimeKind::FixedRate, "10", "fine"),
            (TimeKind::FixedRate, "9", "invalid"),
            (TimeKind::FixedRate, "", "invalid"),
            (TimeKind::FixedDelay, "60", "fine"),
            (TimeKind::FixedDelay, "61", "invalid"),
            (TimeKind::Once, "2026-01-15 08:30:01", "fine"),
            (TimeKind::Once, "1768465800001", "fine"),
            (TimeKind::Once, "2026-01-15 08:30:00", "invalid"),
            (TimeKind::Once, "tomorrow", "invalid"),
            (TimeKind::Api, "", "fine"),
        ] {
            assert_eq!(outcome(kind, expression), expected, "{kind:?} {expression}");
        }
    }

    #[test]
    fn bounds() {
        let field = |start: Option<i64>, end: Option<i64>| {
            let at = |ms: Option<i64>| ms.map(|ms| NOW.plus_ms(ms));
            let time = Time { not_before: at(start), not_after: at(end), ..Time::api() };
            time.check(NOW, &UTC, Edition::Professional).is_ok()
        };
        assert!(field(None, Some(1)) && field(Some(1), Some(2)) && field(Some(-1), None));
        assert!(!field(None, Some(0)) && !field(Some(2), Some(2)));
    }

    #[test]
    fn first_and_next() {
        let rate = Time::of(TimeKind::FixedRate, "30");
        let first = rate.first_due(NOW, &UTC).unwrap();
        assert_eq!(first.since(NOW), 30_000);
        assert_eq!(rate.due_after(first, &UTC), Some(NOW.plus_ms(60_000)));
        let later = Time { not_before: Some(NOW.plus_ms(5_000)), ..rate };
        assert_eq!(later.first_due(NOW, &UTC), Some(NOW.plus_ms(5_000)));

        let delay = Time::of(TimeKind::FixedDelay, "7");
        assert_eq!(delay.first_due(NOW, &UTC), Some(NOW));
        assert_eq!(delay.due_after(NOW, &UTC), None);
        assert_eq!(delay.due_after_end(NOW.plus_ms(300)), Some(NOW.plus_ms(7_300)));

        let once = Time { zone: "GMT+8".into(), ..Time::of(TimeKind::Once, "2026-01-15 17:00:00") };
        assert_eq!(once.first_due(NOW, &UTC), Some(NOW.plus_ms(30 * 60_000)));
        assert_eq!(once.due_after(NOW.plus_ms(30 * 60_000), &UTC), None);

        let cron = Time { not_after: Some(NOW.plus_ms(60_000)), ..Time::of(TimeKind::Cron, "0 * * * * ?") };
        let next = cron.due_after(NOW, &UTC).unwrap();
        assert_eq!(next.since(NOW), 60_000);
        assert_eq!(cron.due_after(next, &UTC), None);
        assert_eq!(Time::api().first_due(NOW, &UTC), None);
    }
}
