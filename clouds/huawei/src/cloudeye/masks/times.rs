//! When a mask is in force, as bodies and answers have it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use muster_alarms::masks::{Daily, When};
use muster_core::{Timestamp, zone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::request::{Malformed, required};

/// The fields of a body that say when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Times {
    mask_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_timezone: Option<String>,
}

const SPAN: &str = "START_END_TIME";
const FOREVER: &str = "FOREVER_TIME";
const DAILY: &str = "CYCLE_TIME";

impl Times {
    /// Whether the body says anything about it.
    pub(super) fn is_given(&self) -> bool {
        self.mask_type.is_some()
    }

    /// Reads them; what is meant where no zone is named is `server`'s time.
    pub(super) fn read(&self) -> Result<Meant, Malformed> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let kind = required("mask_type", filled(&self.mask_type))?;
        let zone = filled(&self.effective_timezone);
        if zone.as_deref().is_some_and(|name| name.len() > 16 || zone::find(name).is_none()) {
            return Err(Malformed::field("effective_timezone", "must be of the form GMT+08:00"));
        }
        let (start_date, end_date) = (filled(&self.start_date), filled(&self.end_date));
        let start_date = start_date.as_deref().map(|text| date("start_date", text)).transpose()?;
        let end_date = end_date.as_deref().map(|text| date("end_date", text)).transpose()?;
        let (start_time, end_time) = (filled(&self.start_time), filled(&self.end_time));
        let start_time = start_time.as_deref().map(|text| time("start_time", text)).transpose()?;
        let end_time = end_time.as_deref().map(|text| time("end_time", text)).transpose()?;
        let shape = match kind.as_str() {
            FOREVER => Shape::Forever,
            SPAN => Shape::Span {
                from: required("start_date", start_date)?.to_datetime(required("start_time", start_time)?),
                until: required("end_date", end_date)?.to_datetime(required("end_time", end_time)?),
            },
            DAILY => Shape::Daily {
                from: required("start_time", start_time)?,
                to: required("end_time", end_time)?,
                first: start_date,
                last: end_date,
            },
            _ => {
                let why = format!("must be one of {SPAN}, {FOREVER}, {DAILY}");
                return Err(Malformed::field("mask_type", why));
            }
        };
        Ok(Meant { texts: self.clone(), zone, shape })
    }

    /// The fields of an answer: those that were sent. Strict clients cannot read an empty date.
    pub(super) fn write(&self, body: &mut Map<String, Value>) {
        body.insert("mask_type".to_owned(), json!(self.mask_type));
        for (name, text) in [
            ("start_date", &self.start_date),
            ("start_time", &self.start_time),
            ("end_date", &self.end_date),
            ("end_time", &self.end_time),
            ("effective_timezone", &self.effective_timezone),
        ] {
            if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
                body.insert(name.to_owned(), json!(text));
            }
        }
    }
}

/// What the fields mean, as far as it can be said without the server's zone.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    pub(super) texts: Times,
    zone: Option<String>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Forever,
    Span { from: DateTime, until: DateTime },
    Daily { from: Time, to: Time, first: Option<Date>, last: Option<Date> },
}

impl Meant {
    /// In the feature's words.
    pub(super) fn when(&self, server: &TimeZone) -> When {
        let zone = self.zone.as_deref().and_then(zone::find).unwrap_or_else(|| server.clone());
        let instant = |at: DateTime| {
            let zoned = zone.to_ambiguous_timestamp(at).compatible().ok();
            zoned.map(|instant| Timestamp::from_millis(instant.as_millisecond()))
        };
        match self.shape {
            Shape::Forever => When::default(),
            Shape::Span { from, until } => {
                When { from: instant(from), until: instant(until), daily: Vec::new() }
            }
            Shape::Daily { from, to, first, last } => {
                let crosses_midnight = to <= from;
                // A window that crosses midnight belongs to the day on which it begins.
                let last =
                    last.and_then(|day| if crosses_midnight { day.tomorrow().ok() } else { Some(day) });
                When {
                    from: first.and_then(|day| instant(day.to_datetime(from))),
                    until: last.and_then(|day| instant(day.to_datetime(to))),
                    daily: vec![Daily {
                        from_second: second(from),
                        to_second: second(to),
                        zone: self.zone.clone(),
                    }],
                }
            }
        }
    }
}

