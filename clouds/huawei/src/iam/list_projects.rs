//! The account's projects. SDKs look one up by the region's name and want exactly one.

use muster_identity::{Caller, Project};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::Iam;
use super::error::Refused;
use crate::reply::Reply;
use crate::request::Request;

/// The projects that a caller may act in.
pub(super) struct KeystoneListAuthProjects(Filter);

/// All projects, with filters.
pub(super) struct KeystoneListProjects(Filter);

#[derive(Default)]
struct Filter {
    name: Option<String>,
    domain_id: Option<String>,
    enabled: Option<bool>,
    skip: usize,
    take: usize,
    base_url: String,
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let per_page = request.number("per_page", 1..=5000, 5000)?;
        let skip = (request.number("page", 1..=1_000_000, 1)? - 1) * per_page;
        Ok(Self {
            name: text("name")?,
            domain_id: text("domain_id")?,
            enabled: text("enabled")?.map(|word| word == "true"),
            skip: usize::try_from(skip).unwrap_or(usize::MAX),
            take: usize::try_from(per_page).unwrap_or(usize::MAX),
            base_url: request.base_url(),
        })
    }

    fn answer(&self, caller: &Caller) -> Value {
        let fits = |project: &&Project| {
            self.name.as_ref().is_none_or(|name| *name == project.name)
                && self.domain_id.as_ref().is_none_or(|id| *id == caller.domain_id)
                && self.enabled.is_none_or(|enabled| enabled == project.enabled)
        };
        let projects: Vec<Value> = caller
            .projects()
            .iter()
            .filter(fits)
            .skip(self.skip)
            .take(self.take)
            .map(|project| {
                json!({
                    "id": project.id,
                    "name": project.name,
                    "description": project.description,
                    "domain_id": caller.domain_id,
                    "parent_id": caller.domain_id,
                    "is_domain": false,
                    "enabled": project.enabled,
                    "links": {"self": format!("{}/v3/projects/{}", self.base_url, project.id)},
                })
            })
            .collect();
        // A pager follows `next` for as long as there is one.
        let links = json!({"self": format!("{}/v3/projects", self.base_url), "next": null, "previous": null});
        json!({"projects": projects, "links": links})
    }
}

impl Operation<Iam> for KeystoneListProjects {
    const NAME: &'static str = "KeystoneListProjects";
    const PERMISSION: &'static str = "iam:projects:listProjects";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Filter::read(request)?))
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        Ok(Reply::ok(self.0.answer(cx.caller)))
    }
}

impl Operation<Iam> for KeystoneListAuthProjects {
    const NAME: &'static str = "KeystoneListAuthProjects";
    const PERMISSION: &'static str = "iam:projects:listProjectsForUser";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Filter { enabled: Some(true), ..Filter::read(request)? }))
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        Ok(Reply::ok(self.0.answer(cx.caller)))
    }
}
