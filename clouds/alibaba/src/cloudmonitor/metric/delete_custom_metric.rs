//! `DeleteCustomMetric`: removes pushed series with their data.

use muster_core::Error;
use muster_metrics::SeriesId;
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::describe_custom_metric_list::fingerprint;
use super::labels;
use super::scope;
use super::wanted::pushed;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteCustomMetric {
    group_id: String,
    metric: String,
    md5: Option<String>,
    uuid: Option<String>,
}

impl Operation<CloudMonitor> for DeleteCustomMetric {
    const NAME: &'static str = "DeleteCustomMetric";
    const PERMISSION: &'static str = "cms:DeleteCustomMetric";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        Ok(Self {
            group_id: parameters.required("GroupId")?.to_owned(),
            metric: parameters.required("MetricName")?.to_owned(),
            md5: text("Md5"),
            uuid: text("UUID"),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        let namespace = labels::custom_namespace(&cx.caller.account_id);
        let names = (Some(self.metric.as_str()), Some(self.group_id.as_str()));
        let mut found = pushed(cx.tx, metrics, scope, &namespace, names)?;
        found.retain(|series| {
            self.md5.as_ref().is_none_or(|md5| *md5 == fingerprint(series.name.text()))
                && self.uuid.as_ref().is_none_or(|uuid| *uuid == series.id.0.to_string())
        });
        if found.is_empty() {
            return Err(Error::not_found("custom metric", &self.metric).into());
        }
        let ids: Vec<SeriesId> = found.iter().map(|series| series.id).collect();
        metrics.remove(cx.tx, scope, &ids)?;
        Ok(answer::unsaid_success_with(Value::Null))
    }
}
