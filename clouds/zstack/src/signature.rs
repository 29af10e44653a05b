//! `Authorization: ZStack <id>:<signature>` with a `Date` header: access keys.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_wire::digest;

/// How far a client's clock may be off.
const MOST_SKEW_MS: i64 = 15 * 60 * 1000;

/// The text that is signed. `path` begins with `/v1/`: neither the context path nor the query is part of it.
fn string_to_sign(method: &str, date: &str, path: &str) -> String {
    format!("{method}\n{date}\n{path}")
}

/// The signature as bytes.
pub(crate) fn sign(secret: &str, method: &str, date: &str, path: &str) -> Vec<u8> {
    digest::hmac_sha1(secret.as_bytes(), string_to_sign(method, date, path).as_bytes())
}

/// When a `Date` header says that it was written, by every reading that a client may have meant: the zone it
/// names, the zone of our printed dates, UTC. Clients write zones that nobody can resolve (`CST`), and the
/// original compares the figures alone. Empty when it is no date at all.
pub(crate) fn readings(date: &str, wire_zone: &TimeZone) -> Vec<Timestamp> {
    let Some((figures, zone)) = split_date(date) else { return Vec::new() };
    [zone_named(zone), Some(wire_zone.clone()), Some(TimeZone::UTC)]
        .into_iter()
        .flatten()
        .filter_map(|zone| zone.to_ambiguous_timestamp(figures).compatible().ok())
        .map(|instant| Timestamp::from_millis(instant.as_millisecond()))
        .collect()
}

/// Whether any reading is close enough to `now`.
pub(crate) fn is_fresh(readings: &[Timestamp], now: Timestamp) -> bool {
    readings.iter().any(|at| at.since(now).abs() <= MOST_SKEW_MS)
}

/// `Fri, 20 Nov 2026 19:55:18 UTC` in two.
fn split_date(date: &str) -> Option<(DateTime, &str)> {
    let (_, rest) = date.trim().split_once(", ")?;
    let (figures, zone) = rest.rsplit_once(' ')?;
    Some((DateTime::strptime("%d %b %Y %H:%M:%S", figures).ok()?, zone))
}

/// A zone by its name (`Asia/Shanghai`), or an offset (`+0800`, `+08:00`).
pub(crate) fn zone_named(name: &str) -> Option<TimeZone> {
    match name {
        "UTC" | "GMT" | "Z" => Some(TimeZone::UTC),
        name if name.contains('/') => TimeZone::get(name).ok(),
        name => {
            let digits = name.strip_prefix(['+', '-'])?.replace(':', "");
            if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let minutes = digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?;
            let sign = if name.starts_with('-') { -1 } else { 1 };
            Some(jiff::tz::Offset::from_seconds(sign * minutes * 60).ok()?.to_time_zone())
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn the_published_vector() {
        let path = "/v1/scheduler/jobgroups/g1/scheduler/triggers/t1";
        let signature = sign("SECRET", "POST", "Fri, 20 Nov 2026 19:55:18 UTC", path);
        let text = base64::engine::general_purpose::STANDARD.encode(signature);
        assert_eq!(text, "rS1/zHht9zo3asJ5cju7bkMnMCs=");
    }

    #[test]
    fn a_date_is_read_in_every_zone_that_it_may_mean() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let hours = |date: &str| {
            let utc = Timestamp::from_millis(1_795_204_518_000);
            readings(date, &shanghai).iter().map(|at| at.since(utc) / 3_600_000).collect::<Vec<_>>()
        };
        assert_eq!(hours("Fri, 20 Nov 2026 19:55:18 UTC"), [0, -8, 0]);
        assert_eq!(hours("Sat, 21 Nov 2026 03:55:18 Asia/Shanghai"), [0, 0, 8]);
        assert_eq!(hours("Sat, 21 Nov 2026 03:55:18 CST"), [0, 8]);
        assert_eq!(hours("Fri, 20 Nov 2026 14:55:18 -0500"), [0, -13, -5]);
        for rubbish in ["", "now", "Fri, 20 Nov 2026 UTC", "20 Nov 2026 19:55:18 UTC"] {
            assert!(readings(rubbish, &shanghai).is_empty(), "{rubbish}");
        }
    }

    #[test]
    fn a_quarter_of_an_hour_is_allowed() {
        let now = Timestamp::from_millis(1_795_204_518_000);
        assert!(is_fresh(&[now.plus_ms(MOST_SKEW_MS)], now));
        assert!(is_fresh(&[now.plus_ms(86_400_000), now.plus_ms(-MOST_SKEW_MS)], now));
        assert!(!is_fresh(&[now.plus_ms(MOST_SKEW_MS + 1)], now));
        assert!(!is_fresh(&[], now));
    }
}
