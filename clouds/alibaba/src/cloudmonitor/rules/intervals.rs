//! Daily windows: `09:00-18:00`, several separated by commas, with the zone behind them where it is not the server's.

use std::fmt::Write as _;

use muster_alarms::Hours;

use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// So many windows may be given at once.
const MOST: usize = 24;

/// Reads a parameter that may hold windows; none where it is absent or empty.
pub(super) fn read(parameters: &Parameters, name: &str) -> Result<Vec<Hours>, Refusal> {
    let Some(text) = parameters.word(name) else { return Ok(Vec::new()) };
    let windows: Option<Vec<_>> = text.split(',').map(window).collect();
    windows.filter(|windows| windows.len() <= MOST).ok_or_else(|| {
        Refusal::illegal(name, "must look like 09:00-18:00 or 09:00-12:00,13:00-18:00 UTC+0800")
    })
}

fn window(text: &str) -> Option<Hours> {
    let text = text.trim();
    let (times, zone) = match text.split_once(' ') {
        Some((times, zone)) => (times, Some(offset(zone.trim())?)),
        None => (text, None),
    };
    let (from, to) = times.split_once('-')?;
    Some(Hours { from_minute: minute(from)?, to_minute: minute(to)?, zone })
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: u16| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number: &u16| is_number && *number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// `UTC+0700` as `+07:00`.
fn offset(text: &str) -> Option<String> {
    let digits = text.strip_prefix("UTC")?;
    let (sign, digits) = digits.split_at_checked(1)?;
    if !matches!(sign, "+" | "-") || digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let in_range = hours.parse::<u8>().ok()? <= 14 && minutes.parse::<u8>().ok()? < 60;
    in_range.then(|| format!("{sign}{hours}:{minutes}"))
}

/// The same windows as text; empty where there are none.
pub(super) fn text(windows: &[Hours]) -> String {
    let mut text = String::new();
    for (place, Hours { from_minute, to_minute, zone }) in windows.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let (from, to) = (clock(*from_minute), clock(*to_minute));
        let zone = zone.as_ref().map_or_else(String::new, |zone| format!(" UTC{}", zone.replace(':', "")));
        // Writing to a text cannot fail.
        let _ = write!(text, "{comma}{from}-{to}{zone}");
    }
    text
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(text: &str) -> Result<Vec<Hours>, Refusal> {
        read(
            &Parameters::from_pairs([("EffectiveInterval".to_owned(), text.to_owned())]),
            "EffectiveInterval",
        )
    }

    #[test]
    fn windows_come_back_as_they_were_put() {
        for text_of in ["", "00:00-23:59", "22:00-06:30", "09:00-12:00,13:00-18:00", "03:00-04:59 UTC+0700"] {
            assert_eq!(text(&windows(text_of).unwrap()), text_of);
        }
        let night = &windows("22:00-06:30").unwrap()[0];
        assert_eq!((night.from_minute, night.to_minute), (1320, 390));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        let many = vec!["00:00-00:01"; 25].join(",");
        let wrong = [
            "9:00-18:00",
            "09:00",
            "09:00-24:00",
            "09:60-10:00",
            "a",
            "00:00-01:00,",
            "00:00-01:00 CET",
            &many,
        ];
        for text in wrong {
            assert!(windows(text).is_err(), "{text}");
        }
        assert!(windows("00:00-01:00 UTC+9900").is_err() && windows("00:00-01:00 UTCé000").is_err());
    }
}
