//! Tags a server, or takes tags from it.

use muster_resources::TagPattern;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::{Ecs, Refused, server};
use crate::inventory::{TagBody, read_tags, resource_id, scope, tags_to_set};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(super) struct BatchChangeServerTags {
    id: String,
    create: bool,
    tags: Vec<(String, Option<String>)>,
}

#[derive(Deserialize)]
struct Body {
    action: Option<String>,
    tags: Option<Vec<Object<TagBody>>>,
}

impl Operation<Ecs> for BatchChangeServerTags {
    const NAME: &'static str = "BatchCreateServerTags";
    const PERMISSION: &'static str = "ecs:cloudServers:batchSetServerTags";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let create = match required("action", body.action)?.as_str() {
            "create" => true,
            "delete" => false,
            _ => return Err(Malformed::field("action", "must be create or delete").into()),
        };
        let id = request.path("server_id").to_owned();
        resource_id("server_id", &id)?;
        Ok(Self { id, create, tags: read_tags("tags", body.tags)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Ecs>) -> Result<Reply, Refused> {
        cx.touch("resource", &self.id);
        let (resources, scope) = (&cx.services.resources, scope(cx.caller, None)?);
        if self.create {
            resources.tag(cx.tx, scope, server(&self.id), &tags_to_set(&self.tags))?;
        } else {
            let patterns: Vec<TagPattern> =
                self.tags.iter().map(|(key, _)| TagPattern { key: key.clone(), value: None }).collect();
            resources.untag(cx.tx, scope, server(&self.id), &patterns)?;
        }
        Ok(Reply::no_content())
    }
}
