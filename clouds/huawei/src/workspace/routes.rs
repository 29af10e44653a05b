//! Every operation of the API by method and path: what is not served is still known, and says so.

use http::Method;
use muster_wire::encoding::percent_decode;

/// An operation's place in the API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The vendor's name for it.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// Its path with `{parameters}`.
    pub(crate) path: &'static str,
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An operation, and the values of its path's parameters in their order, decoded.
    Operation(&'static Route, Vec<String>),
    /// Operations, but none with this method.
    OtherMethods,
    /// Nothing.
    Nothing,
}

/// What stands at `path`, which is as sent. Among the templates that fit, the ones that are literal longest count
/// alone: `/app-groups/batch-delete` is never an app group of that name.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let Some(sent) = decoded_segments(path) else { return Found::Nothing };
    let fitting = || ROUTES.iter().filter(|route| fits(route.path, &sent));
    let Some(closest) = fitting().map(|route| literals(route.path)).max() else { return Found::Nothing };
    fitting().find(|route| route.method == *method && literals(route.path) == closest).map_or(
        Found::OtherMethods,
        |route| {
            let values = segments(route.path).zip(sent).filter(|(part, _)| is_parameter(part));
            Found::Operation(route, values.map(|(_, value)| value).collect())
        },
    )
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

/// The segments of a path from the wire; nothing when one is not text or could not be kept.
fn decoded_segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    segments(path)
        .map(|segment| percent_decode(segment).map(String::from).filter(|segment| !segment.contains('\0')))
        .collect()
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn fits(template: &str, sent: &[String]) -> bool {
    let mut count = 0;
    segments(template).zip(sent).all(|(part, value)| {
        count += 1;
        if is_parameter(part) { !value.is_empty() } else { part == value }
    }) && count == sent.len()
        && count == segments(template).count()
}

/// Which segments of a template are literal, as a number that is greater the earlier they stand.
fn literals(template: &str) -> u32 {
    segments(template).fold(0, |bits, part| (bits << 1) | u32::from(!is_parameter(part)))
}

