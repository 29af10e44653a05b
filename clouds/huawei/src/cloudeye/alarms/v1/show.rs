//! Shows one rule: a list of one.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::write_all;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ShowAlarm(AlarmId);

impl Operation<CloudEye> for ShowAlarm {
    const NAME: &'static str = "ShowAlarm/v1";
    const PERMISSION: &'static str = "ces:alarms:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(AlarmId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let rule = cx.services.alarms.get(cx.tx, owner(cx.caller), &self.0.to_string())?;
        Ok(Reply::ok(json!({"metric_alarms": write_all(cx, &[rule])?})))
    }
}