fn second(time: Time) -> u32 {
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(i8::unsigned_abs);
    u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second)
}

fn date(field: &str, text: &str) -> Result<Date, Malformed> {
    let fits = text.len() == 10;
    text.parse()
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| Malformed::field(field, "must be of the form yyyy-MM-dd"))
}

fn time(field: &str, text: &str) -> Result<Time, Malformed> {
    let fits = matches!(text.len(), 5 | 8);
    text.parse().ok().filter(|_| fits).ok_or_else(|| Malformed::field(field, "must be of the form HH:mm:ss"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(kind: &str, fields: [&str; 4], zone: Option<&str>) -> Times {
        let [start_date, start_time, end_date, end_time] =
            fields.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
        let effective_timezone = zone.map(str::to_owned);
        Times {
            mask_type: Some(kind.to_owned()),
            start_date,
            start_time,
            end_date,
            end_time,
            effective_timezone,
        }
    }

    fn holds(times: &Times, at: &str) -> bool {
        let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let server = TimeZone::get("Asia/Shanghai").unwrap();
        times.read().unwrap().when(&server).holds(Timestamp::from_millis(at), &server)
    }

    #[test]
    fn each_type_is_in_force_when_it_says() {
        let span = times(SPAN, ["2026-01-15", "10:00:00", "2026-01-16", "09:00"], Some("GMT+00:00"));
        let daily = times(DAILY, ["2026-01-15", "08:00:00", "2026-01-16", "09:00:00"], None);
        let nightly = times(DAILY, ["2026-01-15", "22:00:00", "2026-01-15", "06:00:00"], Some("GMT-03:00"));
        for (times, at, expected) in [
            (&times(FOREVER, [""; 4], None), "2100-01-01T00:00:00Z", true),
            (&span, "2026-01-15T09:59:59Z", false),
            (&span, "2026-01-15T10:00:00Z", true),
            (&span, "2026-01-16T08:59:59Z", true),
            (&span, "2026-01-16T09:00:00Z", false),
            // In the server's zone it is eight hours later.
            (&daily, "2026-01-15T00:30:00Z", true),
            (&daily, "2026-01-15T01:00:00Z", false),
            (&daily, "2026-01-16T00:30:00Z", true),
            (&daily, "2026-01-14T00:30:00Z", false),
            (&daily, "2026-01-17T00:30:00Z", false),
            // The night of the 15th ends on the 16th, and the one before is not meant.
            (&nightly, "2026-01-15T05:00:00Z", false),
            (&nightly, "2026-01-16T01:00:00Z", true),
            (&nightly, "2026-01-16T08:59:59Z", true),
            (&nightly, "2026-01-16T09:00:00Z", false),
            (&nightly, "2026-01-17T01:00:00Z", false),
        ] {
            assert_eq!(holds(times, at), expected, "{times:?} {at}");
        }
    }

    #[test]
    fn what_is_incomplete_or_no_time_is_refused() {
        for times in [
            times("SOMETIMES", [""; 4], None),
            times("", [""; 4], None),
            times(SPAN, ["2026-01-15", "10:00:00", "2026-01-16", ""], None),
            times(SPAN, ["2026-01-15", "", "2026-01-16", "10:00:00"], None),
            times(SPAN, ["2026-02-30", "10:00:00", "2026-03-16", "10:00:00"], None),
            times(SPAN, ["2026-1-15", "10:00:00", "2026-03-16", "10:00:00"], None),
            times(DAILY, ["", "24:00:00", "", "10:00:00"], None),
            times(DAILY, ["", "", "", "10:00:00"], None),
            times(FOREVER, [""; 4], Some("Mars")),
        ] {
            assert!(times.read().is_err(), "{times:?}");
        }
    }
}
