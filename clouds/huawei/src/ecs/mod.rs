//! ECS, as far as it tells of servers: their tags and names (Cloud Eye contract 9.1 f and g, 9.5).

mod change_tags;
mod rename_server;
mod show_tags;

use muster_resources::ResourceRef;
use muster_wire::Api;
use serde_json::{Value, json};

use change_tags::BatchChangeServerTags;
use rename_server::UpdateServer;
use show_tags::ShowServerTags;

use crate::coded::{Coded, Codes};
use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct Ecs;

/// The features that ECS stands on.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// The inventory.
    pub resources: muster_resources::Service,
}

/// A refusal with an `Ecs.` code.
pub type Refused = Coded<EcsCodes>;

/// ECS's codes.
pub struct EcsCodes;

impl Codes for EcsCodes {
    const BAD_REQUEST: &'static str = "Ecs.0005";
    const FORBIDDEN: &'static str = "Ecs.0003";
    const NOT_FOUND: &'static str = "Ecs.0114";
    const UNAUTHENTICATED: &'static str = "Ecs.0004";
    const INTERNAL: &'static str = "Ecs.0000";
}

impl Api for Ecs {
    const NAME: &'static str = "Huawei ECS";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for Ecs {
    fn envelope(fault: &Fault, _request: &Request) -> Value {
        json!({"error": {"code": fault.code, "message": fault.text()}})
    }
}

/// What is served, and where.
pub static ROUTES: &[Route<Ecs>] = routes![Ecs;
    POST "/v1/{project_id}/cloudservers/{server_id}/tags/action" => BatchChangeServerTags,
    GET "/v1/{project_id}/cloudservers/{server_id}/tags" => ShowServerTags,
    PUT "/v1/{project_id}/cloudservers/{server_id}" => UpdateServer,
];

/// A server in the inventory.
fn server(id: &str) -> ResourceRef<'_> {
    ResourceRef { kind: "ecs", external_id: id }
}
