//! EPS: enterprise projects, and which of them owns a thing. Terraform changes the owner of a group only through here.

mod action;
mod create;
mod error;
mod list;
mod list_providers;
mod list_resources;
mod move_resource;
mod quotas;
mod show;
mod update;

use std::sync::Arc;

use muster_core::Timestamp;
use muster_resources::EnterpriseProject;
use muster_wire::Api;
use serde_json::{Value, json};

use action::EnableEnterpriseProject;
use create::CreateEnterpriseProject;
pub use error::Refused;
use list::ListEnterpriseProject;
use list_providers::ListProviders;
use list_resources::ShowResourceBindEnterpriseProject;
use move_resource::MigrateResource;
use quotas::ShowEnterpriseProjectQuota;
use show::ShowEnterpriseProject;
use update::UpdateEnterpriseProject;

use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct Eps;

/// The features that EPS stands on.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Alarm rules, which belong to enterprise projects too.
    pub alarms: Arc<muster_alarms::Service>,
    /// Enterprise projects and what they own.
    pub resources: muster_resources::Service,
}

impl Api for Eps {
    const NAME: &'static str = "Huawei EPS";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for Eps {
    fn envelope(fault: &Fault, _request: &Request) -> Value {
        json!({"error": {"error_code": fault.code, "error_msg": fault.text()}})
    }
}

/// What is served, and where.
pub static ROUTES: &[Route<Eps>] = routes![Eps;
    GET "/v1.0/enterprise-projects" => ListEnterpriseProject,
    POST "/v1.0/enterprise-projects" => CreateEnterpriseProject,
    GET "/v1.0/enterprise-projects/quotas" => ShowEnterpriseProjectQuota,
    GET "/v1.0/enterprise-projects/providers" => ListProviders,
    GET "/v1.0/enterprise-projects/{id}" => ShowEnterpriseProject,
    PUT "/v1.0/enterprise-projects/{id}" => UpdateEnterpriseProject,
    POST "/v1.0/enterprise-projects/{id}/action" => EnableEnterpriseProject,
    POST "/v1.0/enterprise-projects/{id}/resources-migrate" => MigrateResource,
    POST "/v1.0/enterprise-projects/{id}/resources/filter" => ShowResourceBindEnterpriseProject,
];

/// What EPS calls a Cloud Eye resource group.
const RESOURCE_GROUP: &str = "CES-resourceGroup";
/// What EPS calls a Cloud Eye alarm rule.
const ALARM: &str = "CES-alarm";

fn write(project: &EnterpriseProject) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "type": project.kind,
        "status": if project.enabled { 1 } else { 2 },
        "created_at": time(project.created_at),
        "updated_at": time(project.updated_at),
    })
}

fn time(instant: Timestamp) -> String {
    crate::cloudeye::time_text(instant)
}
