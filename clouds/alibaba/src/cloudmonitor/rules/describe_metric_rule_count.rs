//! `DescribeMetricRuleCount`: how many rules stand how.

use muster_alarms::RuleFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input::owner;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricRuleCount(RuleFilter);

impl Operation<CloudMonitor> for DescribeMetricRuleCount {
    const NAME: &'static str = "DescribeMetricRuleCount";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleCount";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name: &str| parameters.word(name).map(str::to_owned);
        Ok(Self(RuleFilter {
            namespace: text("Namespace"),
            first_metric: text("MetricName"),
            ..RuleFilter::default()
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let counts = cx.services.alarms.count_by_state(cx.tx, owner(cx.caller), &self.0)?;
        Ok(answer::success_with(json!({
            "MetricRuleCount": {
                "Alarm": counts.alarm,
                "Disable": counts.disabled,
                "Nodata": counts.unknown,
                "Ok": counts.ok,
                "Total": counts.alarm + counts.disabled + counts.unknown + counts.ok,
            },
        })))
    }
}
