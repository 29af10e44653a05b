use muster_apps::TagChange;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::server_group::{KIND, resource};
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::required_tags;

/// Puts tags on a server group; a key that is there gets the new value.
pub(crate) struct CreateServerGroupTags(TagChange);

/// Takes tags from a server group, by a DELETE with a body.
pub(crate) struct DeleteServerGroupTags(TagChange);

fn change(request: &Request) -> Result<TagChange, Refusal> {
    Ok(TagChange {
        server_group_id: request.path("server_group_id").to_owned(),
        tags: required_tags(&Body::of(request)?)?,
    })
}

impl Operation<WorkspaceApp> for CreateServerGroupTags {
    const NAME: &'static str = "CreateServerGroupTags";
    const PERMISSION: &'static str = "workspace:serverGroup:tag";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        change(request).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        resource(caller, &self.0.server_group_id)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.0.server_group_id);
        cx.services.tag_server_groups(cx.tx, cx.caller, std::slice::from_ref(&self.0))?;
        Ok(Reply::no_content())
    }
}

impl Operation<WorkspaceApp> for DeleteServerGroupTags {
    const NAME: &'static str = "DeleteServerGroupTags";
    const PERMISSION: &'static str = "workspace:serverGroup:untag";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        change(request).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        resource(caller, &self.0.server_group_id)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.0.server_group_id);
        cx.services.untag_server_groups(cx.tx, cx.caller, std::slice::from_ref(&self.0))?;
        Ok(Reply::no_content())
    }
}
