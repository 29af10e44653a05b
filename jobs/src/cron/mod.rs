//! Cron expressions in Quartz's dialect: six fields (second, minute, hour, day of month, month, day of
//! week) and an optional year.
//!
//! This is our own evaluator because the common crates refuse or misread what Quartz accepts: `L-3`, `15W`,
//! `2#1`, ranges that wrap (`22-2`), `1/5`. The judge is a table of thousands of answers that Quartz itself
//! gave, `quartz.txt`. Nothing here knows of stores or of time zones' names: an expression is text, a set of seconds,
//! and the question "when next?".

mod evaluate;
mod field;
mod parse;
#[cfg(test)]
mod quartz;
#[cfg(test)]
mod tests;

use std::fmt;

use field::Values;

/// A checked cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    seconds: Values,
    minutes: Values,
    hours: Values,
    days: Days,
    months: Values,
    years: Values,
}

/// Which days fire: Quartz wants exactly one of the two day fields to be `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(Values),
    /// `L`, `L-3`, `LW`, `L-3W`: counted back from the month's end.
    FromMonthEnd {
        days_before: u32,
        on_weekday: bool,
    },
    /// `15W`: the weekday nearest to that day, within its month.
    NearestWeekday(u32),
    /// 1 is Sunday.
    OfWeek(Values),
    /// `6L`: the month's last Friday.
    LastOfWeekday(u32),
    /// `2#1`: the month's first Monday.
    NthOfWeekday {
        weekday: u32,
        nth: u32,
    },
}

/// Why an expression was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    /// Which field, in words: "day of week".
    pub field: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for CronError {}
