//! The envelope of success. Types matter: Python does not convert, Java may throw, Terraform crashes on `Data: null`.

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use serde_json::Value;

use crate::rpc::envelope::Document;

/// Success with nothing to return: `Data` is absent, never null. The request id is added where all answers are written.
pub(super) fn success() -> Document {
    Document::from_iter([
        ("Code".to_owned(), Value::from(200)),
        ("Message".to_owned(), Value::from("")),
        ("Success".to_owned(), Value::from(true)),
    ])
}

/// Success with `data`.
pub(super) fn success_with(data: Value) -> Document {
    with("Data", data)
}

/// Success with a member beside the usual ones.
pub(super) fn with(name: &str, value: Value) -> Document {
    let mut document = success();
    document.insert(name.to_owned(), value);
    document
}

/// An instant as this API writes it: local time of the server, without a zone.
pub(super) fn local_time(instant: Timestamp, zone: &TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(instant.millis());
    instant
        .map(|instant| zone.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_to_the_server() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(local_time(Timestamp::from_millis(1_768_465_800_999), &zone), "2026-01-15 16:30:00");
    }
}
