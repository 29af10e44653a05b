//! `DeleteMonitorGroupNotifyPolicy`: ends all pauses of a group.

use muster_alarms::masks::Kind;
use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{input, pause};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMonitorGroupNotifyPolicy(i64);

impl Operation<CloudMonitor> for DeleteMonitorGroupNotifyPolicy {
    const NAME: &'static str = "DeleteMonitorGroupNotifyPolicy";
    const PERMISSION: &'static str = "cms:DeleteMonitorGroupNotifyPolicy";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        pause::read_type(parameters)?;
        input::group_id(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.resources.get_application(cx.tx, input::scope(cx.caller), self.0)?;
        let pauses = pause::of_group(cx, self.0)?;
        if pauses.is_empty() {
            return Err(Error::not_found("pause of a group", self.0.to_string()).into());
        }
        for pause in &pauses {
            cx.services.masks.delete(cx.tx, pause::scope(cx.caller), Kind::Pause, &pause.key)?;
        }
        cx.touch("application", self.0);
        Ok(answer::spelled_success_with(json!({"Result": pauses.len()})))
    }
}
