//! CloudMonitor, API version 2019-01-01: the operations that the table names.
//!
//! Rules live in the features; here are the vendor's words for them.

mod alert_log;
mod answer;
mod blacklist;
mod callbacks;
mod catalogue;
mod contact;
mod error;
mod event;
mod event_rule;
mod groups;
mod hybrid;
mod metric;
mod notification;
mod paging;
mod rules;
#[cfg(test)]
mod tests;
mod time;

use std::sync::Arc;

use muster_wire::{Api, Entry, operations};

use crate::rpc::envelope::Document;
use crate::rpc::{Parameters, Product};

pub use callbacks::{Bridge, Callbacks};
pub use catalogue::CATALOGUE;
pub use error::Refusal;
pub use event::EventDocuments;
pub use groups::NAMING_DIMENSIONS;

/// The API.
#[derive(Debug)]
pub struct CloudMonitor;

/// The features that CloudMonitor stands on.
#[derive(Clone, Debug)]
pub struct Services {
    /// Contacts, contact groups and the outbox.
    pub notify: Arc<muster_notify::Service>,
    /// Events and the rules over them.
    pub events: Arc<muster_events::Service>,
    /// Alarm rules.
    pub alarms: Arc<muster_alarms::Service>,
    /// Series and their samples.
    pub metrics: Arc<muster_metrics::Service>,
    /// What rules are made from.
    pub templates: Arc<muster_alarms::templates::Service>,
    /// What keeps alarms from people.
    pub masks: Arc<muster_alarms::masks::Service>,
    /// The inventory and groups of resources.
    pub resources: Arc<muster_resources::Service>,
}

impl Api for CloudMonitor {
    const NAME: &'static str = "CloudMonitor";
    type Request = Parameters;
    type Response = Document;
    type Error = Refusal;
    type Services = Services;
}

impl Product for CloudMonitor {
    const VERSION: &'static str = "2019-01-01";
    const CODE: &'static str = "Cms";

    fn operations() -> &'static [Entry<Self>] {
        OPERATIONS
    }
}

/// What is served.
pub const OPERATIONS: &[Entry<CloudMonitor>] = operations![
    CloudMonitor;
    blacklist::CreateMetricRuleBlackList,
    blacklist::DeleteMetricRuleBlackList,
    blacklist::DescribeMetricRuleBlackList,
    blacklist::EnableMetricRuleBlackList,
    blacklist::ModifyMetricRuleBlackList,
    contact::DeleteContact,
    contact::DeleteContactGroup,
    contact::DescribeContactGroupList,
    contact::DescribeContactList,
    contact::DescribeContactListByContactGroup,
    contact::PutContact,
    contact::PutContactGroup,
    event::DescribeCustomEventAttribute,
    event::DescribeCustomEventCount,
    event::DescribeCustomEventHistogram,
    event::DescribeSystemEventAttribute,
    event::DescribeSystemEventCount,
    event::DescribeSystemEventHistogram,
    event::DescribeSystemEventMetaList,
    event::PutCustomEvent,
    event::SendDryRunSystemEvent,
    event_rule::DeleteEventRuleTargets,
    event_rule::DeleteEventRules,
    event_rule::DescribeEventRuleAttribute,
    event_rule::DescribeEventRuleList,
    event_rule::DescribeEventRuleTargetList,
    event_rule::DisableEventRules,
    event_rule::EnableEventRules,
    event_rule::PutEventRule,
    event_rule::PutEventRuleTargets,
    groups::AddTags,
    groups::CreateDynamicTagGroup,
    groups::CreateMonitorGroup,
    groups::CreateMonitorGroupByResourceGroupId,
    groups::CreateMonitorGroupInstances,
    groups::CreateMonitorGroupNotifyPolicy,
    groups::DeleteDynamicTagGroup,
    groups::DeleteMonitorGroup,
    groups::DeleteMonitorGroupDynamicRule,
    groups::DeleteMonitorGroupInstances,
    groups::DeleteMonitorGroupNotifyPolicy,
    groups::DescribeDynamicTagRuleList,
    groups::DescribeMonitorGroupCategories,
    groups::DescribeMonitorGroupDynamicRules,
    groups::DescribeMonitorGroupInstanceAttribute,
    groups::DescribeMonitorGroupInstances,
    groups::DescribeMonitorGroupNotifyPolicyList,
    groups::DescribeMonitorGroups,
    groups::DescribeProductResourceTagKeyList,
    groups::DescribeTagKeyList,
    groups::DescribeTagValueList,
    groups::ModifyMonitorGroup,
    groups::ModifyMonitorGroupInstances,
    groups::PutMonitorGroupDynamicRule,
    groups::RemoveTags,
    hybrid::CreateHybridMonitorNamespace,
    hybrid::DeleteHybridMonitorNamespace,
    hybrid::DescribeHybridMonitorDataList,
    hybrid::DescribeHybridMonitorNamespaceList,
    hybrid::ModifyHybridMonitorNamespace,
    hybrid::PutHybridMonitorMetricData,
    metric::BatchExport,
    metric::Cursor,
    metric::DeleteCustomMetric,
    metric::DescribeCustomMetricList,
    metric::DescribeMetricData,
    metric::DescribeMetricLast,
    metric::DescribeMetricList,
    metric::DescribeMetricMetaList,
    metric::DescribeMetricTop,
    metric::DescribeProjectMeta,
    metric::PutCustomMetric,
    rules::CreateGroupMetricRules,
    rules::CreateMetricRuleResources,
    rules::DeleteMetricRuleResources,
    rules::DeleteMetricRuleTargets,
    rules::ApplyMetricRuleTemplate,
    rules::CreateMetricRuleTemplate,
    rules::DeleteMetricRuleTemplate,
    rules::DescribeMetricRuleTemplateAttribute,
    rules::DescribeMetricRuleTemplateList,
    rules::ModifyMetricRuleTemplate,
    rules::DeleteMetricRules,
    rules::DescribeAlertingMetricRuleResources,
    rules::DescribeMetricRuleCount,
    rules::DescribeMetricRuleList,
    rules::DescribeMetricRuleTargets,
    rules::DisableMetricRules,
    rules::EnableMetricRules,
    rules::PutCustomEventRule,
    rules::PutCustomMetricRule,
    rules::PutGroupMetricRule,
    rules::PutMetricRuleTargets,
    rules::PutResourceMetricRule,
    rules::PutResourceMetricRules,
    alert_log::DescribeAlertHistoryList,
    alert_log::DescribeAlertLogCount,
    alert_log::DescribeAlertLogHistogram,
    alert_log::DescribeAlertLogList,
];
