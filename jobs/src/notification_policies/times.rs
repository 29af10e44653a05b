//! The text that says at what times of the week a channel may be used.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use muster_core::{Error, Result, Timestamp};
use serde::Deserialize;

use muster_core::zone::offset;

/// How the text names itself in errors.
pub const TIMES: &str = "channel time range";
const CHANNELS: [&str; 4] = ["sms", "webhook", "mail", "phone"];
const ALL: &str = "all";
const MINUTES_OF_DAY: u16 = 24 * 60;

/// At what times of the week which channels may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelTimes {
    channels: Vec<String>,
    /// Whether a robot's text calls everybody in the chat.
    at_all: bool,
    /// The zone in which times of day are meant; the server's when absent.
    offset: Option<Offset>,
    /// By channel, or once under `all`.
    ranges: BTreeMap<String, Vec<Range>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    /// Minutes of the day; the end is included to its last second, as people mean "18:00 to 23:59".
    start: u16,
    end: u16,
    /// Monday is 1.
    days: Vec<i8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    send_channel: String,
    timezone: Option<String>,
    webhook_is_at_all: Option<serde_json::Value>,
    time_ranges: BTreeMap<String, Vec<RangeText>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeText {
    start_time: String,
    end_time: String,
    days_of_week: Vec<i8>,
}

impl ChannelTimes {
    /// Reads the JSON text of a policy.
    ///
    /// # Errors
    /// `Invalid` with the field [`TIMES`].
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: String| Error::invalid(TIMES, why);
        let text: Text =
            serde_json::from_str(text).map_err(|error| refuse(format!("it cannot be read: {error}")))?;
        let channels: Vec<String> = text.send_channel.split(',').map(|name| name.trim().to_owned()).collect();
        if let Some(unknown) = channels.iter().find(|name| !CHANNELS.contains(&name.as_str())) {
            return Err(refuse(format!("sendChannel names an unknown channel: {unknown:?}")));
        }
        let at_all = match &text.webhook_is_at_all {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Bool(at_all)) => *at_all,
            Some(serde_json::Value::String(word)) if matches!(word.as_str(), "true" | "false") => {
                word == "true"
            }
            Some(_) => return Err(refuse("webhookIsAtAll is neither true nor false".to_owned())),
        };
        let zone = text.timezone.as_deref().filter(|zone| !zone.is_empty());
        let offset = zone
            .map(|zone| {
                offset(zone)
                    .ok_or_else(|| refuse(format!("timezone {zone:?} is not of the form GMT+8 or UTC+08:00")))
            })
            .transpose()?;
        if text.time_ranges.is_empty() {
            return Err(refuse("timeRanges is empty".to_owned()));
        }
        if text.time_ranges.contains_key(ALL) && text.time_ranges.len() > 1 {
            return Err(refuse("timeRanges has \"all\" and further channels".to_owned()));
        }
        let mut ranges = BTreeMap::new();
        for (channel, texts) in text.time_ranges {
            if channel != ALL && !channels.contains(&channel) {
                return Err(refuse(format!("timeRanges names {channel:?}, which sendChannel does not")));
            }
            let parsed: Result<Vec<Range>, String> = texts.iter().map(range).collect();
            ranges.insert(channel, parsed.map_err(refuse)?);
        }
        Ok(Self { channels, at_all, offset, ranges })
    }

    /// Whether a robot's text calls everybody in the chat.
    pub fn at_all(&self) -> bool {
        self.at_all
    }

    /// Whether `channel` may be used at some time.
    pub fn names(&self, channel: &str) -> bool {
        self.channels.iter().any(|name| name == channel)
    }

    /// Whether `channel` may be used at `instant`; `zone` is the server's.
    pub fn allow(&self, channel: &str, instant: Timestamp, zone: &TimeZone) -> bool {
        if !self.names(channel) {
            return false;
        }
        let Some(ranges) = self.ranges.get(channel).or_else(|| self.ranges.get(ALL)) else { return false };
        let Ok(instant) = jiff::Timestamp::from_millisecond(instant.millis()) else { return false };
        let zone = self.offset.map_or_else(|| zone.clone(), TimeZone::fixed);
        let local = zone.to_datetime(instant);
        let minute =
            u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or_default();
        ranges.iter().any(|range| range.holds(local.weekday(), minute))
    }
}

impl Range {
    /// A range that ends before it starts goes past midnight and belongs to the day on which it starts.
    fn holds(&self, day: Weekday, minute: u16) -> bool {
        let on = |day: Weekday| self.days.contains(&day.to_monday_one_offset());
        if self.start <= self.end {
            return on(day) && (self.start..=self.end).contains(&minute);
        }
        (on(day) && minute >= self.start) || (on(day.previous()) && minute <= self.end)
    }
}

