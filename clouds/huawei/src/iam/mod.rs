//! IAM: tokens, and the look-ups that clients make before their first real call.

mod error;
mod issue_temporary_key;
mod list_domains;
mod list_projects;
mod list_users;
mod show_caller;
mod time;
pub(crate) mod tokens;

use muster_wire::Api;
use serde_json::{Value, json};

use error::Refused;
use issue_temporary_key::CreateTemporaryAccessKeyByToken;
use list_domains::KeystoneListAuthDomains;
use list_projects::{KeystoneListAuthProjects, KeystoneListProjects};
use list_users::KeystoneListUsers;
use show_caller::GetCallerIdentity;

use crate::fault::Fault;
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct Iam;

impl Api for Iam {
    const NAME: &'static str = "Huawei IAM";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = muster_identity::Service;
}

impl Product for Iam {
    const TRACE_HEADER: Option<&'static str> = Some("x-iam-trace-id");

    /// The extensions under v3.0 answer with the flat pair, the rest as Keystone does.
    fn envelope(fault: &Fault, request: &Request) -> Value {
        if request.http().path.starts_with("/v3.0/") {
            return fault.flat(request);
        }
        json!({"error": {
            "code": fault.status.as_u16(),
            "message": fault.text(),
            "title": fault.status.canonical_reason().unwrap_or_default(),
        }})
    }

    fn token(request: &Request) -> Option<String> {
        request.http().path.starts_with("/v3.0/").then(|| issue_temporary_key::token(request))?
    }
}

/// What is served, and where; tokens apart.
pub static ROUTES: &[Route<Iam>] = routes![Iam;
    GET "/v3/projects" => KeystoneListProjects,
    GET "/v3/auth/projects" => KeystoneListAuthProjects,
    GET "/v3/auth/domains" => KeystoneListAuthDomains,
    GET "/v3/users" => KeystoneListUsers,
    POST "/v3.0/OS-CREDENTIAL/securitytokens" => CreateTemporaryAccessKeyByToken,
    GET "/v5/caller-identity" => GetCallerIdentity,
];
