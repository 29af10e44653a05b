//! Every operation of the API by method and path: what is not served is still known, and says so.

use std::sync::Arc;

use http::Method;
use muster_db::Db;
use muster_identity::Caller;
use muster_wire::Coverage;
use serde_json::Value;

use super::{ROUTES, Refusal, WorkspaceApp};
use crate::Huawei;
use crate::fault::Fault;
use crate::product::{Admission, Answer, Endpoint, Product};
use crate::reply::Reply;
use crate::request::Request;

/// An operation that the vendor documents.
#[derive(Debug)]
pub struct Documented {
    /// The vendor's name for it.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path with `{parameters}`.
    pub pattern: &'static str,
}

const fn at(name: &'static str, method: Method, pattern: &'static str) -> Documented {
    Documented { name, method, pattern }
}

/// Mounts what is served, and for the rest of the API a plain refusal: a client that is told "no such path" would
/// take the whole service for absent.
pub fn mount(huawei: Huawei, services: &Arc<muster_apps::Service>) -> Huawei {
    let mut huawei = huawei.with(ROUTES, services);
    for documented in CONTRACT.iter().filter(|documented| !is_served(documented)) {
        huawei.add(documented.method.clone(), documented.pattern, Box::new(NotServed(documented)));
    }
    huawei
}

/// How much of the API is served.
pub fn coverage() -> Coverage {
    let names = CONTRACT.each_ref().map(|documented| documented.name);
    Coverage::of(&names, ROUTES.iter().map(|route| &route.entry))
}

fn is_served(documented: &Documented) -> bool {
    ROUTES.iter().any(|route| route.entry.name == documented.name)
}

/// Answers an operation that this installation does not have. Only a known caller learns that.
struct NotServed(&'static Documented);

impl Endpoint for NotServed {
    fn admission(&self) -> Admission {
        if self.0.pattern.contains("{project_id}") { Admission::Project } else { Admission::Domain }
    }

    fn answer(&self, _db: &Db, _caller: Option<Caller>, request: Request) -> Answer<'_> {
        let fault = Fault::from(Refusal::not_served(self.0.name));
        Box::pin(async move { Reply::json(fault.status, WorkspaceApp::envelope(&fault, &request)) })
    }

    fn envelope(&self, fault: &Fault, request: &Request) -> Value {
        WorkspaceApp::envelope(fault, request)
    }

    fn method_not_allowed(&self, method: &Method) -> Fault {
        WorkspaceApp::method_not_allowed(method)
    }

    fn bad_content_type(&self) -> Fault {
        WorkspaceApp::bad_content_type()
    }
}

