//! Triggers.

pub(crate) mod available;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod update;

use muster_core::Timestamp;
use muster_jobs::scheduled::RuleKind;
use muster_jobs::trigger::LATEST_SECOND;

use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// The fields that say when a trigger fires, as they were given.
struct GivenTiming {
    rule: Option<RuleKind>,
    cron: Option<String>,
    interval_s: Option<i64>,
    repeat: Option<i64>,
    start: Option<GivenStart>,
    stop: Option<Timestamp>,
}

/// When a trigger shall start.
#[derive(Clone, Copy)]
enum GivenStart {
    /// `startTime: 0`
    Now,
    At(Timestamp),
}

impl GivenTiming {
    fn read(input: &Input) -> Result<Self, Refusal> {
        let rule = input.text("schedulerType")?;
        let cron = input.text("cron")?;
        let (interval_s, repeat) = (input.integer("schedulerInterval")?, input.integer("repeatCount")?);
        let (start, stop) = (input.integer("startTime")?, input.integer("stopTime")?);
        let rule = match rule {
            None => None,
            Some(word) => Some(match check::one_of("schedulerType", &word, &["simple", "cron"])? {
                "cron" => RuleKind::Cron,
                _ => RuleKind::Simple,
            }),
        };
        Ok(Self {
            rule,
            // Terraform sends an empty expression and zeros for what a trigger does not have.
            cron: cron.filter(|text| !text.is_empty()),
            interval_s,
            repeat,
            start: start.map(read_start).transpose()?,
            stop: match stop.filter(|seconds| *seconds != 0) {
                None => None,
                Some(seconds) => Some(read_instant("stopTime", seconds)?),
            },
        })
    }
}

fn read_start(seconds: i64) -> Result<GivenStart, Refusal> {
    match seconds {
        0 => Ok(GivenStart::Now),
        seconds => read_instant("startTime", seconds).map(GivenStart::At),
    }
}

/// Times are given in seconds; milliseconds are far out of range.
fn read_instant(name: &str, seconds: i64) -> Result<Timestamp, Refusal> {
    if (0..=LATEST_SECOND).contains(&seconds) {
        return Ok(Timestamp::from_millis(seconds * 1000));
    }
    Err(Refusal::invalid(format!("{name}: {seconds} is not a number of seconds from 0 to {LATEST_SECOND}")))
}

impl GivenStart {
    /// The whole second that is meant.
    fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => Timestamp::from_millis(now.seconds() * 1000),
            Self::At(instant) => instant,
        }
    }
}
