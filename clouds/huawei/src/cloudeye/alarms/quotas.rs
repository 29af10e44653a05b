//! Shows how many rules there are, and how many there may be.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ShowQuotas;

impl Operation<CloudEye> for ShowQuotas {
    const NAME: &'static str = "ShowQuotas/v1";
    const PERMISSION: &'static str = "ces:quotas:get";
    const ACCESS: Access = Access::Read;

    fn decode(_: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let alarms = &cx.services.alarms;
        let used = alarms.count(cx.tx, &cx.caller.account_id)?;
        let most = alarms.limits().rules_per_account;
        let rules = json!({"type": "alarm", "used": used, "unit": "", "quota": most, "min": 0, "max": most});
        Ok(Reply::ok(json!({"quotas": {"resources": [rules]}})))
    }
}
