//! `ChangeAccessKeyState`

use muster_wire::{Access, Operation};

use super::members;
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::{Reply, class};

/// Stops a key or lets it work again.
pub(crate) struct ChangeAccessKeyState {
    uuid: String,
    enabled: bool,
}

impl Operation<ZStack> for ChangeAccessKeyState {
    const NAME: &'static str = "ChangeAccessKeyState";
    const PERMISSION: &'static str = "zstack:ChangeAccessKeyState";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let event = check::required("stateEvent", input.text("stateEvent")?)?;
        Ok(Self {
            enabled: check::one_of("stateEvent", &event, &["enable", "disable"])? == "enable",
            uuid: check::uuid("uuid", input.text("uuid")?)?,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let services = cx.services;
        let key = services.identity.set_access_key_enabled(cx.tx, cx.caller, &self.uuid, self.enabled)?;
        cx.touch("access key", &key.id);
        Ok(Reply::inventory(class::ACCESS_KEY, members(&key, cx.caller, &services.wire_zone)))
    }
}
