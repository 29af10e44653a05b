use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::json;

use super::super::server_group::resource;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::tag_views;

/// The tags of one server group.
pub(crate) struct ShowServerGroupTag(String);

impl Operation<WorkspaceApp> for ShowServerGroupTag {
    const NAME: &'static str = "ShowServerGroupTag";
    const PERMISSION: &'static str = "workspace:serverGroup:getTags";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(request.path("server_group_id").to_owned()))
    }

    fn resource(&self, caller: &Caller) -> String {
        resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let group = cx.services.get_server_group(cx.tx, cx.caller, &self.0)?;
        Ok(Reply::ok(json!({"tags": tag_views(&group.tags)})))
    }
}
