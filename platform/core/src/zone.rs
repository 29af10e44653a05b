//! Time zones as people and clients write them.

use jiff::tz::{Offset, TimeZone};

/// The zone of this name: an IANA name such as `Asia/Shanghai`, or an [`offset`]; nothing when nobody knows it.
pub fn find(name: &str) -> Option<TimeZone> {
    offset(name).map(TimeZone::fixed).or_else(|| TimeZone::get(name).ok())
}

/// `GMT+8`, `UTC+08:00`, `UTC+0800`, `GMT`.
pub fn offset(name: &str) -> Option<Offset> {
    let rest = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC"))?;
    let (sign, rest) = match rest.as_bytes().first() {
        None => return Some(Offset::UTC),
        Some(b'+') => (1, &rest[1..]),
        Some(b'-') => (-1, &rest[1..]),
        Some(_) => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let number = |text: &str| {
        text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds() {
        let minutes =
            |name: &str| find(name).map(|zone| zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds() / 60);
        for (name, offset) in [
            ("Asia/Shanghai", Some(480)),
            ("GMT+8", Some(480)),
            ("GMT+08:00", Some(480)),
            ("UTC+0530", Some(330)),
            ("UTC-05:00", Some(-300)),
            ("GMT", Some(0)),
            ("GMT+0:00", Some(0)),
            ("GMT+15", None),
            ("GTM+7", None),
            ("", None),
        ] {
            assert_eq!(minutes(name), offset, "{name}");
        }
    }
}
