//! Lists what a rule watches: lists of dimensions, unlike in the list of rules.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{cut, page};
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::resources::{resources_of, write_dimensions};
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListAlarmRuleResources {
    id: AlarmId,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmRuleResources {
    const NAME: &'static str = "ListAlarmRuleResources/v2";
    const PERMISSION: &'static str = "ces:alarms:listResources";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: AlarmId::of_path(request)?, page: page(request, 10)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let rule = cx.services.alarms.get(cx.tx, owner(cx.caller), &self.id.to_string())?;
        let all = resources_of(&rule.spec, &Kept::of(&rule.spec));
        let all = all.iter().map(|one| Value::Array(write_dimensions(one))).collect();
        let (resources, count) = cut(all, self.page);
        Ok(Reply::ok(json!({"resources": resources, "count": count})))
    }
}
