//! Metric data over a store: what is pushed, and what the queries make of it.

use muster_core::{Clock, Random, Timestamp};
use muster_metrics::Limits;
use serde_json::{Value, json};

use crate::cloudmonitor::tests::World;
use crate::rpc::Fault;

const NAMESPACE: &str = "acs_customMetric_1000000000000001";
const MINUTE_MS: i64 = 60_000;

/// An item of a call.
#[derive(Clone)]
struct Pushed {
    dimensions: Value,
    at: Timestamp,
    value: f64,
}

impl World {
    fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    fn put(&self, fields: &[(&str, String)]) -> Result<Value, Fault> {
        let mut pairs =
            vec![("GroupId", "7".to_owned()), ("MetricName", "load".to_owned()), ("Type", "0".to_owned())];
        pairs.push(("Dimensions", r#"{"host":"a"}"#.to_owned()));
        pairs.push(("Values", r#"{"value":1}"#.to_owned()));
        pairs.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
        pairs.extend(fields.iter().cloned());
        let pairs: Vec<_> =
            pairs.into_iter().map(|(name, value)| (format!("MetricList.1.{name}"), value)).collect();
        self.call_with("PutCustomMetric", pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn put_all(&self, items: &[Pushed]) {
        for items in items.chunks(100) {
            let mut pairs = Vec::new();
            for (place, item) in items.iter().enumerate() {
                for (name, value) in [
                    ("GroupId", "7".to_owned()),
                    ("MetricName", "load".to_owned()),
                    ("Type", "0".to_owned()),
                    ("Dimensions", item.dimensions.to_string()),
                    ("Values", json!({"value": item.value}).to_string()),
                    ("Time", item.at.millis().to_string()),
                ] {
                    pairs.push((format!("MetricList.{}.{name}", place + 1), value));
                }
            }
            let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(
                self.call_with("PutCustomMetric", pairs).unwrap(),
                json!({"Code": "200", "Message": "success"})
            );
        }
    }

    fn query(&self, operation: &str, fields: &[(&str, &str)]) -> Result<Value, Fault> {
        let of = [("Namespace", NAMESPACE), ("MetricName", "load"), ("Metric", "load")];
        self.call_with(operation, of.into_iter().chain(fields.iter().copied()))
    }

    /// The datapoints of all pages.
    fn points(&self, operation: &str, fields: &[(&str, &str)]) -> Vec<Value> {
        let (mut points, mut token) = (Vec::new(), String::new());
        loop {
            let next = [("NextToken", token.as_str())];
            let fields =
                fields.iter().copied().chain(next.into_iter().filter(|(_, token)| !token.is_empty()));
            let fields: Vec<_> = fields.collect();
            let answer = self.query(operation, &fields).unwrap();
            let page: Vec<Value> = serde_json::from_str(answer["Datapoints"].as_str().unwrap()).unwrap();
            points.extend(page);
            match answer.get("NextToken").and_then(Value::as_str) {
                Some(next) => token = next.to_owned(),
                None => return points,
            }
        }
    }
}

fn refused(outcome: Result<Value, Fault>) -> (String, String) {
    let fault = outcome.unwrap_err();
    assert_eq!(fault.status, 400, "{fault:?}");
    (fault.code.into_owned(), fault.message)
}

#[test]
fn one_bad_item_refuses_the_call_and_is_named() {
    let world = World::new();
    let at = |ms: i64| world.now().plus_ms(ms).millis().to_string();
    for (name, bad) in [
        ("GroupId", "shop".to_owned()),
        ("MetricName", "m".repeat(300)),
        ("Dimensions", "{}".to_owned()),
        ("Dimensions", r#"{"a":"b=c"}"#.to_owned()),
        ("Type", "2".to_owned()),
        ("Values", "[1]".to_owned()),
        ("Values", r#"{"value":"1"}"#.to_owned()),
        ("Values", r#"{"value":1e999}"#.to_owned()),
        ("Values", r#"{"value":NaN}"#.to_owned()),
        ("Values", r#"{"value":1e200}"#.to_owned()),
        ("Time", "yesterday".to_owned()),
        ("Time", at(600_001)),
        ("Time", at(-7 * 1440 * MINUTE_MS - 1)),
    ] {
        let (code, message) = refused(world.put(&[(name, bad.clone())]));
        assert_eq!(code, "InvalidParameterValue", "{name} {bad}");
        assert!(message.contains(&format!("MetricList.1.{name}")), "{message}");
    }
    for absent in ["GroupId", "MetricName", "Dimensions", "Type", "Values"] {
        let (code, _) = refused(world.put(&[(absent, String::new())]));
        assert_eq!(code, format!("MissingMetricList.1.{absent}"));
    }
    let summary = |period: &str, values: &str| {
        world.put(&[("Type", "1".to_owned()), ("Period", period.to_owned()), ("Values", values.to_owned())])
    };
    assert_eq!(refused(summary("", r#"{"Sum":1}"#)).0, "MissingMetricList.1.Period");
    assert_eq!(refused(summary("90", r#"{"Sum":1}"#)).0, "InvalidParameterValue");
    assert_eq!(refused(summary("60", r#"{"Total":1}"#)).0, "InvalidParameterValue");
    assert_eq!(refused(world.call_with("PutCustomMetric", [])).0, "MissingMetricList");
    assert!(world.points("DescribeMetricLast", &[]).is_empty());
    for good in [at(600_000), at(-7 * 1440 * MINUTE_MS), "20260115T163000.000+0800".to_owned()] {
        world.put(&[("Time", good)]).unwrap();
    }
}

#[test]
fn a_flood_of_series_has_a_clear_end() {
    let world = World::with(Limits { series_per_account: 3, ..Limits::default() });
    for host in 0..3 {
        world.put(&[("Dimensions", json!({"host": host.to_string()}).to_string())]).unwrap();
    }
    let (code, message) = refused(world.put(&[("Dimensions", r#"{"host":"3"}"#.to_owned())]));
    assert_eq!(
        (code.as_str(), message.contains("3 of metric series")),
        ("ExceedingQuota", true),
        "{message}"
    );
    world.put(&[("Dimensions", r#"{"host":"2"}"#.to_owned())]).unwrap();
}

#[test]
fn pages_of_any_size_lose_nothing() {
    let world = World::new();
    let (end, mut random, mut items) = (world.now(), Random::from_number(5), Vec::new());
    for _ in 0..400 {
        let draw = u64::from_le_bytes(random.bytes());
        let host = format!("h{}", draw % 7);
        let dimensions = if draw % 2 == 0 {
            json!({"host": host, "zone": "z"})
        } else {
            json!({"zone": "z", "host": host})
        };
        let at = end.plus_ms(-i64::try_from(draw / 7 % 5000).unwrap() * 1000);
        items.push(Pushed { dimensions, at, value: f64::from(u32::try_from(draw % 1009).unwrap()) });
    }
    world.put_all(&items);
    let (from, to) = (end.plus_ms(-2 * 3_600_000).millis().to_string(), end.millis().to_string());
    let span = [("StartTime", from.as_str()), ("EndTime", to.as_str())];
    let whole = world.points("DescribeMetricList", &span);
    let counted: u64 = whole.iter().map(|point| point["SampleCount"].as_u64().unwrap()).sum();
    assert_eq!(counted, 400);
    let key = |point: &Value| {
        (point["timestamp"].as_i64().unwrap(), point["dimension"].as_str().unwrap().to_owned())
    };
    assert!(whole.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "sorted by time, then by dimensions");
    assert_eq!(whole[0]["userId"], "1000000000000001");
    assert_eq!(whole[0]["groupId"], "7");
    for length in ["1", "3", "7", "50", "1440"] {
        let fields = [&span[..], &[("Length", length)]].concat();
        assert_eq!(world.points("DescribeMetricList", &fields), whole, "{length}");
    }
    // Joined, and by groups.
    let joined = world.points("DescribeMetricData", &span);
    let sums = |points: &[Value]| points.iter().map(|point| point["Sum"].as_f64().unwrap()).sum::<f64>();
    assert!((sums(&joined) - sums(&whole)).abs() < 1e-6);
    assert!(joined.windows(2).all(|pair| pair[0]["timestamp"].as_i64() < pair[1]["timestamp"].as_i64()));
    let by_host = [&span[..], &[("Express", r#"{"groupby":["host"]}"#)]].concat();
    let by_host = world.points("DescribeMetricData", &by_host);
    assert_eq!(by_host.len(), whole.len());
    assert!(by_host.iter().all(|point| point["host"].as_str().unwrap().starts_with('h')));
    // The newest of each, in pages too.
    let last = world.points("DescribeMetricLast", &span);
    assert_eq!(last.len(), 7);
    assert_eq!(world.points("DescribeMetricLast", &[&span[..], &[("Length", "2")]].concat()).len(), 7);
    // The same through an export.
    let cursor = world.query("Cursor", &[&span[..], &[("Period", "60")]].concat()).unwrap();
    let (mut cursor, mut exported) = (cursor["Cursor"].as_str().unwrap().to_owned(), Vec::new());
    loop {
        let answer = world.query("BatchExport", &[("Cursor", &cursor), ("Length", "9")]).unwrap();
        let results = answer["DataResults"].as_array().unwrap().clone();
        assert_eq!(answer["Length"], results.len());
        exported.extend(results);
        if answer["HasNext"] == false {
            assert_eq!(answer["Cursor"], Value::Null);
            break;
        }
        answer["Cursor"].as_str().unwrap().clone_into(&mut cursor);
    }
    let figures = |points: &[Value], pointers: [&str; 2]| -> Vec<_> {
        points.iter().map(|point| pointers.map(|pointer| point.pointer(pointer).unwrap().clone())).collect()
    };
    assert_eq!(
        figures(&exported, ["/Timestamp", "/Measurements/Sum"]),
        figures(&whole, ["/timestamp", "/Sum"])
    );
}

#[test]
fn the_range_is_open_on_the_left_and_closed_on_the_right() {
    let world = World::new();
    let start = Timestamp::from_millis(world.now().millis() / 3_600_000 * 3_600_000 - 3_600_000);
    let at = |minutes: i64| start.plus_ms(minutes * MINUTE_MS);
    for minute in 0..10 {
        world.put(&[("Time", at(minute).millis().to_string())]).unwrap();
    }
    let minutes = |from: i64, to: i64, period: &str| -> Vec<i64> {
        let (from, to) = (from.to_string(), to.to_string());
        let points =
            world.points("DescribeMetricList", &[("StartTime", &from), ("EndTime", &to), ("Period", period)]);
        points
            .iter()
            .map(|point| (point["timestamp"].as_i64().unwrap() - start.millis()) / MINUTE_MS)
            .collect()
    };
    assert_eq!(minutes(at(2).millis(), at(5).millis(), "60"), [3, 4, 5]);
    assert_eq!(minutes(at(2).millis() - 1, at(5).millis() - 1, "60"), [2, 3, 4]);
    assert_eq!(minutes(at(2).millis() + 1, at(5).millis() + 1, "60"), [3, 4, 5]);
    assert_eq!(minutes(at(-5).millis(), at(5).millis(), "300"), [0, 5]);
    assert_eq!(minutes(at(0).millis(), at(9).millis(), "300"), [5]);
    assert_eq!(minutes(at(-60).millis(), at(0).millis(), "3600"), [0]);
    for (from, to) in [(5, 5), (6, 5)] {
        let (from, to) = (at(from).millis().to_string(), at(to).millis().to_string());
        let outcome = world.query("DescribeMetricList", &[("StartTime", &from), ("EndTime", &to)]);
        assert_eq!(refused(outcome).0, "InvalidParameterValue");
    }
    for (name, bad) in [
        ("StartTime", "1000000000"),
        ("StartTime", "soon"),
        ("Period", "61"),
        ("Length", "0"),
        ("Length", "1441"),
        ("NextToken", "!"),
        ("NextToken", "e30"),
        ("Dimensions", "["),
        ("Express", r#"{"orderby":["a"]}"#),
    ] {
        assert_eq!(
            refused(world.query("DescribeMetricList", &[(name, bad)])).0,
            "InvalidParameterValue",
            "{name} {bad}"
        );
    }
}

#[test]
fn an_export_without_an_end_waits_for_windows_to_be_over() {
    let world = World::new();
    let put = |value: &str| world.put(&[("Values", format!(r#"{{"value":{value}}}"#))]).unwrap();
    let start = world.now().plus_ms(-MINUTE_MS).millis().to_string();
    let cursor = world.query("Cursor", &[("StartTime", &start), ("Period", "60")]).unwrap();
    let mut cursor = cursor["Cursor"].as_str().unwrap().to_owned();
    let mut export = || {
        let answer = world.query("BatchExport", &[("Cursor", &cursor), ("Length", "10")]).unwrap();
        assert_eq!(answer["HasNext"], true);
        answer["Cursor"].as_str().unwrap().clone_into(&mut cursor);
        let sums = answer["DataResults"].as_array().unwrap().iter();
        sums.map(|result| result["Measurements"]["Sum"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    put("1");
    assert!(export().is_empty());
    put("2");
    world.store.clock.advance(MINUTE_MS);
    assert_eq!(export(), [3.0]);
    assert!(export().is_empty());
    put("5");
    world.store.clock.advance(MINUTE_MS);
    assert_eq!(export(), [5.0]);
    for bad in [
        ("Cursor", "e30"),
        ("Length", "0"),
        ("Length", "10001"),
        ("Measurements", r#"["Mean"]"#),
        ("Metric", "other"),
    ] {
        let fields = [("Namespace", NAMESPACE), ("Metric", "load"), ("Cursor", &cursor), ("Length", "10")];
        let fields = fields.into_iter().filter(|(name, _)| *name != bad.0).chain([bad]);
        assert_eq!(refused(world.call_with("BatchExport", fields)).0, "InvalidParameterValue", "{bad:?}");
    }
}

#[test]
fn the_top_is_what_the_vendor_calls_it() {
    let world = World::new();
    for (host, value) in [("a", 3.0), ("b", 9.0), ("c", 1.0), ("d", 9.0)] {
        world.put_all(&[Pushed { dimensions: json!({"host": host}), at: world.now(), value }]);
    }
    let hosts = |fields: &[(&str, &str)]| -> Vec<String> {
        let points = world.points("DescribeMetricTop", &[&[("Orderby", "Average")], fields].concat());
        assert!(points.iter().enumerate().all(|(place, point)| point["order"] == place + 1));
        points.iter().map(|point| point["dimension"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(hosts(&[]), ["host=b", "host=d", "host=a", "host=c"]);
    assert_eq!(hosts(&[("OrderDesc", "False"), ("Length", "2")]), ["host=b", "host=d"]);
    assert_eq!(hosts(&[("OrderDesc", "True"), ("Length", "2")]), ["host=c", "host=a"]);
    assert_eq!(hosts(&[("Dimensions", r#"[{"host":"a"},{"host":"c"}]"#)]), ["host=a", "host=c"]);
    assert_eq!(refused(world.query("DescribeMetricTop", &[])).0, "MissingOrderby");
    assert_eq!(refused(world.query("DescribeMetricTop", &[("Orderby", "Mean")])).0, "InvalidParameterValue");
}
