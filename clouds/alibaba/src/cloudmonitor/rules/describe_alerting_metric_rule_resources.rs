//! `DescribeAlertingMetricRuleResources`: what is in alarm now.

use std::collections::HashMap;

use muster_alarms::{
    Condition, Episode, EpisodeFilter, Order, Policy, Rule, RuleFilter, State, Unit, UnitFilter,
};
use muster_core::{PageRequest, Timestamp};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input::owner;
use super::kept::Kept;
use super::{expression, record, resources, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeAlertingMetricRuleResources {
    rule: Option<String>,
    filter: UnitFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeAlertingMetricRuleResources {
    const NAME: &'static str = "DescribeAlertingMetricRuleResources";
    const PERMISSION: &'static str = "cms:DescribeAlertingMetricRuleResources";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            rule: parameters.word("RuleId").map(str::to_owned),
            filter: UnitFilter {
                in_alarm: true,
                dimensions: resources::sets("Dimensions", parameters.text("Dimensions").unwrap_or_default())?,
                group_id: parameters.integer("GroupId")?,
                namespace: parameters.word("Namespace").map(str::to_owned),
                since_before: parameters.integer("AlertBeforeTime")?.map(Timestamp::from_millis),
                ..UnitFilter::default()
            },
            page: paging::read_as(parameters, "Page", 10)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (alarms, owner) = (&cx.services.alarms, owner(cx.caller));
        let mut filter = self.filter.clone();
        if let Some(key) = &self.rule {
            // The number of no rule: an unknown id has nothing in alarm.
            let id = alarms.find(cx.tx, owner, key)?.map_or(0, |rule| rule.id);
            filter.rule_ids = vec![id];
        }
        let page = alarms.units(cx.tx, owner, &filter, self.page)?;
        let ids: Vec<i64> = page.items.iter().map(|unit| unit.rule_id).collect();
        let rules = RuleFilter { ids, ..RuleFilter::default() };
        let all = PageRequest::numbered(1, page.items.len().max(1) as u64);
        let rules =
            if page.items.is_empty() { Vec::new() } else { alarms.list(cx.tx, owner, &rules, all)?.items };
        let rules: HashMap<i64, Rule> = rules.into_iter().map(|rule| (rule.id, rule)).collect();
        let episodes = EpisodeFilter {
            ids: page.items.iter().filter_map(|unit| unit.episode_id).collect(),
            ..EpisodeFilter::default()
        };
        let episodes = if episodes.ids.is_empty() {
            Vec::new()
        } else {
            alarms.episodes(cx.tx, owner, &episodes, Order::default(), all)?.items
        };
        let episodes: HashMap<i64, Episode> =
            episodes.into_iter().map(|episode| (episode.id, episode)).collect();
        let rows: Vec<Value> = page
            .items
            .iter()
            .filter_map(|unit| {
                let rule = rules.get(&unit.rule_id)?;
                let policy = rule.spec.policies.iter().find(|policy| policy.id == unit.policy_id)?;
                Some(row(unit, rule, policy, unit.episode_id.and_then(|id| episodes.get(&id))))
            })
            .collect();
        Ok(answer::numbered_success_with(json!({"Total": page.total, "Resources": {"Resource": rows}})))
    }
}

fn row(unit: &Unit, rule: &Rule, policy: &Policy, episode: Option<&Episode>) -> Value {
    let kept = Kept::of(&rule.spec);
    let level = match unit.state {
        State::Alarm(level) => level,
        State::Ok | State::Unknown => muster_alarms::Level::Info,
    };
    let (text, times) = expression::text(policy, &kept, level);
    let condition = expression::condition(policy, level);
    let (statistics, threshold) =
        condition.map(|condition| expression::texts(condition, &kept)).unwrap_or_default();
    let operator = condition.map_or("", |condition| words::operator_words(condition.comparison).0);
    let clauses: Vec<Value> = kept
        .composite
        .iter()
        .flat_map(|composite| &composite.clauses)
        .map(|clause| {
            json!({
                "ComparisonOperator": clause.comparison_operator,
                "MetricName": clause.metric_name,
                "Period": clause.period.to_string(),
                "Statistics": clause.statistics,
                "Threshold": clause.threshold,
            })
        })
        .collect();
    let dimensions = Value::Object(resources::map(&unit.dimensions)).to_string();
    let began = episode.map_or(unit.since, |episode| episode.began_at);
    let last = episode.map_or(unit.since, |episode| episode.last_at);
    let repeats = (last.since(began) / (i64::from(record::period_seconds(&rule.spec)).max(1) * 1000)).max(0);
    json!({
        "RuleId": rule.key,
        "RuleName": rule.spec.name,
        "Namespace": rule.spec.namespace,
        "MetricName": record::subject_name(&rule.spec),
        "ProductCategory": record::product(&rule.spec.namespace),
        "GroupId": record::group_id(&rule.spec, &kept).map_or_else(String::new, |id| id.to_string()),
        "Dimensions": dimensions,
        "Resource": dimensions,
        "Enable": rule.enabled.to_string(),
        "Level": words::level_number(level),
        "Statistics": statistics,
        "Threshold": threshold,
        "StartTime": began.millis().to_string(),
        "LastAlertTime": last.millis().to_string(),
        "LastModifyTime": rule.updated_at.millis().to_string(),
        "RetryTimes": repeats.to_string(),
        "MetricValues": metric_values(unit, &statistics),
        "Escalation": {"Resource": [{
            "ComparisonOperator": operator,
            "Expression": text,
            "ExpressionList": {"ExpressionList": clauses},
            "ExpressionListJoin": kept.composite.as_ref().map_or("", |composite| &composite.join),
            "ExpressionRaw": match &policy.condition {
                Condition::Expression { text, .. } => text.as_str(),
                Condition::Levels(_) => "",
            },
            "Level": words::level_number(level),
            "PreCondition": "",
            "Tag": "",
            "Threshold": threshold,
            "Times": times,
        }]},
    })
}

/// The last point, as metric queries show one.
fn metric_values(unit: &Unit, statistics: &str) -> String {
    let Some(point) = unit.last else { return "{}".to_owned() };
    let mut values = resources::map(&unit.dimensions);
    values.insert("timestamp".to_owned(), Value::from(point.at.millis()));
    let name = if statistics.is_empty() { "Value" } else { statistics };
    values.insert(name.to_owned(), Value::from(point.value));
    Value::Object(values).to_string()
}
