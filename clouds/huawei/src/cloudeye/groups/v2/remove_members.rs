//! Takes members out of a group by hand.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::add_members::MembersBody;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct BatchDeleteResources {
    id: GroupId,
    members: MembersBody,
}

impl Operation<CloudEye> for BatchDeleteResources {
    const NAME: &'static str = "BatchDeleteResources/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:deleteResources";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: GroupId::of_path(request)?, members: MembersBody::read(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.id.get());
        let MembersBody { level, members } = &self.members;
        let resources = &cx.services.resources;
        let removed = resources.remove_members(cx.tx, scope(cx.caller), self.id.get(), *level, members)?;
        Ok(Reply::ok(json!({"succeed_count": removed})))
    }
}
