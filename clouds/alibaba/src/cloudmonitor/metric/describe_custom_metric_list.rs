//! `DescribeCustomMetricList`: the series that were pushed.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation, digest};
use serde_json::{Value, json};

use super::labels::{self, GROUP, PAIRS};
use super::scope;
use super::wanted::pushed;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeCustomMetricList {
    group_id: Option<String>,
    metric: Option<String>,
    dimension: Option<String>,
    md5: Option<String>,
    page: PageRequest,
    number: i64,
}

impl Operation<CloudMonitor> for DescribeCustomMetricList {
    const NAME: &'static str = "DescribeCustomMetricList";
    const PERMISSION: &'static str = "cms:DescribeCustomMetricList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        Ok(Self {
            group_id: text("GroupId"),
            metric: text("MetricName"),
            dimension: text("Dimension"),
            md5: text("Md5"),
            page: paging::read(parameters, DEFAULT_SIZE)?,
            number: parameters.integer("PageNumber")?.unwrap_or(1),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let namespace = labels::custom_namespace(&cx.caller.account_id);
        let names = (self.metric.as_deref(), self.group_id.as_deref());
        let mut found = pushed(cx.tx, &cx.services.metrics, scope(cx.caller), &namespace, names)?;
        found.retain(|series| {
            let is_like = |text: &String| {
                let labels = labels::labels(&series.name, &cx.caller.account_id);
                let pairs = labels::value(&labels, PAIRS).unwrap_or_default().to_owned();
                let all = labels::in_order(text);
                pairs == all || all.split('&').all(|pair| pairs.split('&').any(|known| known == pair))
            };
            self.dimension.as_ref().is_none_or(is_like)
                && self.md5.as_ref().is_none_or(|md5| *md5 == fingerprint(series.name.text()))
        });
        let all = found.len();
        let items: Vec<Value> = paging::cut(found, self.page)
            .map(|series| {
                let labels = labels::labels(&series.name, &cx.caller.account_id);
                let label = |name| labels::value(&labels, name).unwrap_or_default();
                json!({
                    "project": namespace,
                    "groupId": label(GROUP),
                    "metricName": series.name.metric(),
                    "dimension": label(PAIRS),
                    "md5": fingerprint(series.name.text()),
                    "uuid": series.id.0.to_string(),
                    "status": 1,
                })
            })
            .collect();
        let param = json!({
            "metricName": self.metric,
            "groupId": self.group_id,
            "project": namespace,
            "dimension": self.dimension,
            "status": 1,
        });
        let result = json!({
            "all": all,
            "size": self.page.limit,
            "page": self.number,
            "param": {"metric": param.to_string(), "service": "cms"},
            "list": items,
        });
        Ok(answer::unsaid_success_with(json!({"Result": result.to_string()})))
    }
}

/// What tells series apart in 32 hexadecimal digits. Clients hand it back and compute nothing from it.
pub(super) fn fingerprint(name: &str) -> String {
    let mut digits = digest::sha256_hex(name.as_bytes());
    digits.truncate(32);
    digits
}
