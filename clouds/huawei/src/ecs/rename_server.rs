//! Names a server.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::{Ecs, Refused, server};
use crate::inventory::{resource_id, scope};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(super) struct UpdateServer {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Body {
    server: Option<Object<ServerBody>>,
}

#[derive(Deserialize)]
struct ServerBody {
    name: Option<String>,
}

impl Operation<Ecs> for UpdateServer {
    const NAME: &'static str = "UpdateServer";
    const PERMISSION: &'static str = "ecs:cloudServers:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let Object(body) = required("server", request.body::<Body>()?.server)?;
        let name = required("server.name", body.name)?;
        if !(1..=128).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(Malformed::field("server.name", "must have 1 to 128 printable characters").into());
        }
        let id = request.path("server_id").to_owned();
        resource_id("server_id", &id)?;
        Ok(Self { id, name })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Ecs>) -> Result<Reply, Refused> {
        cx.touch("resource", &self.id);
        let scope = scope(cx.caller, None)?;
        cx.services.resources.rename_resource(cx.tx, scope, server(&self.id), &self.name)?;
        Ok(Reply::ok(json!({"server": {"id": self.id, "name": self.name}})))
    }
}