#[rustfmt::skip]
pub(crate) static ROUTES: [Route; 174] = [
    route("CreateAppGroup", Method::POST, "/v1/{project_id}/app-groups"),
    route("ListAppGroup", Method::GET, "/v1/{project_id}/app-groups"),
    route("ShowAppGroupDetail", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}"),
    route("UpdateAppGroup", Method::PATCH, "/v1/{project_id}/app-groups/{app_group_id}"),
    route("DeleteAppGroup", Method::DELETE, "/v1/{project_id}/app-groups/{app_group_id}"),
    route("BatchDeleteAppGroup", Method::POST, "/v1/{project_id}/app-groups/batch-delete"),
    route("CheckAppGroup", Method::POST, "/v1/{project_id}/app-groups/rules/validate"),
    route("DisassociateAppGroup", Method::POST, "/v1/{project_id}/app-groups/actions/disassociate-app-group"),
    route("ShowPublishableApp", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/publishable-app"),
    route("PublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps"),
    route("ListPublishedApp", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/apps"),
    route("ShowAppDetail", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}"),
    route("UpdateApp", Method::PATCH, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}"),
    route("UnpublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/batch-unpublish"),
    route("BatchEnableApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/enable"),
    route("BatchDisableApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/disable"),
    route("CheckPublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/check"),
    route("UploadAppIcon", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/icon"),
    route("UploadAppIconRaw", Method::PUT, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/raw-icon"),
    route("DeleteAppIcon", Method::DELETE, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/icon"),
    route("UpdatePreBootPolicy", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/pre-boot-policy"),
    route("AddAppGroupAuthorization", Method::POST, "/v1/{project_id}/app-groups/authorizations"),
    route("ListAppGroupAuthorization", Method::GET, "/v1/{project_id}/app-groups/actions/list-authorizations"),
    route("BatchDeleteAppGroupAuthorization", Method::POST, "/v1/{project_id}/app-groups/actions/batch-delete-authorization"),
    route("ListAuthorizationMailRecord", Method::GET, "/v1/{project_id}/mails"),
    route("SendAuthorizationMail", Method::POST, "/v1/{project_id}/mails/actions/send"),
    route("SendAuthorizedMail", Method::POST, "/v1/{project_id}/mails/actions/send-by-authorization"),
    route("CreateServerGroup", Method::POST, "/v1/{project_id}/app-server-groups"),
    route("ListServerGroups", Method::GET, "/v1/{project_id}/app-server-groups"),
    route("ShowServerGroup", Method::GET, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    route("UpdateServerGroup", Method::PATCH, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    route("DeleteServerGroups", Method::DELETE, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    route("ListTenantServerGroups", Method::GET, "/v1/{project_id}/app-server-groups/actions/list"),
    route("ValidateServerGroup", Method::POST, "/v1/{project_id}/app-server-groups/rules/validate"),
    route("ShowServerGroupState", Method::GET, "/v1/{project_id}/app-server-groups/{server_group_id}/state"),
    route("ShowServerGroupRestrict", Method::GET, "/v1/{project_id}/app-server-groups/resources/restrict"),
    route("ListServerGroupTag", Method::GET, "/v1/{project_id}/server-group/tags"),
    route("ShowServerGroupTag", Method::GET, "/v1/{project_id}/server-group/{server_group_id}/tags"),
    route("CreateServerGroupTags", Method::POST, "/v1/{project_id}/server-group/{server_group_id}/tags/create"),
    route("DeleteServerGroupTags", Method::DELETE, "/v1/{project_id}/server-group/{server_group_id}/tags/delete"),
    route("BatchCreateServerGroupTags", Method::POST, "/v1/{project_id}/server-group/tags/batch-create"),
    route("BatchDeleteServerGroupTags", Method::DELETE, "/v1/{project_id}/server-group/tags/batch-delete"),
    route("ShowScalingPolicy", Method::GET, "/v1/{project_id}/scaling-policy"),
    route("CreateOrUpdateScalingPolicy", Method::PUT, "/v1/{project_id}/scaling-policy"),
    route("DeleteScalingPolicy", Method::DELETE, "/v1/{project_id}/scaling-policy"),
    route("CreateAppServers", Method::POST, "/v1/{project_id}/app-servers/actions/create"),
    route("ListServers", Method::GET, "/v1/{project_id}/app-servers"),
    route("ShowServer", Method::GET, "/v1/{project_id}/app-servers/{server_id}"),
    route("UpdateServer", Method::PATCH, "/v1/{project_id}/app-servers/{server_id}"),
    route("DeleteServer", Method::DELETE, "/v1/{project_id}/app-servers/{server_id}"),
    route("BatchDeleteServer", Method::POST, "/v1/{project_id}/app-servers/actions/batch-delete"),
    route("BatchChangeServerMaintainMode", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-maint"),
    route("BatchStartServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-start"),
    route("BatchStopServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-stop"),
    route("BatchRebootServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-reboot"),
    route("ShowServerVnc", Method::GET, "/v1/{project_id}/app-servers/{server_id}/actions/vnc"),
    route("ShowServerMetricData", Method::GET, "/v1/{project_id}/app-servers/metric-data/{server_id}"),
    route("ListServerMetricData", Method::GET, "/v1/{project_id}/app-servers/server-metric-data/{server_id}"),
    route("ReinstallServer", Method::POST, "/v1/{project_id}/app-servers/{server_id}/actions/reinstall"),
    route("BatchReinstallServer", Method::POST, "/v1/{project_id}/app-servers/actions/batch-reinstall"),
    route("ChangeServerImage", Method::POST, "/v1/{project_id}/app-servers/{server_id}/actions/change-image"),
    route("BatchChangeServerImage", Method::POST, "/v1/{project_id}/app-servers/actions/batch-change-image"),
    route("BatchRejoinDomain", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-rejoin-domain"),
    route("BatchUpdateTsvi", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-update-tsvi"),
    route("BatchMigrateHostsServer", Method::PATCH, "/v1/{project_id}/app-servers/hosts/batch-migrate"),
    route("ListServerHdaDetails", Method::GET, "/v1/{project_id}/app-servers/access-agent/list"),
    route("ListAccessAgentLatestVersion", Method::GET, "/v1/{project_id}/app-servers/access-agent/actions/show-latest-version"),
    route("ShowAccessAgentLatestVersion", Method::GET, "/v1/{project_id}/app-servers/access-agent/latest-version"),
    route("ShowHdaUpgradeFlag", Method::GET, "/v1/{project_id}/app-servers/access-agent/upgrade-flag"),
    route("BatchUpgradeHdaVersion", Method::PATCH, "/v1/{project_id}/app-servers/access-agent/actions/upgrade"),
    route("ListServerHdaUpgradeRecords", Method::GET, "/v1/{project_id}/app-servers/access-agent/upgrade-record"),
    route("ShowJobDetail", Method::GET, "/v2/{project_id}/job/{job_id}"),
    route("ListSubJobs", Method::GET, "/v1/{project_id}/app-server-sub-jobs"),
    route("CountSubJobs", Method::GET, "/v1/{project_id}/app-server-sub-jobs/actions/count"),
    route("BatchDeleteAppSubJobs", Method::POST, "/v1/{project_id}/app-server-sub-jobs/actions/batch-delete"),
    route("ShowJob", Method::GET, "/v1/{project_id}/job/{job_id}"),
    route("ListSessions", Method::GET, "/v1/{project_id}/session/list-sessions"),
    route("ListSessionByUserName", Method::GET, "/v1/{project_id}/session/user-session-info"),
    route("LogoffUserSession", Method::POST, "/v1/{project_id}/session/logoff"),
    route("ListUserConnection", Method::POST, "/v1/{project_id}/session/user-connection"),
    route("ListAppConnection", Method::POST, "/v1/{project_id}/session/app-connection"),
    route("ExportSessions", Method::POST, "/v1/{project_id}/session/list-sessions/export"),
    route("ExportUserConnection", Method::POST, "/v1/{project_id}/session/user-connection/export"),
    route("ExportAppConnection", Method::POST, "/v1/{project_id}/session/app-connection/export"),
    route("ListProduct", Method::GET, "/v1/{project_id}/product"),
    route("ListSessionType", Method::GET, "/v1/{project_id}/session-type"),
    route("ShowSessionTypes", Method::POST, "/v1/{project_id}/session-type"),
    route("ListAvailabilityZone", Method::GET, "/v1/{project_id}/availability-zone"),
    route("ListAz", Method::GET, "/v1/{project_id}/availability-zone/summary"),
    route("ListVolumeType", Method::GET, "/v1/{project_id}/volume-type"),
    route("CheckQuota", Method::GET, "/v1/{project_id}/check/quota"),
    route("CreateOrder", Method::POST, "/v1/{project_id}/bundles/subscribe/order"),
    route("ListTenantProfile", Method::GET, "/v1/{project_id}/tenant/profile"),
    route("InitializeTenant", Method::POST, "/v1/{project_id}/tenant/action/active"),
    route("ListCorpConfigInfo", Method::POST, "/v1/{project_id}/bundles/batch-query-config-info"),
    route("CreateScheduleTask", Method::POST, "/v1/{project_id}/schedule-task"),
    route("ListScheduleTasks", Method::GET, "/v1/{project_id}/schedule-task"),
    route("ShowScheduleTask", Method::GET, "/v1/{project_id}/schedule-task/{task_id}"),
    route("UpdateScheduleTask", Method::PATCH, "/v1/{project_id}/schedule-task/{task_id}"),
    route("DeleteScheduleTask", Method::DELETE, "/v1/{project_id}/schedule-task/{task_id}"),
    route("BatchDeleteScheduleTask", Method::POST, "/v1/{project_id}/schedule-task/actions/batch-delete"),
    route("ListFutureExecutions", Method::POST, "/v1/{project_id}/schedule-task/future-executions"),
    route("ListTaskExecuteHistory", Method::GET, "/v1/{project_id}/schedule-task/{task_id}/execute-history"),
    route("ListTaskExecuteDetail", Method::GET, "/v1/{project_id}/schedule-task/{execute_history_id}/execute-detail"),
    route("CreatePolicyGroup", Method::POST, "/v1/{project_id}/policy-groups"),
    route("ListPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups"),
    route("ListPolicyGroupDetailInfo", Method::GET, "/v1/{project_id}/policy-groups/show/detail"),
    route("ShowPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    route("UpdatePolicyGroup", Method::PATCH, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    route("DeletePolicyGroup", Method::DELETE, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    route("ListPolicyOfPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}/policy"),
    route("ListTargetsOfPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}/target"),
    route("ShowOriginalPolicyInfo", Method::GET, "/v1/{project_id}/policy-groups/actions/list-original-policy"),
    route("CreatePolicyTemplate", Method::POST, "/v1/{project_id}/policy-templates"),
    route("ListPolicyTemplate", Method::GET, "/v1/{project_id}/policy-templates"),
    route("UpdatePolicyTemplate", Method::PATCH, "/v1/{project_id}/policy-templates/{policy_template_id}"),
    route("DeletePolicyTemplate", Method::DELETE, "/v1/{project_id}/policy-templates/{policy_template_id}"),
    route("CreateHotspotSessionConfig", Method::POST, "/v1/{project_id}/hotspot-session-config"),
    route("ListHotspotSessionConfig", Method::GET, "/v1/{project_id}/hotspot-session-config"),
    route("UpdateHotspotSessionConfig", Method::PATCH, "/v1/{project_id}/hotspot-session-config/{config_id}"),
    route("ListNonMigrationUsers", Method::GET, "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users"),
    route("UpdateNonMigrationUsers", Method::PATCH, "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users"),
    route("CreatePersistentStorage", Method::POST, "/v1/{project_id}/persistent-storages"),
    route("ListPersistentStorage", Method::GET, "/v1/{project_id}/persistent-storages"),
    route("DeletePersistentStorage", Method::DELETE, "/v1/{project_id}/persistent-storages/{storage_id}"),
    route("BatchDeletePersistentStorage", Method::POST, "/v1/{project_id}/persistent-storages/actions/batch-delete"),
    route("ListSfs3Storage", Method::GET, "/v1/persistent-storages/actions/list-sfs-storages"),
    route("UpdateUserFolderAssignment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/assign-folder"),
    route("DeleteUserStorageAttachment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/delete-user-attachment"),
    route("CreateShareFolder", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/create-share-folder"),
    route("ListShareFolder", Method::GET, "/v1/{project_id}/persistent-storages/actions/list-share-folders"),
    route("UpdateShareFolderAssignment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/assign-share-folder"),
    route("DeleteStorageClaim", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/delete-storage-claim"),
    route("ListStorageAssignment", Method::GET, "/v1/{project_id}/persistent-storages/actions/list-attachments"),
    route("CreateOrUpdateStoragePolicyStatement", Method::PUT, "/v1/{project_id}/storages-policy/actions/create-statements"),
    route("ListStoragePolicyStatement", Method::GET, "/v1/{project_id}/storages-policy/actions/list-statements"),
    route("CreateCloudStorage", Method::POST, "/v1/{project_id}/cloud-storages"),
    route("ListCloudStorage", Method::GET, "/v1/{project_id}/cloud-storages"),
    route("DeleteCloudStorage", Method::DELETE, "/v1/{project_id}/cloud-storages/{storage_id}"),
    route("BatchDeleteCloudStorage", Method::POST, "/v1/{project_id}/cloud-storages/actions/batch-delete-cloud-storages"),
    route("ListProjectConfigs", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-project-configs"),
    route("ShowProjectConfig", Method::GET, "/v1/{project_id}/cloud-storages/actions/project-config/{cloud_storage_id}"),
    route("ChangeCluster", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/change-cluster"),
    route("CreateUserFolderAssignment", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/create-folder"),
    route("UpdateCloudUserFolderAssignment", Method::PATCH, "/v1/{project_id}/cloud-storages/{storage_id}/actions/update-folder/{cloud_assignment_id}"),
    route("DeleteCloudStorageAttachment", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/delete-folder"),
    route("ListCloudStorageAssignment", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-folders"),
    route("ListFoldersAndFiles", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-folder-files"),
    route("TransferFile", Method::POST, "/v1/{project_id}/cloud-storages/actions/transfer-file"),
    route("TransferFilePre", Method::POST, "/v1/{project_id}/cloud-storages/actions/pre-transfer-file"),
    route("ResetUserProfile", Method::POST, "/v1/{project_id}/cloud-storages/actions/reset-userprofile"),
    route("CreateWarehouseApp", Method::POST, "/v1/{project_id}/app-warehouse/apps"),
    route("ListWarehouseApps", Method::GET, "/v1/{project_id}/app-warehouse/apps"),
    route("UpdateWarehouseApp", Method::PATCH, "/v1/{project_id}/app-warehouse/apps/{id}"),
    route("DeleteWarehouseApp", Method::DELETE, "/v1/{project_id}/app-warehouse/apps/{id}"),
    route("BatchDeleteWarehouseApp", Method::POST, "/v1/{project_id}/app-warehouse/actions/batch-delete"),
    route("UploadWarehouseAppIcon", Method::POST, "/v1/{project_id}/app-warehouse/apps/icon"),
    route("AuthorizeObs", Method::POST, "/v1/{project_id}/app-warehouse/action/authorize"),
    route("ShowAppWarehouseBucket", Method::GET, "/v1/{project_id}/app-warehouse/bucket"),
    route("BindAppWarehouseBucket", Method::POST, "/v1/{project_id}/app-warehouse/bucket"),
    route("CreateBucketOrAcl", Method::POST, "/v1/{project_id}/app-warehouse/bucket-and-acl/create"),
    route("CreateImageServer", Method::POST, "/v1/{project_id}/image-servers"),
    route("ListImageServers", Method::GET, "/v1/{project_id}/image-servers"),
    route("ShowImageServer", Method::GET, "/v1/{project_id}/image-servers/{server_id}"),
    route("UpdateImageServer", Method::PATCH, "/v1/{project_id}/image-servers/{server_id}"),
    route("BatchDeleteImageServer", Method::PATCH, "/v1/{project_id}/image-servers/actions/batch-delete"),
    route("AttachImageServerApp", Method::POST, "/v1/{project_id}/image-servers/{server_id}/actions/attach-app"),
    route("ListLatestAttachedServerApp", Method::GET, "/v1/{project_id}/image-servers/{server_id}/actions/latest-attached-app"),
    route("RecreateServerImage", Method::POST, "/v1/{project_id}/image-servers/{server_id}/actions/recreate-image"),
    route("ListImageJobs", Method::GET, "/v1/{project_id}/image-server-jobs"),
    route("ShowImageJob", Method::GET, "/v1/{project_id}/image-server-jobs/{job_id}"),
    route("ListImageSubJobs", Method::GET, "/v1/{project_id}/image-server-sub-jobs"),
    route("CountImageSubJobs", Method::GET, "/v1/{project_id}/image-server-sub-jobs/actions/count"),
    route("BatchDeleteImageSubJobs", Method::PATCH, "/v1/{project_id}/image-server-sub-jobs/actions/batch-delete"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &Method, path: &str) -> &'static str {
        match find(method, path) {
            Found::Operation(route, _) => route.name,
            Found::OtherMethods => "other methods",
            Found::Nothing => "nothing",
        }
    }

    #[test]
    fn every_operation_is_found_where_it_stands() {
        for route in &ROUTES {
            let path = route.path.replace('{', "x").replace('}', "y");
            assert_eq!(name(&route.method, &path), route.name);
        }
    }

    #[test]
    fn names_are_there_once() {
        let names: std::collections::HashSet<_> = ROUTES.iter().map(|route| route.name).collect();
        assert_eq!(names.len(), ROUTES.len());
    }

    #[test]
    fn literal_segments_come_before_parameters() {
        for (method, path, expected) in [
            (Method::POST, "/v1/p/app-groups/batch-delete", "BatchDeleteAppGroup"),
            (Method::GET, "/v1/p/app-groups/batch-delete", "other methods"),
            (Method::DELETE, "/v1/p/app-groups/575772274859184144", "DeleteAppGroup"),
            (Method::DELETE, "/v1/p/app-groups/575772274859184144/", "DeleteAppGroup"),
            (Method::PUT, "/v1/p/app-groups", "other methods"),
            (Method::GET, "/v1/p/app-groups/", "ListAppGroup"),
            (Method::GET, "/v1/p/app-groups/x/y", "nothing"),
            (Method::GET, "/v2/p/app-groups", "nothing"),
            (Method::GET, "/v1/p/server-group/tags", "ListServerGroupTag"),
            (Method::POST, "/v1/p/server-group/tags/batch-create", "BatchCreateServerGroupTags"),
            (Method::GET, "/v1/p/app-server-groups/actions/list", "ListTenantServerGroups"),
            (Method::GET, "/v1/persistent-storages/actions/list-sfs-storages", "ListSfs3Storage"),
            (Method::GET, "/v1/p/app-groups/%00", "nothing"),
            (Method::GET, "/v1/p/app-groups/%FF", "nothing"),
            (Method::GET, "/", "nothing"),
        ] {
            assert_eq!(name(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_decoded_once() {
        let Found::Operation(route, values) = find(&Method::GET, "/v1/p/app-groups/a%2Fb%2520") else { panic!() };
        assert_eq!(route.name, "ShowAppGroupDetail");
        assert_eq!(values, ["p", "a/b%20"]);
    }
}
