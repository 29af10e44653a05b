//! Finds resources by their kinds and tags.

use muster_core::PageRequest;
use muster_resources::ResourceFilter;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Tms};
use crate::inventory::{project_name, scope, write_tags};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(super) struct ListResource {
    project_id: Option<String>,
    filter: ResourceFilter,
    page: PageRequest,
}

#[derive(Deserialize)]
struct Body {
    project_id: Option<String>,
    resource_types: Option<Vec<String>>,
    tags: Option<Vec<Object<TagFilter>>>,
    without_any_tag: Option<bool>,
    offset: Option<u64>,
    limit: Option<u64>,
}

#[derive(Deserialize)]
struct TagFilter {
    key: Option<String>,
    values: Option<Vec<String>>,
}

impl Operation<Tms> for ListResource {
    const NAME: &'static str = "ListResource";
    const PERMISSION: &'static str = "tms:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let kinds = required("resource_types", body.resource_types)?;
        if !(1..=50).contains(&kinds.len()) {
            return Err(Malformed::field("resource_types", "must have 1 to 50 items").into());
        }
        let tags = body.tags.unwrap_or_default();
        if tags.len() > 10 {
            return Err(Malformed::field("tags", "must have at most 10 items").into());
        }
        let mut wanted = Vec::new();
        for Object(tag) in tags {
            let (key, values) = (required("tags.key", tag.key)?, tag.values.unwrap_or_default());
            if values.len() > 10 {
                return Err(Malformed::field("tags.values", "must have at most 10 items").into());
            }
            wanted.push((key, values));
        }
        let limit = body.limit.unwrap_or(200);
        if !(1..=200).contains(&limit) {
            return Err(Malformed::field("limit", "must be from 1 to 200").into());
        }
        Ok(Self {
            project_id: body.project_id,
            filter: ResourceFilter {
                kinds,
                tags: wanted,
                untagged: body.without_any_tag.unwrap_or(false),
                ..ResourceFilter::default()
            },
            page: PageRequest { offset: body.offset.unwrap_or(0), limit },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let scope = scope(cx.caller, self.project_id.as_deref())?;
        let filter = ResourceFilter { projects: vec![scope.project_id.to_owned()], ..self.filter.clone() };
        let found = cx.services.resources.list_resources(cx.tx, scope.account_id, &filter, self.page)?;
        let known = cx.services.resources.catalogue();
        let errors: Vec<Value> = filter
            .kinds
            .iter()
            .filter(|kind| known.kind(kind).is_none())
            .map(|kind| {
                json!({
                    "error_code": "TMS.0007",
                    "error_msg": "The resource type is not known.",
                    "project_id": scope.project_id,
                    "resource_type": kind,
                })
            })
            .collect();
        let resources: Vec<Value> = found
            .items
            .iter()
            .map(|resource| {
                json!({
                    "project_id": resource.project_id,
                    "project_name": project_name(cx.caller, &resource.project_id),
                    "resource_detail": null,
                    "resource_id": resource.external_id,
                    "resource_name": resource.name,
                    "resource_type": resource.kind,
                    "tags": write_tags(&resource.tags),
                })
            })
            .collect();
        Ok(Reply::ok(json!({"resources": resources, "errors": errors, "total_count": found.total})))
    }
}
