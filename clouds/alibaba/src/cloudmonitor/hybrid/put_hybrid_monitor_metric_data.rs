//! `PutHybridMonitorMetricData`: takes samples in; what is wrong with one of them is told, and the others are kept.

use muster_core::{Error, Timestamp};
use muster_metrics::{Admission, NewSample, Sample, SeriesName, ValueKind};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{is_word, kept_namespace, read_name, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, time};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Items of a call.
const ITEMS: usize = 100;
/// Labels of a series.
const LABELS: usize = 30;
const DAY_MS: i64 = 86_400_000;
const ADMISSION: Admission =
    Admission { oldest_ms: 7 * DAY_MS, ahead_ms: 600_000, late_ms: i64::MAX, counted: true };

/// The input.
pub(in crate::cloudmonitor) struct PutHybridMonitorMetricData {
    namespace: String,
    items: Vec<Result<Item, String>>,
}

struct Item {
    series: SeriesName,
    at: Option<Timestamp>,
    value: f64,
}

impl Operation<CloudMonitor> for PutHybridMonitorMetricData {
    const NAME: &'static str = "PutHybridMonitorMetricData";
    const PERMISSION: &'static str = "cms:PutHybridMonitorMetricData";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let namespace = read_name(parameters)?;
        let items = parameters.items("MetricList")?;
        if items.is_empty() {
            return Err(Fault::missing("MetricList").into());
        }
        if items.len() > ITEMS {
            return Err(Refusal::illegal("MetricList", &format!("must have at most {ITEMS} items")));
        }
        let kept = kept_namespace(&namespace);
        let items = items.iter().map(|item| read(item, &kept)).collect();
        Ok(Self { namespace, items })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, scope, now) = (&cx.services.metrics, scope(cx.caller), cx.tx.now());
        if metrics.space(cx.tx, &cx.caller.account_id, &self.namespace)?.is_none() {
            return Err(Error::not_found("metric space", &self.namespace).into());
        }
        let (mut samples, mut errors) = (Vec::with_capacity(self.items.len()), Vec::new());
        for (place, item) in self.items.iter().enumerate() {
            let sample = item.as_ref().map_err(Clone::clone).and_then(|item| sample(item, now));
            match sample {
                Ok(sample) => samples.push(sample),
                Err(why) => errors.push(json!({"Index": place, "ErrorMessage": why})),
            }
        }
        metrics.add(cx.tx, scope, &samples, ADMISSION)?;
        // This answer says nothing but the code.
        let mut answer = answer::unsaid_success_with(json!({"ErrorDetail": errors}));
        answer.remove("Message");
        Ok(answer)
    }
}

fn read(item: &Parameters, namespace: &str) -> Result<Item, String> {
    let name = item.word("Name").filter(|name| is_word(name) && name.len() <= 256);
    let name = name.ok_or("Name must be a name in Prometheus' sense")?;
    let value = item.word("Value").and_then(|value| value.trim().parse().ok());
    let value = value
        .filter(|value: &f64| value.abs() <= 1e100)
        .ok_or("Value must be a finite number below 1e100")?;
    let at = item.word("TS").map(|text| time::parse(text).ok_or("TS must be milliseconds")).transpose()?;
    let labels = item.items("Labels").map_err(|fault| fault.message)?;
    if labels.len() > LABELS {
        return Err(format!("Labels must be at most {LABELS}"));
    }
    let mut dimensions = Vec::with_capacity(labels.len());
    for label in &labels {
        let key = label.word("Key").filter(|key| is_word(key) && key.len() <= 256);
        let key = key.ok_or("Labels.Key must be a name in Prometheus' sense")?;
        let value = label.text("Value").filter(|value| value.len() <= 1024);
        let value = value.ok_or("Labels.Value must be a text of at most 1024 bytes")?;
        // An empty label is none.
        if !value.is_empty() {
            dimensions.push((key.into(), value.into()));
        }
    }
    let series = SeriesName::new(namespace, name, dimensions).map_err(|error| error.to_string())?;
    Ok(Item { series, at, value })
}

fn sample(item: &Item, now: Timestamp) -> Result<NewSample, String> {
    let at = item.at.unwrap_or(now);
    let age_ms = now.since(at);
    if age_ms > ADMISSION.oldest_ms || -age_ms > ADMISSION.ahead_ms {
        return Err("TS must lie at most seven days back and ten minutes ahead".to_owned());
    }
    Ok(NewSample {
        series: item.series.clone(),
        unit: "".into(),
        kind: ValueKind::Float,
        ttl_ms: 31 * DAY_MS,
        sample: Sample { at, value: item.value },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_a_sample_or_a_sentence() {
        let item = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            read(&Parameters::from_pairs(pairs), "hybrid.shop")
        };
        let good = item(&[
            ("Name", "http:requests_total"),
            ("Value", " 1.5e3"),
            ("Labels.1.Key", "path"),
            ("Labels.1.Value", "/a.b,c"),
            ("Labels.2.Key", "empty"),
            ("Labels.2.Value", ""),
        ]);
        let good = good.unwrap();
        assert_eq!((good.series.metric(), good.value), ("http:requests_total", 1500.0));
        assert_eq!(good.series.dimensions(), [("path".to_owned(), "/a.b,c".to_owned())]);
        for bad in [
            &[("Name", "9a"), ("Value", "1")][..],
            &[("Name", "a.b"), ("Value", "1")],
            &[("Name", "a"), ("Value", "NaN")],
            &[("Name", "a"), ("Value", "1e101")],
            &[("Name", "a")],
            &[("Name", "a"), ("Value", "1"), ("TS", "soon")],
            &[("Name", "a"), ("Value", "1"), ("Labels.1.Key", "k-k"), ("Labels.1.Value", "v")],
        ] {
            assert!(item(bad).is_err(), "{bad:?}");
        }
    }
}
