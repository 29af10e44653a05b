//! TMS: tags of resources, whatever service keeps them (Cloud Eye contract 9.3).

mod change_tags;
mod filter_resources;
mod list_providers;
mod list_tags;
mod show_quota;
mod show_tags;

use muster_wire::Api;

use change_tags::{CreateResourceTag, DeleteResourceTag};
use filter_resources::ListResource;
use list_providers::ListProviders;
use list_tags::{ListTagKeys, ListTagValues, ListTags};
use show_quota::ShowTagQuota;
use show_tags::ShowResourceTag;

use crate::coded::{Coded, Codes};
use crate::product::{Product, Route};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes;

/// The product.
pub struct Tms;

/// The features that TMS stands on.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// The inventory.
    pub resources: muster_resources::Service,
}

/// A refusal with a `TMS.` code.
pub type Refused = Coded<TmsCodes>;

/// TMS's codes.
pub struct TmsCodes;

impl Codes for TmsCodes {
    const BAD_REQUEST: &'static str = "TMS.0010";
    const FORBIDDEN: &'static str = "TMS.0003";
    const NOT_FOUND: &'static str = "TMS.0007";
    const UNAUTHENTICATED: &'static str = "TMS.0002";
    const INTERNAL: &'static str = "TMS.0001";
}

impl Api for Tms {
    const NAME: &'static str = "Huawei TMS";
    type Request = Request;
    type Response = Reply;
    type Error = Refused;
    type Services = Services;
}

impl Product for Tms {}

/// What is served, and where.
pub static ROUTES: &[Route<Tms>] = routes![Tms;
    POST "/v1.0/resource-tags/batch-create" => CreateResourceTag,
    POST "/v1.0/resource-tags/batch-delete" => DeleteResourceTag,
    GET "/v2.0/resources/{resource_id}/tags" => ShowResourceTag,
    POST "/v1.0/resource-instances/filter" => ListResource,
    GET "/v1.0/tag-keys" => ListTagKeys,
    GET "/v1.0/tag-values" => ListTagValues,
    GET "/v1.0/tags" => ListTags,
    GET "/v1.0/tms/providers" => ListProviders,
    GET "/v1.0/tms/quotas" => ShowTagQuota,
];
