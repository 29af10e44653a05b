//! `ChangeSchedulerState`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use super::super::one;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Switches a job on or off. Its name and its path are older than triggers and groups, and still mean a job.
pub(crate) struct ChangeSchedulerState {
    uuid: String,
    enabled: bool,
}

impl Operation<ZStack> for ChangeSchedulerState {
    const NAME: &'static str = "ChangeSchedulerState";
    const PERMISSION: &'static str = "zstack:ChangeSchedulerState";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let event = check::required("stateEvent", input.text("stateEvent")?)?;
        Ok(Self {
            enabled: check::one_of("stateEvent", &event, &["enable", "disable"])? == "enable",
            uuid: check::uuid("uuid", input.text("uuid")?)?,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Job.what(), &self.uuid);
        let job = cx.services.scheduled.enable_job(cx.tx, scope(cx.caller), &self.uuid, self.enabled)?;
        one(cx, &job)
    }
}
