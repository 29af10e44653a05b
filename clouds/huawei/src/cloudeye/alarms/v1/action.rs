//! Switches a rule on or off.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Request, required};

pub(crate) struct UpdateAlarmAction {
    id: AlarmId,
    enabled: bool,
}

#[derive(Deserialize)]
struct Body {
    alarm_enabled: Option<bool>,
}

impl Operation<CloudEye> for UpdateAlarmAction {
    const NAME: &'static str = "UpdateAlarmAction/v1";
    const PERMISSION: &'static str = "ces:alarmsOnOff:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = AlarmId::of_path(request)?;
        let body: Body = request.body()?;
        Ok(Self { id, enabled: required("alarm_enabled", body.alarm_enabled)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (alarms, owner, id) = (&cx.services.alarms, owner(cx.caller), self.id.to_string());
        cx.touch("alarm rule", &id);
        if alarms.set_enabled(cx.tx, owner, &[&id], self.enabled)?.is_empty() {
            return Err(muster_core::Error::not_found("alarm rule", id).into());
        }
        Ok(Reply::no_content())
    }
}
