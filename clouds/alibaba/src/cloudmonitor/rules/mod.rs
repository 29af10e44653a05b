//! Metric rules: what is watched, from when on it is an alarm, and who is told.

mod describe_alerting_metric_rule_resources;
mod describe_metric_rule_count;
mod describe_metric_rule_list;
mod escalations;
pub(super) mod expression;
mod group_rules;
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
mod templates;
#[cfg(test)]
mod tests;
pub(super) mod words;

use std::collections::{BTreeSet, HashMap};

use muster_resources::Scope;
use muster_wire::Cx;

use super::{CloudMonitor, Refusal};

pub(super) use describe_alerting_metric_rule_resources::DescribeAlertingMetricRuleResources;
pub(super) use describe_metric_rule_count::DescribeMetricRuleCount;
pub(super) use describe_metric_rule_list::DescribeMetricRuleList;
pub(super) use group_rules::{CreateGroupMetricRules, PutGroupMetricRule};
pub(super) use input::owner;
pub(super) use metric_rule_resources::{CreateMetricRuleResources, DeleteMetricRuleResources};
pub(super) use put_custom_event_rule::PutCustomEventRule;
pub(super) use put_custom_metric_rule::PutCustomMetricRule;
pub(super) use put_resource_metric_rule::PutResourceMetricRule;
pub(super) use put_resource_metric_rules::PutResourceMetricRules;
pub(super) use resources::map;
pub(super) use switch::{DeleteMetricRules, DisableMetricRules, EnableMetricRules};
pub(super) use targets::{DeleteMetricRuleTargets, DescribeMetricRuleTargets, PutMetricRuleTargets};
pub(super) use templates::{
    ApplyMetricRuleTemplate, CreateMetricRuleTemplate, DeleteMetricRuleTemplate,
    DescribeMetricRuleTemplateAttribute, DescribeMetricRuleTemplateList, ModifyMetricRuleTemplate,
};

/// The names of the application groups that rules name, of those that exist.
pub(super) fn group_names(
    cx: &mut Cx<'_, '_, CloudMonitor>,
    groups: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, String>, Refusal> {
    let scope = Scope { account_id: &cx.caller.account_id, project_id: &cx.caller.project_id };
    let groups: BTreeSet<i64> = groups.collect();
    let mut names = HashMap::with_capacity(groups.len());
    for id in groups {
        if let Some(group) = cx.services.resources.find_group(cx.tx, scope, id)? {
            names.insert(id, group.name);
        }
    }
    Ok(names)
}
