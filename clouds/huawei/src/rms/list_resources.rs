//! Lists resources of the account: all, or those of one type.

use muster_core::PageRequest;
use muster_resources::ResourceFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Refused, Rms, kind_of, own_domain, write_all};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

/// Which resources, and which part of the list; the marker is the place in it.
struct Wanted {
    domain_id: String,
    filter: ResourceFilter,
    /// Nothing is of a type that nobody knows.
    nothing: bool,
    page: PageRequest,
}

impl Wanted {
    fn of_query(request: &Request, kind: Option<(&str, &str)>) -> Result<Self, Malformed> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let known = kind.map(|(provider, kind)| kind_of(provider, kind));
        let pairs = request.query_all("tags")?;
        // A resource has at most so many.
        if pairs.len() > 20 {
            return Err(Malformed::parameter("tags", "must be there at most 20 times"));
        }
        let mut tags = Vec::new();
        for pair in pairs {
            let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
            let values = if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
            tags.push((key.to_owned(), values));
        }
        let marker = text("marker")?.unwrap_or_else(|| "0".to_owned());
        let offset = marker
            .parse()
            .map_err(|_| Malformed::parameter("marker", "is not one that was answered before"))?;
        Ok(Self {
            domain_id: request.path("domain_id").to_owned(),
            filter: ResourceFilter {
                kinds: known.flatten().map(str::to_owned).into_iter().collect(),
                external_id: text("id")?,
                enterprise_project_id: text("ep_id")?,
                name_contains: text("name")?,
                tags,
                ..ResourceFilter::default()
            },
            nothing: known == Some(None),
            page: PageRequest { offset, limit: request.number("limit", 1..=200, 200)? },
        })
    }

    fn list(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        own_domain(cx.caller, &self.domain_id)?;
        let account = &cx.caller.account_id;
        let found = if self.nothing {
            muster_core::Page { items: Vec::new(), total: 0 }
        } else {
            cx.services.resources.list_resources(cx.tx, account, &self.filter, self.page)?
        };
        let next = self.page.offset + found.items.len() as u64;
        let marker = (next < found.total && !found.items.is_empty()).then(|| next.to_string());
        let resources = write_all(&cx.services.resources, cx.tx, cx.caller, &found.items)?;
        Ok(Reply::ok(json!({
            "page_info": {"current_count": resources.len(), "next_marker": marker},
            "resources": resources,
        })))
    }
}

pub(super) struct ListAllResources(Wanted);

impl Operation<Rms> for ListAllResources {
    const NAME: &'static str = "ListAllResources";
    const PERMISSION: &'static str = "rms:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let kind = request.query("type")?.filter(|kind| !kind.is_empty());
        let kind = kind.as_deref().map(|kind| {
            kind.split_once('.')
                .ok_or_else(|| Malformed::parameter("type", "must be of the form provider.type"))
        });
        Ok(Self(Wanted::of_query(request, kind.transpose()?)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        self.0.list(cx)
    }
}

pub(super) struct ListResources(Wanted);

impl Operation<Rms> for ListResources {
    const NAME: &'static str = "ListResources";
    const PERMISSION: &'static str = "rms:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let kind = (request.path("provider"), request.path("type"));
        Ok(Self(Wanted::of_query(request, Some(kind))?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Rms>) -> Result<Reply, Refused> {
        self.0.list(cx)
    }
}