/// All of them, in the order of the vendor's documentation.
#[rustfmt::skip]
pub static CONTRACT: [Documented; 174] = [
    at("CreateAppGroup", Method::POST, "/v1/{project_id}/app-groups"),
    at("ListAppGroup", Method::GET, "/v1/{project_id}/app-groups"),
    at("ShowAppGroupDetail", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}"),
    at("UpdateAppGroup", Method::PATCH, "/v1/{project_id}/app-groups/{app_group_id}"),
    at("DeleteAppGroup", Method::DELETE, "/v1/{project_id}/app-groups/{app_group_id}"),
    at("BatchDeleteAppGroup", Method::POST, "/v1/{project_id}/app-groups/batch-delete"),
    at("CheckAppGroup", Method::POST, "/v1/{project_id}/app-groups/rules/validate"),
    at("DisassociateAppGroup", Method::POST, "/v1/{project_id}/app-groups/actions/disassociate-app-group"),
    at("ShowPublishableApp", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/publishable-app"),
    at("PublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps"),
    at("ListPublishedApp", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/apps"),
    at("ShowAppDetail", Method::GET, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}"),
    at("UpdateApp", Method::PATCH, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}"),
    at("UnpublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/batch-unpublish"),
    at("BatchEnableApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/enable"),
    at("BatchDisableApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/disable"),
    at("CheckPublishApp", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/actions/check"),
    at("UploadAppIcon", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/icon"),
    at("UploadAppIconRaw", Method::PUT, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/raw-icon"),
    at("DeleteAppIcon", Method::DELETE, "/v1/{project_id}/app-groups/{app_group_id}/apps/{app_id}/icon"),
    at("UpdatePreBootPolicy", Method::POST, "/v1/{project_id}/app-groups/{app_group_id}/apps/pre-boot-policy"),
    at("AddAppGroupAuthorization", Method::POST, "/v1/{project_id}/app-groups/authorizations"),
    at("ListAppGroupAuthorization", Method::GET, "/v1/{project_id}/app-groups/actions/list-authorizations"),
    at("BatchDeleteAppGroupAuthorization", Method::POST, "/v1/{project_id}/app-groups/actions/batch-delete-authorization"),
    at("ListAuthorizationMailRecord", Method::GET, "/v1/{project_id}/mails"),
    at("SendAuthorizationMail", Method::POST, "/v1/{project_id}/mails/actions/send"),
    at("SendAuthorizedMail", Method::POST, "/v1/{project_id}/mails/actions/send-by-authorization"),
    at("CreateServerGroup", Method::POST, "/v1/{project_id}/app-server-groups"),
    at("ListServerGroups", Method::GET, "/v1/{project_id}/app-server-groups"),
    at("ShowServerGroup", Method::GET, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    at("UpdateServerGroup", Method::PATCH, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    at("DeleteServerGroups", Method::DELETE, "/v1/{project_id}/app-server-groups/{server_group_id}"),
    at("ListTenantServerGroups", Method::GET, "/v1/{project_id}/app-server-groups/actions/list"),
    at("ValidateServerGroup", Method::POST, "/v1/{project_id}/app-server-groups/rules/validate"),
    at("ShowServerGroupState", Method::GET, "/v1/{project_id}/app-server-groups/{server_group_id}/state"),
    at("ShowServerGroupRestrict", Method::GET, "/v1/{project_id}/app-server-groups/resources/restrict"),
    at("ListServerGroupTag", Method::GET, "/v1/{project_id}/server-group/tags"),
    at("ShowServerGroupTag", Method::GET, "/v1/{project_id}/server-group/{server_group_id}/tags"),
    at("CreateServerGroupTags", Method::POST, "/v1/{project_id}/server-group/{server_group_id}/tags/create"),
    at("DeleteServerGroupTags", Method::DELETE, "/v1/{project_id}/server-group/{server_group_id}/tags/delete"),
    at("BatchCreateServerGroupTags", Method::POST, "/v1/{project_id}/server-group/tags/batch-create"),
    at("BatchDeleteServerGroupTags", Method::DELETE, "/v1/{project_id}/server-group/tags/batch-delete"),
    at("ShowScalingPolicy", Method::GET, "/v1/{project_id}/scaling-policy"),
    at("CreateOrUpdateScalingPolicy", Method::PUT, "/v1/{project_id}/scaling-policy"),
    at("DeleteScalingPolicy", Method::DELETE, "/v1/{project_id}/scaling-policy"),
    at("CreateAppServers", Method::POST, "/v1/{project_id}/app-servers/actions/create"),
    at("ListServers", Method::GET, "/v1/{project_id}/app-servers"),
    at("ShowServer", Method::GET, "/v1/{project_id}/app-servers/{server_id}"),
    at("UpdateServer", Method::PATCH, "/v1/{project_id}/app-servers/{server_id}"),
    at("DeleteServer", Method::DELETE, "/v1/{project_id}/app-servers/{server_id}"),
    at("BatchDeleteServer", Method::POST, "/v1/{project_id}/app-servers/actions/batch-delete"),
    at("BatchChangeServerMaintainMode", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-maint"),
    at("BatchStartServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-start"),
    at("BatchStopServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-stop"),
    at("BatchRebootServer", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-reboot"),
    at("ShowServerVnc", Method::GET, "/v1/{project_id}/app-servers/{server_id}/actions/vnc"),
    at("ShowServerMetricData", Method::GET, "/v1/{project_id}/app-servers/metric-data/{server_id}"),
    at("ListServerMetricData", Method::GET, "/v1/{project_id}/app-servers/server-metric-data/{server_id}"),
    at("ReinstallServer", Method::POST, "/v1/{project_id}/app-servers/{server_id}/actions/reinstall"),
    at("BatchReinstallServer", Method::POST, "/v1/{project_id}/app-servers/actions/batch-reinstall"),
    at("ChangeServerImage", Method::POST, "/v1/{project_id}/app-servers/{server_id}/actions/change-image"),
    at("BatchChangeServerImage", Method::POST, "/v1/{project_id}/app-servers/actions/batch-change-image"),
    at("BatchRejoinDomain", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-rejoin-domain"),
    at("BatchUpdateTsvi", Method::PATCH, "/v1/{project_id}/app-servers/actions/batch-update-tsvi"),
    at("BatchMigrateHostsServer", Method::PATCH, "/v1/{project_id}/app-servers/hosts/batch-migrate"),
    at("ListServerHdaDetails", Method::GET, "/v1/{project_id}/app-servers/access-agent/list"),
    at("ListAccessAgentLatestVersion", Method::GET, "/v1/{project_id}/app-servers/access-agent/actions/show-latest-version"),
    at("ShowAccessAgentLatestVersion", Method::GET, "/v1/{project_id}/app-servers/access-agent/latest-version"),
    at("ShowHdaUpgradeFlag", Method::GET, "/v1/{project_id}/app-servers/access-agent/upgrade-flag"),
    at("BatchUpgradeHdaVersion", Method::PATCH, "/v1/{project_id}/app-servers/access-agent/actions/upgrade"),
    at("ListServerHdaUpgradeRecords", Method::GET, "/v1/{project_id}/app-servers/access-agent/upgrade-record"),
    at("ShowJobDetail", Method::GET, "/v2/{project_id}/job/{job_id}"),
    at("ListSubJobs", Method::GET, "/v1/{project_id}/app-server-sub-jobs"),
    at("CountSubJobs", Method::GET, "/v1/{project_id}/app-server-sub-jobs/actions/count"),
    at("BatchDeleteAppSubJobs", Method::POST, "/v1/{project_id}/app-server-sub-jobs/actions/batch-delete"),
    at("ShowJob", Method::GET, "/v1/{project_id}/job/{job_id}"),
    at("ListSessions", Method::GET, "/v1/{project_id}/session/list-sessions"),
    at("ListSessionByUserName", Method::GET, "/v1/{project_id}/session/user-session-info"),
    at("LogoffUserSession", Method::POST, "/v1/{project_id}/session/logoff"),
    at("ListUserConnection", Method::POST, "/v1/{project_id}/session/user-connection"),
    at("ListAppConnection", Method::POST, "/v1/{project_id}/session/app-connection"),
    at("ExportSessions", Method::POST, "/v1/{project_id}/session/list-sessions/export"),
    at("ExportUserConnection", Method::POST, "/v1/{project_id}/session/user-connection/export"),
    at("ExportAppConnection", Method::POST, "/v1/{project_id}/session/app-connection/export"),
    at("ListProduct", Method::GET, "/v1/{project_id}/product"),
    at("ListSessionType", Method::GET, "/v1/{project_id}/session-type"),
    at("ShowSessionTypes", Method::POST, "/v1/{project_id}/session-type"),
    at("ListAvailabilityZone", Method::GET, "/v1/{project_id}/availability-zone"),
    at("ListAz", Method::GET, "/v1/{project_id}/availability-zone/summary"),
    at("ListVolumeType", Method::GET, "/v1/{project_id}/volume-type"),
    at("CheckQuota", Method::GET, "/v1/{project_id}/check/quota"),
    at("CreateOrder", Method::POST, "/v1/{project_id}/bundles/subscribe/order"),
    at("ListTenantProfile", Method::GET, "/v1/{project_id}/tenant/profile"),
    at("InitializeTenant", Method::POST, "/v1/{project_id}/tenant/action/active"),
    at("ListCorpConfigInfo", Method::POST, "/v1/{project_id}/bundles/batch-query-config-info"),
    at("CreateScheduleTask", Method::POST, "/v1/{project_id}/schedule-task"),
    at("ListScheduleTasks", Method::GET, "/v1/{project_id}/schedule-task"),
    at("ShowScheduleTask", Method::GET, "/v1/{project_id}/schedule-task/{task_id}"),
    at("UpdateScheduleTask", Method::PATCH, "/v1/{project_id}/schedule-task/{task_id}"),
    at("DeleteScheduleTask", Method::DELETE, "/v1/{project_id}/schedule-task/{task_id}"),
    at("BatchDeleteScheduleTask", Method::POST, "/v1/{project_id}/schedule-task/actions/batch-delete"),
    at("ListFutureExecutions", Method::POST, "/v1/{project_id}/schedule-task/future-executions"),
    at("ListTaskExecuteHistory", Method::GET, "/v1/{project_id}/schedule-task/{task_id}/execute-history"),
    at("ListTaskExecuteDetail", Method::GET, "/v1/{project_id}/schedule-task/{execute_history_id}/execute-detail"),
    at("CreatePolicyGroup", Method::POST, "/v1/{project_id}/policy-groups"),
    at("ListPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups"),
    at("ListPolicyGroupDetailInfo", Method::GET, "/v1/{project_id}/policy-groups/show/detail"),
    at("ShowPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    at("UpdatePolicyGroup", Method::PATCH, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    at("DeletePolicyGroup", Method::DELETE, "/v1/{project_id}/policy-groups/{policy_group_id}"),
    at("ListPolicyOfPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}/policy"),
    at("ListTargetsOfPolicyGroup", Method::GET, "/v1/{project_id}/policy-groups/{policy_group_id}/target"),
    at("ShowOriginalPolicyInfo", Method::GET, "/v1/{project_id}/policy-groups/actions/list-original-policy"),
    at("CreatePolicyTemplate", Method::POST, "/v1/{project_id}/policy-templates"),
    at("ListPolicyTemplate", Method::GET, "/v1/{project_id}/policy-templates"),
    at("UpdatePolicyTemplate", Method::PATCH, "/v1/{project_id}/policy-templates/{policy_template_id}"),
    at("DeletePolicyTemplate", Method::DELETE, "/v1/{project_id}/policy-templates/{policy_template_id}"),
    at("CreateHotspotSessionConfig", Method::POST, "/v1/{project_id}/hotspot-session-config"),
    at("ListHotspotSessionConfig", Method::GET, "/v1/{project_id}/hotspot-session-config"),
    at("UpdateHotspotSessionConfig", Method::PATCH, "/v1/{project_id}/hotspot-session-config/{config_id}"),
    at("ListNonMigrationUsers", Method::GET, "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users"),
    at("UpdateNonMigrationUsers", Method::PATCH, "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users"),
    at("CreatePersistentStorage", Method::POST, "/v1/{project_id}/persistent-storages"),
    at("ListPersistentStorage", Method::GET, "/v1/{project_id}/persistent-storages"),
    at("DeletePersistentStorage", Method::DELETE, "/v1/{project_id}/persistent-storages/{storage_id}"),
    at("BatchDeletePersistentStorage", Method::POST, "/v1/{project_id}/persistent-storages/actions/batch-delete"),
    at("ListSfs3Storage", Method::GET, "/v1/persistent-storages/actions/list-sfs-storages"),
    at("UpdateUserFolderAssignment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/assign-folder"),
    at("DeleteUserStorageAttachment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/delete-user-attachment"),
    at("CreateShareFolder", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/create-share-folder"),
    at("ListShareFolder", Method::GET, "/v1/{project_id}/persistent-storages/actions/list-share-folders"),
    at("UpdateShareFolderAssignment", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/assign-share-folder"),
    at("DeleteStorageClaim", Method::POST, "/v1/{project_id}/persistent-storages/{storage_id}/actions/delete-storage-claim"),
    at("ListStorageAssignment", Method::GET, "/v1/{project_id}/persistent-storages/actions/list-attachments"),
    at("CreateOrUpdateStoragePolicyStatement", Method::PUT, "/v1/{project_id}/storages-policy/actions/create-statements"),
    at("ListStoragePolicyStatement", Method::GET, "/v1/{project_id}/storages-policy/actions/list-statements"),
    at("CreateCloudStorage", Method::POST, "/v1/{project_id}/cloud-storages"),
    at("ListCloudStorage", Method::GET, "/v1/{project_id}/cloud-storages"),
    at("DeleteCloudStorage", Method::DELETE, "/v1/{project_id}/cloud-storages/{storage_id}"),
    at("BatchDeleteCloudStorage", Method::POST, "/v1/{project_id}/cloud-storages/actions/batch-delete-cloud-storages"),
    at("ListProjectConfigs", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-project-configs"),
    at("ShowProjectConfig", Method::GET, "/v1/{project_id}/cloud-storages/actions/project-config/{cloud_storage_id}"),
    at("ChangeCluster", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/change-cluster"),
    at("CreateUserFolderAssignment", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/create-folder"),
    at("UpdateCloudUserFolderAssignment", Method::PATCH, "/v1/{project_id}/cloud-storages/{storage_id}/actions/update-folder/{cloud_assignment_id}"),
    at("DeleteCloudStorageAttachment", Method::POST, "/v1/{project_id}/cloud-storages/{storage_id}/actions/delete-folder"),
    at("ListCloudStorageAssignment", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-folders"),
    at("ListFoldersAndFiles", Method::GET, "/v1/{project_id}/cloud-storages/actions/list-folder-files"),
    at("TransferFile", Method::POST, "/v1/{project_id}/cloud-storages/actions/transfer-file"),
    at("TransferFilePre", Method::POST, "/v1/{project_id}/cloud-storages/actions/pre-transfer-file"),
    at("ResetUserProfile", Method::POST, "/v1/{project_id}/cloud-storages/actions/reset-userprofile"),
    at("CreateWarehouseApp", Method::POST, "/v1/{project_id}/app-warehouse/apps"),
    at("ListWarehouseApps", Method::GET, "/v1/{project_id}/app-warehouse/apps"),
    at("UpdateWarehouseApp", Method::PATCH, "/v1/{project_id}/app-warehouse/apps/{id}"),
    at("DeleteWarehouseApp", Method::DELETE, "/v1/{project_id}/app-warehouse/apps/{id}"),
    at("BatchDeleteWarehouseApp", Method::POST, "/v1/{project_id}/app-warehouse/actions/batch-delete"),
    at("UploadWarehouseAppIcon", Method::POST, "/v1/{project_id}/app-warehouse/apps/icon"),
    at("AuthorizeObs", Method::POST, "/v1/{project_id}/app-warehouse/action/authorize"),
    at("ShowAppWarehouseBucket", Method::GET, "/v1/{project_id}/app-warehouse/bucket"),
    at("BindAppWarehouseBucket", Method::POST, "/v1/{project_id}/app-warehouse/bucket"),
    at("CreateBucketOrAcl", Method::POST, "/v1/{project_id}/app-warehouse/bucket-and-acl/create"),
    at("CreateImageServer", Method::POST, "/v1/{project_id}/image-servers"),
    at("ListImageServers", Method::GET, "/v1/{project_id}/image-servers"),
    at("ShowImageServer", Method::GET, "/v1/{project_id}/image-servers/{server_id}"),
    at("UpdateImageServer", Method::PATCH, "/v1/{project_id}/image-servers/{server_id}"),
    at("BatchDeleteImageServer", Method::PATCH, "/v1/{project_id}/image-servers/actions/batch-delete"),
    at("AttachImageServerApp", Method::POST, "/v1/{project_id}/image-servers/{server_id}/actions/attach-app"),
    at("ListLatestAttachedServerApp", Method::GET, "/v1/{project_id}/image-servers/{server_id}/actions/latest-attached-app"),
    at("RecreateServerImage", Method::POST, "/v1/{project_id}/image-servers/{server_id}/actions/recreate-image"),
    at("ListImageJobs", Method::GET, "/v1/{project_id}/image-server-jobs"),
    at("ShowImageJob", Method::GET, "/v1/{project_id}/image-server-jobs/{job_id}"),
    at("ListImageSubJobs", Method::GET, "/v1/{project_id}/image-server-sub-jobs"),
    at("CountImageSubJobs", Method::GET, "/v1/{project_id}/image-server-sub-jobs/actions/count"),
    at("BatchDeleteImageSubJobs", Method::PATCH, "/v1/{project_id}/image-server-sub-jobs/actions/batch-delete"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_served_stands_where_the_vendor_has_it() {
        for route in ROUTES {
            let documented = CONTRACT.iter().find(|documented| documented.name == route.entry.name).unwrap();
            assert_eq!((&documented.method, documented.pattern), (&route.method, route.pattern));
            assert!(route.entry.permission.starts_with("workspace:"), "{}", documented.name);
        }
    }

    #[test]
    fn names_and_places_are_there_once() {
        let names: HashSet<_> = CONTRACT.iter().map(|documented| documented.name).collect();
        assert_eq!(names.len(), CONTRACT.len());
        let places: HashSet<_> =
            CONTRACT.iter().map(|documented| (&documented.method, documented.pattern)).collect();
        assert_eq!(places.len(), CONTRACT.len());
    }
}
