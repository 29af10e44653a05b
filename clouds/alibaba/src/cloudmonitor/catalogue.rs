//! Every operation of the API, served or not: the coverage page is made from it.

/// The names, family by family.
pub const CATALOGUE: &[&str] = &[
    // Contact
    "DeleteContact",
    "DeleteContactGroup",
    "DescribeContactGroupList",
    "DescribeContactList",
    "DescribeContactListByContactGroup",
    "PutContact",
    "PutContactGroup",
    // Rule
    "DeleteMetricRuleTargets",
    "DeleteMetricRules",
    "DescribeMetricRuleList",
    "DescribeMetricRuleTargets",
    "DisableMetricRules",
    "EnableMetricRules",
    "PutCustomEventRule",
    "PutCustomMetricRule",
    "PutMetricRuleTargets",
    "PutResourceMetricRule",
    "PutResourceMetricRules",
    "CreateGroupMetricRules",
    "CreateMetricRuleResources",
    "DeleteMetricRuleResources",
    "DescribeAlertingMetricRuleResources",
    "DescribeMetricRuleCount",
    "PutGroupMetricRule",
    // Metric
    "DescribeCustomMetricList",
    "DescribeMetricLast",
    "DescribeMetricList",
    "PutCustomMetric",
    "BatchExport",
    "Cursor",
    "DeleteCustomMetric",
    "DescribeMetricData",
    "DescribeMetricMetaList",
    "DescribeMetricTop",
    "DescribeProjectMeta",
    // Event
    "PutCustomEvent",
    "SendDryRunSystemEvent",
    "DescribeCustomEventAttribute",
    "DescribeCustomEventCount",
    "DescribeCustomEventHistogram",
    "DescribeSystemEventAttribute",
    "DescribeSystemEventCount",
    "DescribeSystemEventHistogram",
    "DescribeSystemEventMetaList",
    // Event rule
    "DeleteEventRuleTargets",
    "DeleteEventRules",
    "DescribeEventRuleAttribute",
    "DescribeEventRuleList",
    "DescribeEventRuleTargetList",
    "DisableEventRules",
    "EnableEventRules",
    "PutEventRule",
    "PutEventRuleTargets",
    // Alert log
    "DescribeAlertHistoryList",
    "DescribeAlertLogList",
    "DescribeAlertLogCount",
    "DescribeAlertLogHistogram",
    // App group
    "CreateMonitorGroup",
    "CreateMonitorGroupInstances",
    "CreateMonitorGroupNotifyPolicy",
    "DeleteMonitorGroup",
    "DeleteMonitorGroupInstances",
    "DeleteMonitorGroupNotifyPolicy",
    "DescribeMonitorGroupCategories",
    "DescribeMonitorGroupInstanceAttribute",
    "DescribeMonitorGroupInstances",
    "DescribeMonitorGroupNotifyPolicyList",
    "DescribeMonitorGroups",
    "ModifyMonitorGroup",
    "ModifyMonitorGroupInstances",
    "CreateMonitorGroupByResourceGroupId",
    "DeleteMonitorGroupDynamicRule",
    "DescribeMonitorGroupDynamicRules",
    "PutMonitorGroupDynamicRule",
    // Tag
    "AddTags",
    "CreateDynamicTagGroup",
    "DeleteDynamicTagGroup",
    "DescribeDynamicTagRuleList",
    "DescribeTagKeyList",
    "DescribeTagValueList",
    "RemoveTags",
    "DescribeProductResourceTagKeyList",
    // Template
    "ApplyMetricRuleTemplate",
    "CreateMetricRuleTemplate",
    "DeleteMetricRuleTemplate",
    "DescribeMetricRuleTemplateAttribute",
    "DescribeMetricRuleTemplateList",
    "ModifyMetricRuleTemplate",
    // Blacklist
    "CreateMetricRuleBlackList",
    "DeleteMetricRuleBlackList",
    "DescribeMetricRuleBlackList",
    "EnableMetricRuleBlackList",
    "ModifyMetricRuleBlackList",
    // Site
    "CreateSiteMonitor",
    "DeleteSiteMonitors",
    "DescribeSiteMonitorAttribute",
    "DescribeSiteMonitorData",
    "DescribeSiteMonitorList",
    "DescribeSiteMonitorLog",
    "DescribeSiteMonitorQuota",
    "DescribeSiteMonitorStatistics",
    "DisableSiteMonitors",
    "EnableSiteMonitors",
    "ModifySiteMonitor",
    "BatchCreateInstantSiteMonitor",
    "CreateInstantSiteMonitor",
    "DescribeSiteMonitorISPCityList",
    "DescribeSyntheticProbeList",
    // Host avail
    "CreateHostAvailability",
    "DeleteHostAvailability",
    "DescribeHostAvailabilityList",
    "DescribeUnhealthyHostAvailability",
    "DisableHostAvailability",
    "EnableHostAvailability",
    "ModifyHostAvailability",
    // Agent
    "CreateGroupMonitoringAgentProcess",
    "CreateMonitorAgentProcess",
    "CreateMonitoringAgentProcess",
    "DeleteGroupMonitoringAgentProcess",
    "DeleteMonitoringAgentProcess",
    "DescribeGroupMonitoringAgentProcess",
    "DescribeMonitoringAgentAccessKey",
    "DescribeMonitoringAgentConfig",
    "DescribeMonitoringAgentHosts",
    "DescribeMonitoringAgentProcesses",
    "DescribeMonitoringAgentStatuses",
    "DescribeMonitoringConfig",
    "InstallMonitoringAgent",
    "ModifyGroupMonitoringAgentProcess",
    "ModifyHostInfo",
    "PutMonitoringConfig",
    "UninstallMonitoringAgent",
    // Log monitor
    "DeleteLogMonitor",
    "DescribeLogMonitorAttribute",
    "DescribeLogMonitorList",
    "PutLogMonitor",
    // Hybrid
    "CreateHybridMonitorNamespace",
    "CreateHybridMonitorSLSGroup",
    "CreateHybridMonitorTask",
    "DeleteHybridMonitorNamespace",
    "DeleteHybridMonitorSLSGroup",
    "DeleteHybridMonitorTask",
    "DescribeHybridMonitorDataList",
    "DescribeHybridMonitorNamespaceList",
    "DescribeHybridMonitorSLSGroup",
    "DescribeHybridMonitorTaskList",
    "ModifyHybridMonitorNamespace",
    "ModifyHybridMonitorSLSGroup",
    "ModifyHybridMonitorTask",
    "PutHybridMonitorMetricData",
    // Exporter
    "DeleteExporterOutput",
    "DeleteExporterRule",
    "DescribeExporterOutputList",
    "DescribeExporterRuleList",
    "PutExporterOutput",
    "PutExporterRule",
    // Active rule
    "DescribeActiveMetricRuleList",
    "DescribeProductsOfActiveMetricRule",
    "DisableActiveMetricRule",
    "EnableActiveMetricRule",
    // Quota
    "DescribeMonitorResourceQuotaAttribute",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cloudmonitor::OPERATIONS;

    #[test]
    fn each_operation_once_and_all_that_are_served() {
        let names: BTreeSet<_> = CATALOGUE.iter().copied().collect();
        assert_eq!((CATALOGUE.len(), names.len()), (161, 161));
        for entry in OPERATIONS {
            assert!(names.contains(entry.name), "{}", entry.name);
            assert_eq!(entry.permission, format!("cms:{}", entry.name));
        }
    }
}
