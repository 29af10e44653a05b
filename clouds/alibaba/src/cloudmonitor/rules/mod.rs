//! Metric rules: what is watched, from when on it is an alarm, and who is told.

mod describe_alerting_metric_rule_resources;
mod describe_metric_rule_count;
mod describe_metric_rule_list;
mod escalations;
pub(super) mod expression;
mod input;
mod intervals;
pub(super) mod kept;
mod metric_rule_resources;
mod put_custom_event_rule;
mod put_custom_metric_rule;
mod put_resource_metric_rule;
mod put_resource_metric_rules;
pub(super) mod record;
mod resources;
mod switch;
mod targets;
#[cfg(test)]
mod tests;
pub(super) mod words;

pub(super) use describe_alerting_metric_rule_resources::DescribeAlertingMetricRuleResources;
pub(super) use describe_metric_rule_count::DescribeMetricRuleCount;
pub(super) use describe_metric_rule_list::DescribeMetricRuleList;
pub(super) use input::owner;
pub(super) use metric_rule_resources::{CreateMetricRuleResources, DeleteMetricRuleResources};
pub(super) use put_custom_event_rule::PutCustomEventRule;
pub(super) use put_custom_metric_rule::PutCustomMetricRule;
pub(super) use put_resource_metric_rule::PutResourceMetricRule;
pub(super) use put_resource_metric_rules::PutResourceMetricRules;
pub(super) use resources::map;
pub(super) use switch::{DeleteMetricRules, DisableMetricRules, EnableMetricRules};
pub(super) use targets::{DeleteMetricRuleTargets, DescribeMetricRuleTargets, PutMetricRuleTargets};
