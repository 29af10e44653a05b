//! `DescribeAlertLogCount`: rows counted by something.

use std::collections::BTreeMap;

use muster_alarms::{State, Tally};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::wanted::Wanted;
use crate::cloudmonitor::rules::{owner, record, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

#[derive(Clone, Copy, Debug)]
enum GroupBy {
    Product,
    Level,
    Group,
    ContactGroup,
    ProductAndMetric,
}

/// The input.
pub(in crate::cloudmonitor) struct DescribeAlertLogCount {
    wanted: Wanted,
    by: GroupBy,
}

impl Operation<CloudMonitor> for DescribeAlertLogCount {
    const NAME: &'static str = "DescribeAlertLogCount";
    const PERMISSION: &'static str = "cms:DescribeAlertLogCount";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let by = match parameters.required("GroupBy")? {
            "product" => GroupBy::Product,
            "level" => GroupBy::Level,
            "groupId" => GroupBy::Group,
            "contactGroup" => GroupBy::ContactGroup,
            "product,metricName" => GroupBy::ProductAndMetric,
            _ => {
                let why = "must be product, level, groupId, contactGroup or product,metricName";
                return Err(Refusal::illegal("GroupBy", why));
            }
        };
        Ok(Self { wanted: Wanted::read(parameters)?, by })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut counts: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        if let Some((filter, ..)) = self.wanted.at(cx.tx.now()) {
            let tally = match self.by {
                GroupBy::Product => Tally::Namespace,
                GroupBy::Level => Tally::State,
                GroupBy::Group => Tally::Group,
                GroupBy::ContactGroup => Tally::ContactGroups,
                GroupBy::ProductAndMetric => Tally::Metric,
            };
            for (values, count) in
                cx.services.alarms.tally_notices(cx.tx, owner(cx.caller), &filter, tally)?
            {
                for words in self.words(&values) {
                    *counts.entry(words).or_default() += count;
                }
            }
        }
        let counts: Vec<Value> = counts
            .into_iter()
            .map(|(words, count)| {
                let logs: Vec<Value> = self
                    .names()
                    .iter()
                    .zip(words)
                    .map(|(name, value)| json!({"Name": name, "Value": value}))
                    .collect();
                json!({"Count": count, "Logs": logs})
            })
            .collect();
        Ok(answer::success_with(json!({"AlertLogCount": counts})))
    }
}

impl DescribeAlertLogCount {
    fn names(&self) -> &'static [&'static str] {
        match self.by {
            GroupBy::Product => &["product"],
            GroupBy::Level => &["level"],
            GroupBy::Group => &["groupId"],
            GroupBy::ContactGroup => &["contactGroup"],
            GroupBy::ProductAndMetric => &["product", "metricName"],
        }
    }

    /// What rows with these values count for: several things where they name several contact groups.
    fn words(&self, values: &[String]) -> Vec<Vec<String>> {
        let [first, rest @ ..] = values else { return Vec::new() };
        let product = || record::product(first).to_uppercase();
        match self.by {
            GroupBy::Product => vec![vec![product()]],
            GroupBy::ProductAndMetric => vec![vec![product(), rest.join(",")]],
            GroupBy::Level => {
                let code = State::from_text(first).map(|state| words::state_code(state).to_owned());
                vec![vec![code.unwrap_or_else(|| first.clone())]]
            }
            GroupBy::Group => vec![vec![first.clone()]],
            GroupBy::ContactGroup => {
                first.split(',').filter(|name| !name.is_empty()).map(|name| vec![name.to_owned()]).collect()
            }
        }
    }
}
