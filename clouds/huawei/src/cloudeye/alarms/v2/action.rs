//! Switches rules on or off; those that exist are named.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::{owner, read_ids};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Request, required};

pub(crate) struct BatchEnableAlarmRules {
    ids: Vec<String>,
    enabled: bool,
}

#[derive(Deserialize)]
struct Body {
    alarm_ids: Option<Vec<String>>,
    alarm_enabled: Option<bool>,
}

impl Operation<CloudEye> for BatchEnableAlarmRules {
    const NAME: &'static str = "BatchEnableAlarmRules/v2";
    const PERMISSION: &'static str = "ces:alarms:putAction";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        Ok(Self {
            ids: read_ids(body.alarm_ids, 100)?,
            enabled: required("alarm_enabled", body.alarm_enabled)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        if let [one] = &self.ids[..] {
            cx.touch("alarm rule", one);
        }
        let changed = cx.services.alarms.set_enabled(cx.tx, owner(cx.caller), &self.ids, self.enabled)?;
        if changed.is_empty() {
            return Err(muster_core::Error::not_found("alarm rule", self.ids.join(",")).into());
        }
        Ok(Reply::ok(json!({"alarm_ids": changed})))
    }
}