fn range(text: &RangeText) -> Result<Range, String> {
    let minutes = |time: &str| {
        minute_of_day(time).ok_or_else(|| format!("{time:?} is not a time of day such as 09:30"))
    };
    if text.days_of_week.is_empty() || text.days_of_week.iter().any(|day| !(1..=7).contains(day)) {
        return Err("daysOfWeek is not a list of days from 1 (Monday) to 7".to_owned());
    }
    let start = minutes(&text.start_time)?;
    if start == MINUTES_OF_DAY {
        return Err("startTime 24:00 belongs to the next day".to_owned());
    }
    Ok(Range { start, end: minutes(&text.end_time)?, days: text.days_of_week.clone() })
}

/// `HH:mm` up to `24:00`.
fn minute_of_day(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= MINUTES_OF_DAY).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEKDAYS: &str = r#"{"sendChannel":"sms,mail","timezone":"GMT+8","webhookIsAtAll":"false",
        "timeRanges":{"all":[{"startTime":"09:00","endTime":"18:00","daysOfWeek":[1,2,3,4,5]}]}}"#;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().expect("an instant");
        Timestamp::from_millis(instant.as_millisecond())
    }

    #[test]
    fn a_channel_is_silent_outside_its_ranges() {
        let times = ChannelTimes::parse(WEEKDAYS).expect("valid");
        let allow = |channel: &str, instant: &str| times.allow(channel, at(instant), &TimeZone::UTC);
        // 2026-01-15 is a Thursday.
        assert!(allow("sms", "2026-01-15T01:00:00Z"));
        assert!(!allow("sms", "2026-01-15T00:59:59Z"));
        assert!(allow("mail", "2026-01-15T10:00:59Z"));
        assert!(!allow("mail", "2026-01-15T10:01:00Z"));
        assert!(!allow("sms", "2026-01-17T05:00:00Z"), "Saturday");
        assert!(!allow("phone", "2026-01-15T05:00:00Z"), "not among its channels");
    }

    #[test]
    fn nights_belong_to_the_day_on_which_they_start() {
        let text = r#"{"sendChannel":"phone","timeRanges":{"phone":[{"startTime":"22:00","endTime":"06:00","daysOfWeek":[5]}]}}"#;
        let times = ChannelTimes::parse(text).expect("valid");
        let allow = |instant: &str| times.allow("phone", at(instant), &TimeZone::UTC);
        assert!(allow("2026-01-16T23:00:00Z"));
        assert!(allow("2026-01-17T06:00:00Z"));
        assert!(!allow("2026-01-16T05:00:00Z"));
        assert!(!allow("2026-01-17T22:30:00Z"));
    }

    #[test]
    fn zones() {
        for (zone, seconds) in [("GMT+8", 28_800), ("UTC+08:00", 28_800), ("UTC-05:30", -19_800), ("GMT", 0)]
        {
            assert_eq!(offset(zone).map(Offset::seconds), Some(seconds), "{zone}");
        }
        for zone in ["", "Asia/Shanghai", "GMT+", "GMT+99", "GMT8", "UTC+8:60", "GMT++8"] {
            let text = WEEKDAYS.replace("GMT+8", zone);
            assert_eq!(ChannelTimes::parse(&text).is_ok(), zone.is_empty(), "{zone}");
        }
    }

    #[test]
    fn what_is_refused() {
        let all = |ranges: &str| format!(r#"{{"sendChannel":"sms","timeRanges":{ranges}}}"#);
        let range = |start: &str, end: &str, days: &str| {
            all(&format!(r#"{{"all":[{{"startTime":"{start}","endTime":"{end}","daysOfWeek":{days}}}]}}"#))
        };
        assert!(ChannelTimes::parse(&range("00:00", "24:00", "[1,7]")).is_ok());
        for text in [
            String::new(),
            "[]".to_owned(),
            "{}".to_owned(),
            all("{}"),
            all(r#"{"mail":[]}"#),
            all(r#"{"all":[],"sms":[]}"#),
            all("[]"),
            r#"{"sendChannel":"pigeon","timeRanges":{"all":[]}}"#.to_owned(),
            r#"{"sendChannel":"","timeRanges":{"all":[]}}"#.to_owned(),
            range("9:00", "18:00", "[1]"),
            range("09:00", "25:00", "[1]"),
            range("24:00", "24:00", "[1]"),
            range("09:60", "18:00", "[1]"),
            range("09:00", "18:00", "[]"),
            range("09:00", "18:00", "[0]"),
            range("09:00", "18:00", "[8]"),
        ] {
            assert!(matches!(ChannelTimes::parse(&text), Err(Error::Invalid { .. })), "{text}");
        }
    }
}
