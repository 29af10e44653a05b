//! Metric data: pushed, queried, exported, described, deleted.

mod batch_export;
mod catalogue;
mod cursor;
mod custom;
mod delete_custom_metric;
mod describe_custom_metric_list;
mod describe_metric_data;
mod describe_metric_last;
mod describe_metric_list;
mod describe_metric_meta_list;
mod describe_metric_top;
mod describe_project_meta;
mod labels;
mod lines;
mod put_custom_metric;
mod query;
mod statistics;
#[cfg(test)]
mod tests;
mod token;
mod wanted;

pub(super) use batch_export::BatchExport;
pub(super) use cursor::Cursor;
pub(super) use delete_custom_metric::DeleteCustomMetric;
pub(super) use describe_custom_metric_list::DescribeCustomMetricList;
pub(super) use describe_metric_data::DescribeMetricData;
pub(super) use describe_metric_last::DescribeMetricLast;
pub(super) use describe_metric_list::DescribeMetricList;
pub(super) use describe_metric_meta_list::DescribeMetricMetaList;
pub(super) use describe_metric_top::DescribeMetricTop;
pub(super) use describe_project_meta::DescribeProjectMeta;
pub(super) use put_custom_metric::PutCustomMetric;

use muster_identity::Caller;
use muster_metrics::Scope;

/// Metrics belong to the account; whoever signs requests here acts in its default project.
fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}
