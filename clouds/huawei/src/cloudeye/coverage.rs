//! All operations that the official SDK knows, for the coverage page.

/// Names as the SDK has them, with the version that they are called under.
pub const OPERATIONS: [&str; 79] = [
    "AddAlarmRuleResources/v2",
    "BatchCreateAgentInvocations/v3",
    "BatchCreateResources/v2",
    "BatchDeleteAlarmRules/v2",
    "BatchDeleteAlarmTemplates/v2",
    "BatchDeleteNotificationMasks/v2",
    "BatchDeleteOneClickAlarms/v2",
    "BatchDeleteResourceGroups/v2",
    "BatchDeleteResources/v2",
    "BatchEnableAlarmRules/v2",
    "BatchListMetricData/v1",
    "BatchListSpecifiedMetricData/v2",
    "BatchUpdateNotificationMaskTime/v2",
    "BatchUpdateNotificationMasks/v2",
    "BatchUpdateOneClickAlarmPoliciesEnabledState/v2",
    "BatchUpdateOneClickAlarmsEnabledState/v2",
    "BatchUpdateWidgets/v2",
    "CreateAlarm/v1",
    "CreateAlarmRules/v2",
    "CreateAlarmTemplate/v1",
    "CreateAlarmTemplate/v2",
    "CreateDashboardWidgets/v2",
    "CreateEvents/v1",
    "CreateMetricData/v1",
    "CreateOneClickAlarm/v2",
    "CreateOneDashboard/v2",
    "CreateResourceGroup/v1",
    "CreateResourceGroup/v2",
    "DeleteAlarm/v1",
    "DeleteAlarmRuleResources/v2",
    "DeleteAlarmTemplate/v1",
    "DeleteDashboards/v2",
    "DeleteOneWidget/v2",
    "DeleteResourceGroup/v1",
    "ListAgentDimensionInfo/v2",
    "ListAgentInvocations/v3",
    "ListAgentStatus/v3",
    "ListAlarmHistories/v1",
    "ListAlarmHistories/v2",
    "ListAlarmRulePolicies/v2",
    "ListAlarmRuleResources/v2",
    "ListAlarmRules/v2",
    "ListAlarmTemplateAssociationAlarms/v2",
    "ListAlarmTemplates/v1",
    "ListAlarmTemplates/v2",
    "ListAlarms/v1",
    "ListCesTargetProjectTags/v2",
    "ListDashboardInfos/v2",
    "ListDashboardWidgets/v2",
    "ListEventDetail/v1",
    "ListEvents/v1",
    "ListMetrics/v1",
    "ListNotificationMaskResources/v2",
    "ListNotificationMasks/v2",
    "ListOneClickAlarmRules/v2",
    "ListOneClickAlarms/v2",
    "ListResourceGroup/v1",
    "ListResourceGroups/v2",
    "ListResourceGroupsServicesResources/v2",
    "ShowAlarm/v1",
    "ShowAlarmTemplate/v2",
    "ShowEventData/v1",
    "ShowMetricData/v1",
    "ShowQuotas/v1",
    "ShowResourceGroup/v1",
    "ShowResourceGroup/v2",
    "ShowWidget/v2",
    "UpdateAlarm/v1",
    "UpdateAlarmAction/v1",
    "UpdateAlarmNotifications/v2",
    "UpdateAlarmRulePolicies/v2",
    "UpdateAlarmTemplate/v1",
    "UpdateAlarmTemplate/v2",
    "UpdateDashboard/v2",
    "UpdateNotificationMask/v2",
    "UpdateOneClickAlarmNotifications/v2",
    "UpdateResourceGroup/v1",
    "UpdateResourceGroup/v2",
    "UpdateResourceGroupAssociationAlarmTemplate/v2",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::OPERATIONS;
    use crate::cloudeye::ROUTES;

    #[test]
    fn what_is_served_is_known_and_served_once() {
        let known: BTreeSet<&str> = OPERATIONS.into_iter().collect();
        assert_eq!(known.len(), OPERATIONS.len());
        let served: BTreeSet<&str> = ROUTES.iter().map(|route| route.entry.name).collect();
        assert_eq!(served.len(), ROUTES.len());
        assert_eq!(served.difference(&known).count(), 0, "{served:?}");
    }
}
