//! What is pushed: names that are made to fit, dimensions, values.

use std::sync::Arc;

use muster_core::Timestamp;
use muster_metrics::{Aggregate, Period, Statistic, Summary};
use serde_json::{Map, Value};

use super::{labels, statistics};
use crate::cloudmonitor::{Refusal, time};
use crate::rpc::{Fault, Parameters};

/// Bytes that a name or a value of a dimension has at most: the rest is cut off.
const PART: usize = 64;
/// Dimensions of a series.
const DIMENSIONS: usize = 20;

/// One pushed item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) metric: String,
    pub(super) group_id: String,
    /// The pushed pairs as one text.
    pub(super) pairs: String,
    /// When it was measured; now where absent.
    pub(super) at: Option<Timestamp>,
    pub(super) value: f64,
    /// What stands in the place of a single value.
    pub(super) summary: Option<Arc<Summary>>,
}

impl Item {
    /// Reads the item that stands at `place`, such as `MetricList.1`.
    pub(super) fn read(item: &Parameters, place: &str) -> Result<Self, Refusal> {
        let path = |name: &str| format!("{place}.{name}");
        let required = |name: &str| item.word(name).ok_or_else(|| Fault::missing(&path(name)));
        let group_id =
            group_id(required("GroupId")?).map_err(|why| Refusal::illegal(&path("GroupId"), why))?;
        let metric = metric_name(required("MetricName")?);
        let metric = metric.map_err(|why| Refusal::illegal(&path("MetricName"), why))?;
        let pairs = dimensions(required("Dimensions")?);
        let pairs = pairs.map_err(|why| Refusal::illegal(&path("Dimensions"), &why))?;
        let values = required("Values")?;
        let (value, summary) = match required("Type")? {
            "0" => (raw(values).map_err(|why| Refusal::illegal(&path("Values"), why))?, None),
            "1" => {
                let period = required("Period")?.parse().ok().and_then(Period::from_seconds);
                let period = period.filter(|period| Summary::PERIODS.contains(&period.seconds()));
                let period = period.ok_or_else(|| Refusal::illegal(&path("Period"), "must be 60 or 300"))?;
                let summary =
                    summary(values, period).map_err(|why| Refusal::illegal(&path("Values"), &why))?;
                (summary.aggregate.last, Some(Arc::new(summary)))
            }
            _ => return Err(Refusal::illegal(&path("Type"), "must be 0 or 1")),
        };
        let at = item.word("Time").map(|text| {
            let why = "must be milliseconds or 20260115T163000.000+0800";
            time::parse(text.trim()).ok_or_else(|| Refusal::illegal(&path("Time"), why))
        });
        Ok(Self { metric, group_id, pairs, at: at.transpose()?, value, summary })
    }
}

/// The id of an app group, or 0 for none. It need not exist.
pub(super) fn group_id(text: &str) -> Result<String, &'static str> {
    match text.parse::<u64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err("must be the number of an app group, or 0"),
    }
}

/// The name of a metric, made to fit: letters, digits and underscores, first a letter.
pub(super) fn metric_name(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 256;
    if text.len() > LONGEST {
        return Err("must be at most 256 bytes long");
    }
    let fit = |(place, character): (usize, char)| match character {
        letter if letter.is_ascii_alphabetic() => letter,
        _ if place == 0 => 'A',
        other if other.is_ascii_digit() => other,
        _ => '_',
    };
    Ok(text.chars().enumerate().map(fit).collect())
}

/// The pushed pairs as one text.
fn dimensions(text: &str) -> Result<String, String> {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err("must be a JSON object of texts".to_owned());
    };
    if members.is_empty() || members.len() > DIMENSIONS {
        return Err(format!("must have between 1 and {DIMENSIONS} members"));
    }
    let mut pairs = Vec::with_capacity(members.len());
    for (name, value) in &members {
        let Value::String(value) = value else { return Err(format!("{name} must be a text")) };
        for part in [name, value] {
            if part.is_empty() || part.contains(['=', '&', ',']) || part.contains(char::is_control) {
                return Err(format!("{name} and its value must not be empty or hold =, & or a comma"));
            }
        }
        pairs.push((cut(name), cut(value)));
    }
    pairs.sort_unstable();
    if pairs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("has two names that begin with the same 64 bytes".to_owned());
    }
    Ok(labels::pairs_text(pairs))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(PART);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn object(text: &str) -> Result<Map<String, Value>, &'static str> {
    // A number that no double holds makes it unreadable as well.
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err("must be a JSON object of finite numbers"),
    }
}

/// `{"value": 10.5}`
fn raw(text: &str) -> Result<f64, &'static str> {
    object(text)?.get("value").and_then(Value::as_f64).ok_or("must hold the number \"value\"")
}

