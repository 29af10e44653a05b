//! Deletes one group.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct DeleteResourceGroup(GroupId);

impl Operation<CloudEye> for DeleteResourceGroup {
    const NAME: &'static str = "DeleteResourceGroup/v1";
    const PERMISSION: &'static str = "ces:resourceGroups:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(GroupId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.0.get());
        let deleted = cx.services.resources.delete_groups(cx.tx, scope(cx.caller), &[self.0.get()])?;
        if deleted.is_empty() {
            return Err(Error::not_found("resource group", self.0.to_string()).into());
        }
        cx.services.templates.dissociate(cx.tx, owner(cx.caller), self.0.get())?;
        Ok(Reply::no_content())
    }
}
