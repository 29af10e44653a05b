//! `DescribeHybridMonitorDataList`: the series of a selector along time.

use muster_core::{Error, Timestamp};
use muster_metrics::{Period, SeriesFilter, SeriesPage, Statistic};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::selector::Selector;
use super::{kept_namespace, read_name, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Series of an answer.
const SERIES: u64 = 1000;
/// Points of a series.
const POINTS: i64 = 11_000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeHybridMonitorDataList {
    namespace: String,
    selector: Selector,
    period: Period,
    span: (Timestamp, Timestamp),
}

impl Operation<CloudMonitor> for DescribeHybridMonitorDataList {
    const NAME: &'static str = "DescribeHybridMonitorDataList";
    const PERMISSION: &'static str = "cms:DescribeHybridMonitorDataList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let selector = Selector::read(parameters.required("PromSQL")?).ok_or_else(|| {
            Refusal::illegal(
                "PromSQL",
                "must be a metric's name, with matchers = and != if any: no more is read",
            )
        })?;
        let instant = |name: &str| -> Result<Timestamp, Refusal> {
            let seconds = parameters.integer(name)?.ok_or_else(|| Fault::missing(name))?;
            let seconds = Some(seconds).filter(|seconds| (0..=9_999_999_999).contains(seconds));
            let seconds = seconds.ok_or_else(|| Refusal::illegal(name, "must be seconds since 1970"))?;
            Ok(Timestamp::from_millis(seconds * 1000))
        };
        let span = (instant("Start")?, instant("End")?);
        let seconds = parameters.integer("Period")?.unwrap_or(60);
        let period = u64::try_from(seconds).ok().and_then(Period::from_seconds);
        let period = period.ok_or_else(|| {
            Refusal::illegal("Period", "must be 15, 60, 300, 900, 1200, 3600, 14400 or 86400")
        })?;
        if span.0 >= span.1 || span.1.since(span.0) / period.millis() > POINTS {
            return Err(Refusal::illegal("Start", "must be before End, at most 11000 periods"));
        }
        Ok(Self { namespace: read_name(parameters)?, selector, period, span })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        if metrics.space(cx.tx, &cx.caller.account_id, &self.namespace)?.is_none() {
            return Err(Error::not_found("metric space", &self.namespace).into());
        }
        let filter = SeriesFilter {
            namespace: Some(kept_namespace(&self.namespace)),
            metric: Some(self.selector.metric.clone()),
            dimensions: self.selector.wanted(),
            reported_since: Some(self.span.0),
            ..SeriesFilter::default()
        };
        let page = SeriesPage { after: None, descending: false, limit: SERIES + 1 };
        let found = metrics.list(cx.tx, scope, &filter, page)?;
        if found.len() as u64 > SERIES {
            return Err(Refusal::illegal("PromSQL", "selects more than 1000 series"));
        }
        let look = metrics.look(cx.tx)?;
        let mut lines = Vec::new();
        for series in found {
            let labels = series.name.dimensions();
            if !self.selector.matches(&labels) {
                continue;
            }
            let windows = look.details(cx.tx, series.id, self.period, self.span.0, self.span.1)?;
            let values: Vec<Value> = windows
                .iter()
                .filter_map(|window| {
                    let value = window.statistic(Statistic::Last)?;
                    Some(json!({"Ts": window.start.millis().to_string(), "V": value.to_string()}))
                })
                .collect();
            if !values.is_empty() {
                let labels: Value =
                    labels.iter().map(|(name, value)| json!({"K": name, "V": value})).collect();
                lines.push(json!({"MetricName": series.name.metric(), "Labels": labels, "Values": values}));
            }
        }
        Ok(answer::spelled_success_with(json!({"TimeSeries": lines})))
    }
}
