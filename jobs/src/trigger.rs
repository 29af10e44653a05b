//! What a trigger says about time, whoever owns it: a rule and the window in which the rule counts.
//!
//! Owners (scheduled jobs and their groups now) keep these in their own tables and ask only: is it sound,
//! when does it fire next, when does it fire last? Firing itself is not here.

use jiff::tz::TimeZone;
use muster_core::{Error, Result, Timestamp};

use crate::cron::Cron;

/// The latest instant a simple rule may reach, in seconds since the epoch: a month's safety before clients
/// with 32-bit time run over.
pub const LATEST_SECOND: i64 = 2_147_454_847;

/// How due times follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At the times that a cron expression names, in the schedule's time zone.
    Cron {
        /// The expression as it was given.
        expression: String,
    },
    /// From the window's start on, at a fixed distance.
    Simple {
        /// Seconds from one due time to the next; may be missing only for a single one.
        interval_s: Option<i64>,
        /// How many due times there are in all; 0 is without end.
        repeat: i64,
    },
}

/// When a rule counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first instant; a simple rule's first due time.
    pub not_before: Option<Timestamp>,
    /// The last instant.
    pub not_after: Option<Timestamp>,
}

/// A rule within its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How due times follow one another.
    pub rule: Rule,
    /// When they count.
    pub window: Window,
}

impl Timing {
    /// Whether this can ever fire after `now`.
    ///
    /// # Errors
    /// `Invalid` names the field: `schedule.cron`, `schedule.interval`, `schedule.repeat`,
    /// `schedule.start` or `schedule.stop`.
    pub fn check(&self, now: Timestamp, zone: &TimeZone) -> Result<()> {
        if let (Some(from), Some(to)) = (self.window.not_before, self.window.not_after)
            && to < from
        {
            return Err(Error::invalid("schedule.stop", "the window ends before it starts"));
        }
        for (field, instant) in
            [("schedule.start", self.window.not_before), ("schedule.stop", self.window.not_after)]
        {
            if instant.is_some_and(|at| at.seconds() > LATEST_SECOND || at.millis() < 0) {
                return Err(Error::invalid(field, "must lie between 1970 and 2038-01-18"));
            }
        }
        match &self.rule {
            Rule::Cron { expression } => {
                Cron::parse(expression)
                    .map_err(|error| Error::invalid("schedule.cron", format!("'{expression}': {error}")))?;
            }
            Rule::Simple { interval_s, repeat } => self.check_simple(*interval_s, *repeat)?,
        }
        if self.is_over(now) {
            return Err(Error::invalid("schedule.stop", "the last due time has passed already"));
        }
        if self.next_after(now, zone).is_none() && !matches!(self.rule, Rule::Simple { .. }) {
            return Err(Error::invalid("schedule.cron", "the expression never fires in this window"));
        }
        Ok(())
    }

    fn check_simple(&self, interval_s: Option<i64>, repeat: i64) -> Result<()> {
        if self.window.not_before.is_none() {
            return Err(Error::invalid("schedule.start", "a simple rule needs its first due time"));
        }
        if !(0..=i64::from(i32::MAX)).contains(&repeat) {
            return Err(Error::invalid(
                "schedule.repeat",
                format!("{repeat} is not between 0 and 2147483647"),
            ));
        }
        match interval_s {
            None if repeat == 1 => {}
            None => {
                return Err(Error::invalid("schedule.interval", "needed unless there is just one due time"));
            }
            Some(interval) if !(1..=i64::from(i32::MAX)).contains(&interval) => {
                return Err(Error::invalid(
                    "schedule.interval",
                    format!("{interval} is not between 1 and 2147483647"),
                ));
            }
            Some(_) => {}
        }
        if self.last_of_repeats().is_some_and(|last| last.seconds() > LATEST_SECOND) {
            return Err(Error::invalid("schedule.repeat", "the last due time lies beyond 2038-01-18"));
        }
        Ok(())
    }

    /// The last due time that a limited number of repeats leads to.
    fn last_of_repeats(&self) -> Option<Timestamp> {
        let (Rule::Simple { interval_s, repeat }, Some(start)) = (&self.rule, self.window.not_before) else {
            return None;
        };
        match repeat {
            0 => None,
            repeat => {
                let steps = (repeat - 1).saturating_mul(interval_s.unwrap_or(0));
                Some(start.plus_ms(steps.saturating_mul(1000)))
            }
        }
    }

