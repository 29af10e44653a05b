//! `CreateMonitorGroupNotifyPolicy`: pauses the messages of a group from one instant to another.

use muster_alarms::masks::{Covers, Effect, Kind, MaskSpec, NewMask, When};
use muster_core::Timestamp;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{input, pause};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input.
pub(in crate::cloudmonitor) struct CreateMonitorGroupNotifyPolicy {
    id: i64,
    from: Timestamp,
    until: Timestamp,
}

impl Operation<CloudMonitor> for CreateMonitorGroupNotifyPolicy {
    const NAME: &'static str = "CreateMonitorGroupNotifyPolicy";
    const PERMISSION: &'static str = "cms:CreateMonitorGroupNotifyPolicy";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        pause::read_type(parameters)?;
        let id = input::group_id(parameters)?;
        let (from, until) = (instant(parameters, "StartTime")?, instant(parameters, "EndTime")?);
        if until <= from {
            return Err(Refusal::illegal("EndTime", "must be later than StartTime"));
        }
        Ok(Self { id, from, until })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let group = cx.services.resources.get_application(cx.tx, input::scope(cx.caller), self.id)?.group;
        let spec = MaskSpec {
            name: group.name,
            covers: Covers { groups: vec![self.id], ..Covers::default() },
            when: When { from: Some(self.from), until: Some(self.until), ..When::default() },
            effect: Effect::MutesMessages,
            ..MaskSpec::default()
        };
        let new = NewMask { kind: Kind::Pause, key: None, spec };
        cx.services.masks.create(cx.tx, pause::scope(cx.caller), new)?;
        cx.touch("application", self.id);
        Ok(answer::spelled_success_with(json!({"Result": 1})))
    }
}

/// Milliseconds; beyond the year 9999 nobody means anything.
fn instant(parameters: &Parameters, name: &str) -> Result<Timestamp, Refusal> {
    parameters.required(name)?;
    let millis = parameters.integer(name)?.ok_or_else(|| Fault::missing(name))?;
    if !(0..253_402_300_800_000).contains(&millis) {
        return Err(Refusal::illegal(name, "must be milliseconds since 1970"));
    }
    Ok(Timestamp::from_millis(millis))
}
