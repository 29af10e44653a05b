//! `DescribeMetricMetaList`: which metrics there are.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{catalogue, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 30;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricMetaList {
    namespace: Option<String>,
    metric: Option<String>,
    labels: Vec<(String, String)>,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMetricMetaList {
    const NAME: &'static str = "DescribeMetricMetaList";
    const PERMISSION: &'static str = "cms:DescribeMetricMetaList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        Ok(Self {
            namespace: text("Namespace"),
            metric: text("MetricName"),
            labels: catalogue::read_labels(parameters)?,
            page: paging::read(parameters, DEFAULT_SIZE)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        let mut found = catalogue::metrics(cx.tx, metrics, scope, self.namespace.as_deref())?;
        found.retain(|known| {
            self.metric.as_ref().is_none_or(|metric| *metric == known.metric)
                && catalogue::has_labels(&known.namespace, &self.labels)
        });
        let total = found.len();
        let resources: Vec<Value> = paging::cut(found, self.page)
            .map(|known| {
                json!({
                    "Namespace": known.namespace,
                    "MetricName": known.metric,
                    "Description": known.description,
                    "Unit": known.unit,
                    "Periods": known.periods,
                    "Statistics": known.statistics,
                    "Dimensions": known.dimensions,
                    "Labels": catalogue::labels_text(&known.namespace),
                })
            })
            .collect();
        Ok(answer::success_with(json!({
            "TotalCount": total.to_string(),
            "Resources": {"Resource": resources},
        })))
    }
}
