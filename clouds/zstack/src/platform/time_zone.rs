//! `GetPlatformTimeZone`

use muster_wire::{Access, Operation};

use crate::api::{Context, Outcome, ZStack};
use crate::date;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::Reply;

/// The zone in which cron expressions are read, which is not the one in which dates are printed.
pub(crate) struct GetPlatformTimeZone;

impl Operation<ZStack> for GetPlatformTimeZone {
    const NAME: &'static str = "GetPlatformTimeZone";
    const PERMISSION: &'static str = "zstack:GetPlatformTimeZone";
    const ACCESS: Access = Access::Read;

    fn decode(_input: &Input) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let (name, offset) = date::describe_zone(&cx.services.scheduled.zone, cx.tx.now());
        Ok(Reply::empty().with("timezone", name).with("offset", offset))
    }
}
