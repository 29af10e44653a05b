//! Shows the tags of a server.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Ecs, Refused, server};
use crate::inventory::{scope, write_tags};
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ShowServerTags(String);

impl Operation<Ecs> for ShowServerTags {
    const NAME: &'static str = "ShowServerTags";
    const PERMISSION: &'static str = "ecs:cloudServers:listServerTags";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(request.path("server_id").to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Ecs>) -> Result<Reply, Refused> {
        let scope = scope(cx.caller, None)?;
        let found = cx.services.resources.get_resource(cx.tx, scope, server(&self.0))?;
        Ok(Reply::ok(json!({"tags": write_tags(&found.tags)})))
    }
}
