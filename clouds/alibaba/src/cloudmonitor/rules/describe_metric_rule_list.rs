//! `DescribeMetricRuleList`: rules and how they stand.

use muster_alarms::{Rule, RuleFilter, State};
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input::owner;
use super::kept::Kept;
use super::{record, resources};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Ids that one question may name.
const MOST_IDS: usize = 100;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricRuleList {
    filter: RuleFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMetricRuleList {
    const NAME: &'static str = "DescribeMetricRuleList";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let keys: Vec<String> = parameters
            .word("RuleIds")
            .map(|ids| ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect())
            .unwrap_or_default();
        if keys.len() > MOST_IDS {
            return Err(Refusal::illegal("RuleIds", "must be at most 100 ids"));
        }
        let state = match parameters.word("AlertState") {
            None => None,
            Some("OK") => Some(State::Ok),
            Some("ALARM") => Some(State::Alarm(muster_alarms::Level::Info)),
            Some("INSUFFICIENT_DATA") => Some(State::Unknown),
            Some(_) => return Err(Refusal::illegal("AlertState", "must be OK, ALARM or INSUFFICIENT_DATA")),
        };
        let mut sets = resources::sets("Dimensions", parameters.text("Dimensions").unwrap_or_default())?;
        let text = |name: &str| parameters.word(name).map(str::to_owned);
        Ok(Self {
            filter: RuleFilter {
                keys,
                name_contains: text("RuleName"),
                namespace: text("Namespace"),
                // A rule of several metrics is found by its first one only.
                first_metric: text("MetricName"),
                group_id: parameters.integer("GroupId")?,
                enabled: parameters.boolean("EnableState")?,
                state,
                dimensions: sets.pop(),
                ..RuleFilter::default()
            },
            page: paging::read_as(parameters, "Page", 10)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let alarms = &cx.services.alarms;
        let page = alarms.list(cx.tx, owner(cx.caller), &self.filter, self.page)?;
        let ids: Vec<i64> = page.items.iter().map(|rule| rule.id).collect();
        let states = alarms.worst_states(cx.tx, &ids)?;
        let group_of = |rule: &Rule| record::group_id(&rule.spec, &Kept::of(&rule.spec));
        let names = super::group_names(cx, page.items.iter().filter_map(group_of))?;
        let rule = |rule: &Rule| {
            let state = states.get(&rule.id).copied().unwrap_or(State::Unknown);
            let group = group_of(rule).and_then(|id| names.get(&id));
            record::written(rule, state, group.map_or("", String::as_str))
        };
        let rules: Vec<Value> = page.items.iter().map(rule).collect();
        Ok(answer::numbered_success_with(
            json!({"Total": page.total.to_string(), "Alarms": {"Alarm": rules}}),
        ))
    }
}
