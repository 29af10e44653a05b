//! Deletes a rule.

use muster_wire::{Access, Cx, Operation};

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct DeleteAlarm(AlarmId);

impl Operation<CloudEye> for DeleteAlarm {
    const NAME: &'static str = "DeleteAlarm/v1";
    const PERMISSION: &'static str = "ces:alarms:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(AlarmId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let id = self.0.to_string();
        cx.touch("alarm rule", &id);
        if cx.services.alarms.delete(cx.tx, owner(cx.caller), &[&id])?.is_empty() {
            return Err(muster_core::Error::not_found("alarm rule", id).into());
        }
        Ok(Reply::no_content())
    }
}
