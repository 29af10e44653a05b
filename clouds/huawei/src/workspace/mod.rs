//! Workspace's application streaming: app groups, server groups and their tags, spoken as the vendor's SDKs and
//! Terraform's provider expect.
//!
//! Every operation of the API is known by its path ([`CONTRACT`]); those that are not served say so in the vendor's
//! envelope.

mod app_group;
mod body;
mod catalogue;
mod contract;
mod error;
mod query;
mod replies;
mod server_group;
mod tag;
#[cfg(test)]
mod tests;
mod words;

use http::Method;
use muster_identity::Caller;
use muster_wire::Api;
use serde_json::{Value, json};

use app_group::{
    BatchDeleteAppGroup, CheckAppGroup, CreateAppGroup, DeleteAppGroup, DisassociateAppGroup, ListAppGroup,
    ShowAppGroupDetail, UpdateAppGroup,
};
use catalogue::{
    ListAvailabilityZone, ListAz, ListProduct, ListSessionType, ListTenantProfile, ListVolumeType,
};
use server_group::{
    CreateServerGroup, DeleteServerGroups, ListServerGroups, ListTenantServerGroups, ShowServerGroup,
    ShowServerGroupRestrict, ShowServerGroupState, UpdateServerGroup, ValidateServerGroup,
};
use tag::{
    BatchCreateServerGroupTags, BatchDeleteServerGroupTags, CreateServerGroupTags, DeleteServerGroupTags,
    ListServerGroupTag, ShowServerGroupTag,
};

pub use contract::{CONTRACT, Documented, coverage, mount};
pub use error::Refusal;

use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The API.
#[derive(Debug)]
pub struct WorkspaceApp;

impl Api for WorkspaceApp {
    const NAME: &'static str = "Workspace";
    type Request = Request;
    type Response = Reply;
    type Error = Refusal;
    type Services = muster_apps::Service;
}

impl Product for WorkspaceApp {
    fn envelope(fault: &Fault, _request: &Request) -> Value {
        json!({"error_code": fault.code, "error_msg": fault.text()})
    }

    fn method_not_allowed(_method: &Method) -> Fault {
        Refusal::method_not_allowed().into()
    }

    fn bad_content_type() -> Fault {
        Refusal::media_type().into()
    }
}

type Cx<'c, 't> = muster_wire::Cx<'c, 't, WorkspaceApp>;
type Outcome = Result<Reply, Refusal>;

/// What is served.
pub static ROUTES: &[Route<WorkspaceApp>] = routes![WorkspaceApp;
    POST "/v1/{project_id}/app-groups" => CreateAppGroup,
    GET "/v1/{project_id}/app-groups" => ListAppGroup,
    GET "/v1/{project_id}/app-groups/{app_group_id}" => ShowAppGroupDetail,
    PATCH "/v1/{project_id}/app-groups/{app_group_id}" => UpdateAppGroup,
    DELETE "/v1/{project_id}/app-groups/{app_group_id}" => DeleteAppGroup,
    POST "/v1/{project_id}/app-groups/batch-delete" => BatchDeleteAppGroup,
    POST "/v1/{project_id}/app-groups/rules/validate" => CheckAppGroup,
    POST "/v1/{project_id}/app-groups/actions/disassociate-app-group" => DisassociateAppGroup,
    POST "/v1/{project_id}/app-server-groups" => CreateServerGroup,
    GET "/v1/{project_id}/app-server-groups" => ListServerGroups,
    GET "/v1/{project_id}/app-server-groups/{server_group_id}" => ShowServerGroup,
    PATCH "/v1/{project_id}/app-server-groups/{server_group_id}" => UpdateServerGroup,
    DELETE "/v1/{project_id}/app-server-groups/{server_group_id}" => DeleteServerGroups,
    GET "/v1/{project_id}/app-server-groups/actions/list" => ListTenantServerGroups,
    POST "/v1/{project_id}/app-server-groups/rules/validate" => ValidateServerGroup,
    GET "/v1/{project_id}/app-server-groups/{server_group_id}/state" => ShowServerGroupState,
    GET "/v1/{project_id}/app-server-groups/resources/restrict" => ShowServerGroupRestrict,
    GET "/v1/{project_id}/server-group/tags" => ListServerGroupTag,
    GET "/v1/{project_id}/server-group/{server_group_id}/tags" => ShowServerGroupTag,
    POST "/v1/{project_id}/server-group/{server_group_id}/tags/create" => CreateServerGroupTags,
    DELETE "/v1/{project_id}/server-group/{server_group_id}/tags/delete" => DeleteServerGroupTags,
    POST "/v1/{project_id}/server-group/tags/batch-create" => BatchCreateServerGroupTags,
    DELETE "/v1/{project_id}/server-group/tags/batch-delete" => BatchDeleteServerGroupTags,
    GET "/v1/{project_id}/product" => ListProduct,
    GET "/v1/{project_id}/session-type" => ListSessionType,
    GET "/v1/{project_id}/availability-zone" => ListAvailabilityZone,
    GET "/v1/{project_id}/availability-zone/summary" => ListAz,
    GET "/v1/{project_id}/volume-type" => ListVolumeType,
    GET "/v1/{project_id}/tenant/profile" => ListTenantProfile,
];

/// The name that policies know a resource by; `*` as its id stands for one that is not made yet.
fn resource(caller: &Caller, kind: &str, id: &str) -> String {
    format!("workspace:{}:{}:{kind}:{id}", caller.region, caller.domain_id)
}
