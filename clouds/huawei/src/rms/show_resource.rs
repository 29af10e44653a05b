//! Shows one resource.

use muster_core::{Error, PageRequest};
use muster_resources::ResourceFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::{Refused, Rms, kind_of, own_domain, write_all};
use crate::reply::Reply;
use crate::request::Request;

/// One of a type.
pub(super) struct ShowResourceById(Wanted);

/// One of any type.
pub(super) struct ShowResourceOfAll(Wanted);

struct Wanted {
    domain_id: String,
    kind: Option<&'static str>,
    known: bool,
    id: String,
}

impl Wanted {
    fn of(request: &Request, kind: Option<&'static str>, known: bool) -> Self {
        let text = |name: &str| request.path(name).to_owned();
        Self { domain_id: text("domain_id"), kind, known, id: text("resource_id") }
    }

    fn show(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        own_domain(cx.caller, &self.domain_id)?;
        let missing = || Error::not_found("resource", self.id.clone());
        if !self.known {
            return Err(missing().into());
        }
        let filter = ResourceFilter {
            kinds: self.kind.map(str::to_owned).into_iter().collect(),
            external_id: Some(self.id.clone()),
            ..ResourceFilter::default()
        };
        let page = PageRequest { offset: 0, limit: 1 };
        let found = cx.services.resources.list_resources(cx.tx, &cx.caller.account_id, &filter, page)?;
        let written = write_all(&cx.services.resources, cx.tx, cx.caller, &found.items)?;
        let one: Value = written.into_iter().next().ok_or_else(missing)?;
        Ok(Reply::ok(one))
    }
}

impl Operation<Rms> for ShowResourceById {
    const NAME: &'static str = "ShowResourceById";
    const PERMISSION: &'static str = "rms:resources:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let kind = kind_of(request.path("provider"), request.path("type"));
        Ok(Self(Wanted::of(request, kind, kind.is_some())))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        self.0.show(cx)
    }
}

impl Operation<Rms> for ShowResourceOfAll {
    const NAME: &'static str = "ShowResourceDetail";
    const PERMISSION: &'static str = "rms:resources:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(Wanted::of(request, None, true)))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        self.0.show(cx)
    }
}
