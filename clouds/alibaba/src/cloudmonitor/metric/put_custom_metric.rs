//! `PutCustomMetric`: takes samples in, all of a call or none.

use muster_core::{Error, Result};
use muster_metrics::{Admission, NewReading, NewSample, Sample, SeriesName, ValueKind};
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::custom::Item;
use super::labels::{self, GROUP, PAIRS};
use super::scope;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Items of a call. The reference says 21, the guide 100.
const ITEMS: usize = 100;
const DAY_MS: i64 = 86_400_000;
/// Seven days back and ten minutes ahead. Late samples count in their windows.
const ADMISSION: Admission =
    Admission { oldest_ms: 7 * DAY_MS, ahead_ms: 600_000, late_ms: i64::MAX, counted: true };
/// How long windows of a minute are shown.
const SHOWN_MS: i64 = 31 * DAY_MS;

/// The input.
pub(in crate::cloudmonitor) struct PutCustomMetric(Vec<Item>);

impl Operation<CloudMonitor> for PutCustomMetric {
    const NAME: &'static str = "PutCustomMetric";
    const PERMISSION: &'static str = "cms:PutCustomMetric";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let items = parameters.items("MetricList")?;
        if items.is_empty() {
            return Err(Fault::missing("MetricList").into());
        }
        if items.len() > ITEMS {
            return Err(Refusal::illegal("MetricList", &format!("must have at most {ITEMS} items")));
        }
        let read = |(place, item)| Item::read(item, &format!("MetricList.{}", place + 1));
        items.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (namespace, now) = (labels::custom_namespace(&cx.caller.account_id), cx.tx.now());
        let mut readings = Vec::with_capacity(self.0.len());
        for item in &self.0 {
            let dimensions =
                vec![(GROUP.into(), (&item.group_id).into()), (PAIRS.into(), (&item.pairs).into())];
            let sample = NewSample {
                series: SeriesName::new(&namespace, &item.metric, dimensions)?,
                unit: "".into(),
                kind: ValueKind::Float,
                ttl_ms: SHOWN_MS,
                sample: Sample { at: item.at.unwrap_or(now), value: item.value },
            };
            readings.push(NewReading { sample, summary: item.summary.clone() });
        }
        let added = cx.services.metrics.add_readings(cx.tx, scope(cx.caller), &readings, ADMISSION);
        added.map_err(|error| match error {
            Error::Invalid { field, why } => Refusal::illegal(&parameter(&field), &why),
            other => other.into(),
        })?;
        Ok(answer::unsaid_success_with(Value::Null))
    }
}

/// The parameter for a field of the store such as `[0].time`.
fn parameter(field: &str) -> String {
    let parts = field.strip_prefix('[').and_then(|rest| rest.split_once("]."));
    let place = parts.and_then(|(place, name)| Some((place.parse::<usize>().ok()? + 1, name)));
    match place {
        Some((place, "time")) => format!("MetricList.{place}.Time"),
        Some((place, _)) => format!("MetricList.{place}.Values"),
        None => field.to_owned(),
    }
}