/// `{"Average": 10.5, "Maximum": 12, …}`. What is not told follows from the rest, as far as it can.
fn summary(text: &str, period: Period) -> Result<Summary, String> {
    let (mut figures, mut told) = (Vec::new(), Vec::new());
    for (name, value) in object(text)? {
        let statistic = statistics::named(&name).ok_or_else(|| format!("{name} is no statistic"))?;
        let value = value.as_f64().ok_or_else(|| format!("{name} must be a number"))?;
        figures.push((statistic, value));
        if matches!(statistic, Statistic::Average | Statistic::Percentile(_)) {
            told.push((statistic, value));
        }
    }
    let find = |statistic| {
        let found = figures.iter().find(|(known, _): &&(Statistic, f64)| *known == statistic);
        found.map(|(_, value)| *value)
    };
    let seconds = f64::from(period.seconds());
    let count = find(Statistic::Count).or(find(Statistic::CountPerSecond).map(|each| each * seconds));
    let sum = find(Statistic::Sum).or(find(Statistic::SumPerSecond).map(|each| each * seconds));
    let average = find(Statistic::Average);
    let count = match (count, sum, average) {
        (Some(count), ..) => count,
        (None, Some(sum), Some(average)) if average != 0.0 => sum / average,
        _ => 1.0,
    };
    let count = count.round().max(1.0);
    if count > 1e15 {
        return Err("SampleCount is too large".to_owned());
    }
    let of_one = [Statistic::Last, Statistic::Maximum, Statistic::Minimum].into_iter().find_map(find);
    let average = average.or(sum.map(|sum| sum / count)).or(of_one);
    let average = average.ok_or("must hold at least one of Average, Sum, LastValue, Maximum and Minimum")?;
    let aggregate = Aggregate {
        count: count as u64,
        sum: sum.unwrap_or(average * count),
        squared_deviations: 0.0,
        min: find(Statistic::Minimum).unwrap_or(average),
        max: find(Statistic::Maximum).unwrap_or(average),
        last: find(Statistic::Last).unwrap_or(average),
    };
    Ok(Summary { period, aggregate, told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_to_fit() {
        for (name, expected) in
            [("cpu_Util9", "cpu_Util9"), ("9cpu", "Acpu"), ("_x", "Ax"), ("a.b-c", "a_b_c"), ("负载", "A_")]
        {
            assert_eq!(metric_name(name).unwrap(), expected);
        }
        assert!(metric_name(&"a".repeat(257)).is_err());
    }

    #[test]
    fn dimensions_are_one_text_in_their_order() {
        assert_eq!(dimensions(r#"{"zone":"b","host":"a"}"#).unwrap(), "host=a&zone=b");
        let long = format!(r#"{{"host":"{}x"}}"#, "ä".repeat(32));
        assert_eq!(dimensions(&long).unwrap(), format!("host={}", "ä".repeat(32)));
        let twice = format!(r#"{{"{0}a":"1","{0}b":"2"}}"#, "n".repeat(64));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"host":7}"#,
            r#"{"host":""}"#,
            r#"{"":"a"}"#,
            r#"{"a=b":"c"}"#,
            r#"{"a":"b&c"}"#,
            &twice,
        ] {
            assert!(dimensions(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_summary_leaves_out_follows_from_the_rest() {
        const PERIOD: u64 = 60;
        let period = Period::from_seconds(PERIOD).unwrap();
        let read = |text: &str| summary(text, period).unwrap().aggregate;
        let all = read(r#"{"Average":10.5,"Maximum":12,"Minimum":9,"Sum":42,"SampleCount":4}"#);
        assert_eq!((all.count, all.sum, all.min, all.max, all.last), (4, 42.0, 9.0, 12.0, 10.5));
        let average = read(r#"{"Average":10.5}"#);
        assert_eq!((average.count, average.sum, average.max), (1, 10.5, 10.5));
        let rates = read(r#"{"SumPerSecond":2,"CountPerSecond":0.5}"#);
        assert_eq!((rates.count, rates.sum, rates.last), (30, 120.0, 4.0));
        assert_eq!(read(r#"{"Sum":20,"Average":5}"#).count, 4);
        assert_eq!(summary(r#"{"Sum":1,"P90":7}"#, period).unwrap().told, [(Statistic::Percentile(90), 7.0)]);
        for bad in
            ["{}", "[]", r#"{"Sum":"1"}"#, r#"{"value":1}"#, r#"{"SampleCount":3}"#, r#"{"Sum":1e999}"#]
        {
            assert!(summary(bad, period).is_err(), "{bad}");
        }
    }
}
