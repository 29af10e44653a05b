//! `DescribeAlertLogHistogram`: rows counted along time.

use std::collections::HashMap;

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::wanted::Wanted;
use crate::cloudmonitor::rules::owner;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// About so many bars are drawn.
const BARS: i64 = 60;
/// The narrowest bar.
const NARROWEST_MS: i64 = 60_000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeAlertLogHistogram(Wanted);

impl Operation<CloudMonitor> for DescribeAlertLogHistogram {
    const NAME: &'static str = "DescribeAlertLogHistogram";
    const PERMISSION: &'static str = "cms:DescribeAlertLogHistogram";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Wanted::read(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut bars: Vec<Value> = Vec::new();
        if let Some((filter, from, to)) = self.0.at(cx.tx.now()) {
            let width = width_ms(to.since(from));
            let counted = cx.services.alarms.histogram(cx.tx, owner(cx.caller), &filter, width)?;
            let counted: HashMap<i64, u64> = counted.into_iter().collect();
            let last = (to.millis() - 1).div_euclid(width);
            for place in from.millis().div_euclid(width)..=last {
                bars.push(json!({
                    "Count": counted.get(&place).copied().unwrap_or_default(),
                    "From": place * width / 1000,
                    "To": (place + 1) * width / 1000,
                }));
            }
        }
        Ok(answer::success_with(json!({"AlertLogHistogramList": bars})))
    }
}

/// Whole minutes, so that bars begin where clocks do.
fn width_ms(span_ms: i64) -> i64 {
    let minutes = (span_ms / BARS + NARROWEST_MS - 1) / NARROWEST_MS;
    minutes.max(1) * NARROWEST_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_sixty_bars_of_whole_minutes() {
        for (span_ms, width_minutes) in
            [(1, 1), (900_000, 1), (3_600_000, 1), (7_200_000, 2), (86_400_000, 24)]
        {
            assert_eq!(width_ms(span_ms), width_minutes * 60_000, "{span_ms}");
        }
    }
}
