//! `PutCustomMetricRule`: makes or replaces a rule with one level on metrics that were pushed.

use std::collections::BTreeMap;

use muster_alarms::{Condition, LevelCondition, Quantity};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input::{self, RuleInput};
use super::kept::{Kept, Kind, LevelTexts};
use super::{escalations, resources, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Without a period, that in which metrics are usually pushed, in seconds.
const PERIOD: u64 = 60;

/// The input.
pub(in crate::cloudmonitor) struct PutCustomMetricRule(RuleInput);

impl Operation<CloudMonitor> for PutCustomMetricRule {
    const NAME: &'static str = "PutCustomMetricRule";
    const PERMISSION: &'static str = "cms:PutCustomMetricRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        RuleInput::require_contact_groups(parameters)?;
        let needed = |name: &'static str| parameters.required(name).map_err(Refusal::from);
        needed("MetricName")?;
        let level = level(needed("Level")?)?;
        let statistics = needed("Statistics")?;
        let sign = needed("ComparisonOperator")?;
        let threshold = needed("Threshold")?;
        needed("EvaluationCount")?;
        let sets = resources::sets("Resources", needed("Resources")?)?;
        let condition = LevelCondition {
            level,
            quantity: Quantity::Statistic(
                words::statistic(statistics)
                    .ok_or_else(|| Refusal::illegal("Statistics", "is no statistic"))?,
            ),
            comparison: words::sign(sign).ok_or_else(|| {
                Refusal::illegal("ComparisonOperator", "must be one of >=, =, <=, >, < and !=")
            })?,
            threshold: escalations::number(threshold)
                .ok_or_else(|| Refusal::illegal("Threshold", "must be a decimal number"))?,
            times: escalations::times(parameters, "EvaluationCount")
                .map_err(|why| Refusal::illegal("EvaluationCount", why))?,
        };
        let texts = LevelTexts {
            statistics: statistics.to_owned(),
            threshold: threshold.to_owned(),
            ..LevelTexts::default()
        };
        let subject = input::metric(parameters)?;
        let period = input::period(parameters, PERIOD)?;
        let policy = input::policy(subject, period, Condition::Levels(vec![condition]));
        let mut rule = input::read(parameters, resources::CUSTOM_METRIC.to_owned(), policy)?;
        rule.spec.target = resources::target(resources::CUSTOM_METRIC, sets);
        rule.kept = Kept {
            kind: Kind::CustomMetric,
            resources: parameters.text("Resources").unwrap_or_default().to_owned(),
            group_id: parameters.integer("GroupId")?.filter(|id| *id > 0),
            levels: BTreeMap::from([(words::level_member(level).to_owned(), texts)]),
            ..rule.kept
        };
        Ok(Self(rule))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut rule = self.0.clone();
        rule.spec.namespace = format!("{}{}", resources::CUSTOM_METRIC, cx.caller.account_id);
        rule.put(cx)?;
        Ok(answer::success_with(json!({"Message": ""})))
    }
}

/// Reads `Level`.
pub(super) fn level(word: &str) -> Result<muster_alarms::Level, Refusal> {
    words::level(word).ok_or_else(|| Refusal::illegal("Level", "must be CRITICAL, WARN or INFO"))
}
