//! Rows that Quartz 2.3.2 produced: an expression, and the local times at which it fires next.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::Timestamp;

use super::Cron;

fn instant(text: &str, zone: &TimeZone) -> Timestamp {
    let local: DateTime = text.parse().unwrap();
    Timestamp::from_millis(zone.to_ambiguous_timestamp(local).compatible().unwrap().as_millisecond())
}

fn next_times(text: &str, after: Timestamp, zone: &TimeZone, count: usize) -> Vec<String> {
    let cron = Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut at = after;
    let mut found = Vec::new();
    while found.len() < count {
        let Some(next) = cron.next_after(at, zone) else { break };
        let zoned = jiff::Timestamp::from_millisecond(next.millis()).unwrap().to_zoned(zone.clone());
        found.push(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        at = next;
    }
    found
}

/// In UTC, after 2026-01-01 00:00:00, a Thursday.
#[test]
fn fires_when_quartz_fires() {
    const MIDNIGHT: &str = "T00:00:00";
    let rows: &[(&str, &[&str])] = &[
        ("0 0/3 17-23 * * ?", &["2026-01-01T17:00:00", "2026-01-01T17:03:00", "2026-01-01T17:06:00"]),
        ("0 5,35 * * * ?", &["2026-01-01T00:05:00", "2026-01-01T00:35:00", "2026-01-01T01:05:00"]),
        ("0 */20 * * * ?", &["2026-01-01T00:20:00", "2026-01-01T00:40:00", "2026-01-01T01:00:00"]),
        ("*/10 * * * * ?", &["2026-01-01T00:00:10", "2026-01-01T00:00:20", "2026-01-01T00:00:30"]),
        ("0 15/0 * * * ?", &["2026-01-01T00:15:00", "2026-01-01T01:15:00"]),
        ("0 0 12 1/5 * ?", &["2026-01-01T12:00:00", "2026-01-06T12:00:00", "2026-01-11T12:00:00"]),
        ("0 0 0 1,15 * ?", &["2026-01-15", "2026-02-01", "2026-02-15"]),
        ("0  0   0 * * ?", &["2026-01-02", "2026-01-03"]),
        ("0 0 0 ? * 2", &["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("0 0 0 ? * SUN", &["2026-01-04", "2026-01-11"]),
        ("0 0 0 ? * mon", &["2026-01-05", "2026-01-12"]),
        ("0 0 0 ? * MON-FRI", &["2026-01-02", "2026-01-05", "2026-01-06"]),
        ("0 0 0 ? * 2-6/2", &["2026-01-02", "2026-01-05", "2026-01-07"]),
        ("0 0 0 ? * L", &["2026-01-03", "2026-01-10"]),
        ("0 0 0 ? JAN-MAR 1", &["2026-01-04", "2026-01-11", "2026-01-18"]),
        ("0 0 0 ? * 6L", &["2026-01-30", "2026-02-27", "2026-03-27"]),
        ("0 0 0 ? * 2#1", &["2026-01-05", "2026-02-02", "2026-03-02"]),
        ("0 0 0 ? * 2#5", &["2026-03-30", "2026-06-29", "2026-08-31"]),
        ("0 0 0 L * ?", &["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("0 0 0 L-3 * ?", &["2026-01-28", "2026-02-25", "2026-03-28"]),
        ("0 0 0 L-3W * ?", &["2026-01-28", "2026-02-25", "2026-03-27"]),
        ("0 0 0 15W * ?", &["2026-01-15", "2026-02-16", "2026-03-16"]),
        ("0 0 0 1W * ?", &["2026-02-02", "2026-03-02", "2026-04-01"]),
        ("0 0 0 LW * ?", &["2026-01-30", "2026-02-27", "2026-03-31"]),
        ("0 0 0 29 2 ?", &["2028-02-29", "2032-02-29"]),
        ("0 0 0 * * ? 2027", &["2027-01-01", "2027-01-02"]),
        (
            "0 0 22-2 * * ?",
            &["2026-01-01T01:00:00", "2026-01-01T02:00:00", "2026-01-01T22:00:00", "2026-01-01T23:00:00"],
        ),
        ("0 0 0 ? * FRI-MON", &["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]),
        (
            "0 59-1 * * * ?",
            &["2026-01-01T00:01:00", "2026-01-01T00:59:00", "2026-01-01T01:00:00", "2026-01-01T01:01:00"],
        ),
        ("0 0 0 1 NOV-FEB ?", &["2026-02-01", "2026-11-01", "2026-12-01", "2027-01-01"]),
    ];
    let after = instant("2026-01-01T00:00:00", &TimeZone::UTC);
    for (text, expected) in rows {
        let expected: Vec<String> = expected
            .iter()
            .map(|time| format!("{time}{}+00:00", if time.contains('T') { "" } else { MIDNIGHT }))
            .collect();
        assert_eq!(next_times(text, after, &TimeZone::UTC, expected.len()), expected, "{text}");
    }
}

#[test]
fn never_fires_again() {
    let after = instant("2026-01-01T00:00:00", &TimeZone::UTC);
    for text in ["0 0 0 31 2 ?", "0 0 0 * * ? 2020", "0 0 0 31W 2 ?"] {
        assert_eq!(Cron::parse(text).unwrap().next_after(after, &TimeZone::UTC), None, "{text}");
    }
}

#[test]
fn refuses_what_quartz_refuses() {
    for text in [
        "",
        "0 0 0 * * *",
        "0 0 0 1 * 2",
        "0 0 0 ? * ?",
        "0 0 0 * *",
        "0 0 0 ? * 0",
        "0 0 0 ? * 8",
        "0 0 24 * * ?",
        "60 0 0 * * ?",
        "0 0 0 32 * ?",
        "0 10/100 * * * ?",
        "0 0 0 ? * 6#6",
        "0 0 0 L,15 * ?",
        "0 0 0 15,L * ?",
        "0 0 0 ? * MON,WED,L",
        "0 0 0 * * ? 2027 1",
        "0 0 0 * * ? 2030-2027",
        "0 +5 0 * * ?",
        "0 1- 0 * * ?",
        "0 , 0 * * ?",
        "0 0 0 ? * L-3",
        "0 0 0 L-31 * ?",
        "? 0 0 * * ?",
        "0 0 0 0 * ?",
        "一 0 0 * * ?",
    ] {
        assert!(Cron::parse(text).is_err(), "{text}");
    }
    assert!(Cron::parse(&"0 ".repeat(600)).is_err());
}

#[test]
fn an_error_names_the_field() {
    assert_eq!(Cron::parse("0 0 24 * * ?").unwrap_err().to_string(), "hour: 24 is not between 0 and 23");
    assert_eq!(
        Cron::parse("0 0 0 * *").unwrap_err().to_string(),
        "expression: has 5 fields, wanted are 6 or 7"
    );
}

#[test]
fn daylight_saving_is_as_in_quartz() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let rows: &[(&str, &str, &[&str])] = &[
        ("0 30 2 * * ?", "2026-03-07T00:00:00", &["2026-03-07T02:30:00-05:00", "2026-03-09T02:30:00-04:00"]),
        (
            "0 0 * * * ?",
            "2026-03-08T05:00:00",
            &["2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"],
        ),
        (
            "0 30 1 * * ?",
            "2026-10-31T00:00:00",
            &["2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"],
        ),
        (
            "0 0/30 * * * ?",
            "2026-11-01T04:45:00",
            &["2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00", "2026-11-01T02:00:00-05:00"],
        ),
    ];
    for (text, after, expected) in rows {
        let after = instant(after, &TimeZone::UTC);
        assert_eq!(next_times(text, after, &zone, expected.len()), *expected, "{text}");
    }
}
