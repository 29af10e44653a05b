//! Whatever arrives is read or refused, never more than that.

use http::Method;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::input::{Input, read_body};
use crate::query::Search;
use crate::{OPERATIONS, route, signature};

/// Names that operations look for, so that random values reach their rules.
const NAMES: [&str; 18] = [
    "uuid",
    "name",
    "description",
    "type",
    "parameters",
    "targetResourceUuid",
    "schedulerType",
    "schedulerInterval",
    "repeatCount",
    "startTime",
    "stopTime",
    "cron",
    "state",
    "stateEvent",
    "schedulerJobUuids",
    "resourceUuid",
    "systemTags",
    "duration",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "(simple|cron|vmBackup|Enabled|enable|[0-9a-f]{32}|[0-9*?/L#W ]{11,20})".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((".{0,10}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_input_is_decoded_or_refused(
        fields in prop::collection::vec((prop::sample::select(&NAMES), value()), 0..8),
    ) {
        let fields: Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let body = Map::from_iter([("params".to_owned(), Value::Object(fields))]);
        if let Ok(input) = Input::from_body(&body, "params") {
            for entry in OPERATIONS {
                let _ = (entry.decode)(&input);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        let _ = read_body(&bytes);
        let _ = signature::readings(&text, &TimeZone::UTC);
        if let Ok(path) = route::api_path(&text) {
            let _ = route::find(&Method::GET, &path);
        }
    }

    #[test]
    fn any_query_is_read_or_refused(
        conditions in prop::collection::vec(".{0,60}", 0..4),
        options in prop::collection::vec(("(limit|start|sort|fields|count|q)", ".{0,20}"), 0..4),
    ) {
        let mut pairs: Vec<(String, String)> =
            conditions.into_iter().map(|text| ("q".to_owned(), text)).collect();
        pairs.extend(options);
        let _ = Search::read(&pairs);
    }
}
