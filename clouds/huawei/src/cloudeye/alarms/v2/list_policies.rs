//! Lists the policies of a rule.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{cut, page, write_policies};
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::words::KINDS;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListAlarmRulePolicies {
    id: AlarmId,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmRulePolicies {
    const NAME: &'static str = "ListAlarmRulePolicies/v2";
    const PERMISSION: &'static str = "ces:alarms:listPolicies";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: AlarmId::of_path(request)?, page: page(request, 10)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let rule = cx.services.alarms.get(cx.tx, owner(cx.caller), &self.id.to_string())?;
        let kept = Kept::of(&rule.spec);
        let kind = KINDS.write(kept.kind(&rule.spec));
        let mut all = write_policies(&rule.spec, &kept);
        for policy in &mut all {
            policy["type"] = json!(kind);
        }
        let (policies, count): (Vec<Value>, usize) = cut(all, self.page);
        Ok(Reply::ok(json!({"policies": policies, "count": count})))
    }
}
