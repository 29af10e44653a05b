//! Config (RMS): what is known of resources, to read (Cloud Eye contract 9.5).

mod list_providers;
mod list_resources;
mod show_resource;

use muster_core::{Result, Timestamp};
use muster_identity::Caller;
use muster_resources::{EnterpriseProjectFilter, Resource, Service};
use muster_wire::Api;
use serde_json::{Map, Value, json};

use list_providers::ListProviders;
use list_resources::{ListAllResources, ListResources};
use show_resource::{ShowResourceById, ShowResourceOfAll};

use crate::catalogue::CATALOGUE;
use crate::coded::{Coded, Codes};
use crate::inventory::project_name;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct Rms;

/// The features that Config stands on.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// The inventory.
    pub resources: Service,
}

/// A refusal with an `RMS.` code.
pub type Refused = Coded<RmsCodes>;

/// Config's codes.
pub struct RmsCodes;

impl Codes for RmsCodes {
    const BAD_REQUEST: &'static str = "RMS.00010001";
    const FORBIDDEN: &'static str = "RMS.00010002";
    const NOT_FOUND: &'static str = "RMS.00010005";
    const UNAUTHENTICATED: &'static str = "RMS.00010003";
    const INTERNAL: &'static str = "RMS.00010004";
}

impl Api for Rms {
    const NAME: &'static str = "Huawei Config";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for Rms {}

/// What is served, and where.
pub static ROUTES: &[Route<Rms>] = routes![Rms;
    GET "/v1/resource-manager/domains/{domain_id}/all-resources" => ListAllResources,
    GET "/v1/resource-manager/domains/{domain_id}/all-resources/{resource_id}" => ShowResourceOfAll,
    GET "/v1/resource-manager/domains/{domain_id}/provider/{provider}/type/{type}/resources" => ListResources,
    GET "/v1/resource-manager/domains/{domain_id}/provider/{provider}/type/{type}/resources/{resource_id}"
        => ShowResourceById,
    GET "/v1/resource-manager/domains/{domain_id}/providers" => ListProviders,
];

/// The kind that Config knows by provider and type.
fn kind_of(provider: &str, provider_type: &str) -> Option<&'static str> {
    CATALOGUE
        .kinds
        .iter()
        .find(|kind| kind.provider == provider && kind.provider_type == provider_type)
        .map(|kind| kind.name)
}

/// Resources as clients read them.
fn write_all(
    service: &Service,
    tx: &mut muster_db::Tx<'_>,
    caller: &Caller,
    found: &[Resource],
) -> Result<Vec<Value>> {
    let everyone = EnterpriseProjectFilter::default();
    let projects =
        service.list_enterprise_projects(tx, &caller.account_id, &everyone, muster_core::PageRequest::ALL)?;
    let write = |resource: &Resource| {
        let kind = CATALOGUE.kind(&resource.kind);
        let owner = projects.items.iter().find(|owner| owner.id == resource.enterprise_project_id);
        let tags: Map<String, Value> =
            resource.tags.iter().map(|tag| (tag.key.clone(), json!(tag.value))).collect();
        json!({
            "id": resource.external_id,
            "name": resource.name,
            "provider": kind.map_or("", |kind| kind.provider),
            "type": kind.map_or(resource.kind.as_str(), |kind| kind.provider_type),
            "region_id": caller.region,
            "project_id": resource.project_id,
            "project_name": project_name(caller, &resource.project_id),
            "ep_id": resource.enterprise_project_id,
            "ep_name": owner.map(|owner| owner.name.as_str()),
            "checksum": checksum(resource),
            "created": time(resource.first_seen),
            "updated": time(resource.last_seen),
            "provisioning_state": "Succeeded",
            "state": "Normal",
            "tags": tags,
            "properties": {},
        })
    };
    Ok(found.iter().map(write).collect())
}

/// Changes with everything that is shown of a resource.
fn checksum(resource: &Resource) -> String {
    let mut text = format!("{}\n{}\n{}", resource.kind, resource.name, resource.enterprise_project_id);
    for tag in &resource.tags {
        text.push_str(&format!("\n{}={}", tag.key, tag.value));
    }
    muster_wire::digest::sha256_hex(text.as_bytes())
}

/// The account that a path names must be the caller's own.
fn own_domain(caller: &Caller, domain_id: &str) -> Result<()> {
    if domain_id == caller.domain_id {
        Ok(())
    } else {
        Err(muster_core::Error::not_found("domain", domain_id))
    }
}

fn time(instant: Timestamp) -> String {
    crate::cloudeye::time_text(instant)
}