    /// The instant after which nothing is due: the end of the repeats or of the window, whichever is
    /// earlier; `None` where there is no end.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match (self.last_of_repeats(), self.window.not_after) {
            (Some(last), Some(end)) => Some(last.min(end)),
            (last, end) => last.or(end),
        }
    }

    /// Whether no due time is left at `now`. A due time within the present second still counts.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at().is_some_and(|end| end.seconds() < now.seconds())
    }

    /// The first due time after `after`.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let next = match &self.rule {
            Rule::Cron { expression } => {
                let earliest = self.window.not_before.map(|start| start.plus_ms(-1));
                let after = earliest.map_or(after, |earliest| earliest.max(after));
                Cron::parse(expression).ok()?.next_after(after, zone)?
            }
            Rule::Simple { interval_s, .. } => {
                let start = self.window.not_before?;
                if after < start {
                    start
                } else {
                    let interval_ms = interval_s.filter(|interval| *interval > 0)?.saturating_mul(1000);
                    start.plus_ms((after.since(start) / interval_ms + 1).saturating_mul(interval_ms))
                }
            }
        };
        match self.ends_at() {
            Some(end) if next > end => None,
            _ => Some(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn simple(start_s: i64, interval_s: Option<i64>, repeat: i64) -> Timing {
        Timing {
            rule: Rule::Simple { interval_s, repeat },
            window: Window { not_before: Some(Timestamp::from_millis(start_s * 1000)), not_after: None },
        }
    }

    fn cron(expression: &str) -> Timing {
        Timing { rule: Rule::Cron { expression: expression.to_owned() }, window: Window::default() }
    }

    fn refused_field(timing: &Timing) -> Option<String> {
        match timing.check(NOW, &TimeZone::UTC) {
            Ok(()) => None,
            Err(Error::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_simple_rule_counts_its_due_times() {
        let start = NOW.seconds();
        let four = simple(start, Some(3), 4);
        assert_eq!(four.ends_at(), Some(NOW.plus_ms(9_000)));
        let mut at = NOW.plus_ms(-1);
        let mut due = Vec::new();
        while let Some(next) = four.next_after(at, &TimeZone::UTC) {
            due.push(next.since(NOW));
            at = next;
        }
        assert_eq!(due, [0, 3_000, 6_000, 9_000]);
        assert_eq!(simple(start, None, 1).ends_at(), Some(NOW));
        assert_eq!(simple(start, Some(3), 0).ends_at(), None);
    }

    #[test]
    fn a_start_in_the_past_is_fine_while_the_end_is_open() {
        let past = NOW.seconds() - 10;
        assert_eq!(refused_field(&simple(past, Some(7), 0)), None);
        assert_eq!(refused_field(&simple(past, Some(7), 3)), None);
        assert_eq!(refused_field(&simple(past, Some(7), 2)), Some("schedule.stop".to_owned()));
        assert_eq!(refused_field(&simple(past, None, 1)), Some("schedule.stop".to_owned()));
    }

    #[test]
    fn simple_rules_that_cannot_be() {
        let start = NOW.seconds();
        let field = |timing: Timing| refused_field(&timing).unwrap_or_default();
        assert_eq!(field(simple(start, None, 0)), "schedule.interval");
        assert_eq!(field(simple(start, None, 2)), "schedule.interval");
        assert_eq!(field(simple(start, Some(0), 0)), "schedule.interval");
        assert_eq!(field(simple(start, Some(1 << 31), 0)), "schedule.interval");
        assert_eq!(field(simple(start, Some(1), -1)), "schedule.repeat");
        assert_eq!(field(simple(start, Some(i64::from(i32::MAX)), 3)), "schedule.repeat");
        assert_eq!(field(simple(LATEST_SECOND + 1, Some(1), 0)), "schedule.start");
        assert_eq!(field(simple(-1, Some(1), 0)), "schedule.start");
        // Milliseconds given for seconds.
        assert_eq!(field(simple(1_800_000_000_000, Some(1), 0)), "schedule.start");
    }

    #[test]
    fn a_cron_rule_must_have_a_future() {
        assert_eq!(refused_field(&cron("0 0 0 * * ?")), None);
        assert_eq!(refused_field(&cron("0 0 0 31 2 ?")), Some("schedule.cron".to_owned()));
        assert_eq!(refused_field(&cron("0 0 0 * *")), Some("schedule.cron".to_owned()));
        let mut windowed = cron("0 0 0 * * ?");
        windowed.window = Window { not_before: Some(NOW), not_after: Some(NOW.plus_ms(1_000)) };
        assert_eq!(refused_field(&windowed), Some("schedule.cron".to_owned()));
        windowed.window.not_after = Some(NOW.plus_ms(-1_000));
        assert_eq!(refused_field(&windowed), Some("schedule.stop".to_owned()));
    }

    #[test]
    fn a_cron_rule_waits_for_its_window() {
        let mut timing = cron("0 0 0 * * ?");
        let week = 7 * 86_400_000;
        timing.window.not_before = Some(NOW.plus_ms(week));
        let next = timing.next_after(NOW, &TimeZone::UTC).unwrap();
        assert!(next >= NOW.plus_ms(week) && next < NOW.plus_ms(week + 86_400_000));
    }
}
