//! Rules over events, and their targets.

mod describe_event_rule_attribute;
mod describe_event_rule_list;
mod describe_event_rule_target_list;
mod patterns;
mod put_event_rule;
mod put_event_rule_targets;
mod switch;
mod targets;
#[cfg(test)]
mod tests;

pub(super) use describe_event_rule_attribute::DescribeEventRuleAttribute;
pub(super) use describe_event_rule_list::DescribeEventRuleList;
pub(super) use describe_event_rule_target_list::DescribeEventRuleTargetList;
pub(super) use put_event_rule::PutEventRule;
pub(super) use put_event_rule_targets::PutEventRuleTargets;
pub(super) use switch::{DeleteEventRuleTargets, DeleteEventRules, DisableEventRules, EnableEventRules};
