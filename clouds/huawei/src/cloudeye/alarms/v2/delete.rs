//! Deletes rules and says which of them there were.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::{owner, read_ids};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct BatchDeleteAlarmRules(Vec<String>);

#[derive(Deserialize)]
struct Body {
    alarm_ids: Option<Vec<String>>,
}

impl Operation<CloudEye> for BatchDeleteAlarmRules {
    const NAME: &'static str = "BatchDeleteAlarmRules/v2";
    const PERMISSION: &'static str = "ces:alarms:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        Ok(Self(read_ids(body.alarm_ids, 10)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        if let [one] = &self.0[..] {
            cx.touch("alarm rule", one);
        }
        let deleted = cx.services.alarms.delete(cx.tx, owner(cx.caller), &self.0)?;
        if deleted.is_empty() {
            return Err(muster_core::Error::not_found("alarm rule", self.0.join(",")).into());
        }
        Ok(Reply::ok(json!({"alarm_ids": deleted})))
    }
}
