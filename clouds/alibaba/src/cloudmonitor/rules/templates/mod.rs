//! Templates of rules, which are applied to application groups. One operation, one file.

mod apply_metric_rule_template;
mod create_metric_rule_template;
mod delete_metric_rule_template;
mod describe_metric_rule_template_attribute;
mod describe_metric_rule_template_list;
mod items;
mod modify_metric_rule_template;
#[cfg(test)]
mod tests;

pub(in crate::cloudmonitor) use apply_metric_rule_template::ApplyMetricRuleTemplate;
pub(in crate::cloudmonitor) use create_metric_rule_template::CreateMetricRuleTemplate;
pub(in crate::cloudmonitor) use delete_metric_rule_template::DeleteMetricRuleTemplate;
pub(in crate::cloudmonitor) use describe_metric_rule_template_attribute::DescribeMetricRuleTemplateAttribute;
pub(in crate::cloudmonitor) use describe_metric_rule_template_list::DescribeMetricRuleTemplateList;
pub(in crate::cloudmonitor) use modify_metric_rule_template::ModifyMetricRuleTemplate;

use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// The number of a template; one that nothing has where the text is no number.
fn template_id(parameters: &Parameters) -> Result<i64, Refusal> {
    parameters.required("TemplateId")?;
    Ok(parameters.integer("TemplateId")?.unwrap_or(0))
}
