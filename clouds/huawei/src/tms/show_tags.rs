//! Shows the tags of one resource.

use muster_resources::ResourceRef;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Refused, Tms};
use crate::inventory::{scope, write_tags};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(super) struct ShowResourceTag {
    kind: String,
    id: String,
    project_id: Option<String>,
}

impl Operation<Tms> for ShowResourceTag {
    const NAME: &'static str = "ShowResourceTag";
    const PERMISSION: &'static str = "tms:resourceTags:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let kind = request.query("resource_type")?.filter(|kind| !kind.is_empty());
        Ok(Self {
            kind: kind.ok_or_else(|| Malformed::parameter("resource_type", "is missing"))?,
            id: request.path("resource_id").to_owned(),
            project_id: request.query("project_id")?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let scope = scope(cx.caller, self.project_id.as_deref())?;
        let one = ResourceRef { kind: &self.kind, external_id: &self.id };
        let resource = cx.services.resources.get_resource(cx.tx, scope, one)?;
        Ok(Reply::ok(json!({"tags": write_tags(&resource.tags)})))
    }
}
