//! `DeleteSchedulerTrigger`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use crate::api::{Context, Outcome, ZStack, scope};
use crate::deletion::{deleted, read_uuid};
use crate::error::Refusal;
use crate::input::Input;

/// Detaches a trigger from everything and deletes it.
pub(crate) struct DeleteSchedulerTrigger {
    uuid: String,
}

impl Operation<ZStack> for DeleteSchedulerTrigger {
    const NAME: &'static str = "DeleteSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:DeleteSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self { uuid: read_uuid(input)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Trigger.what(), &self.uuid);
        deleted(cx.services.scheduled.delete_trigger(cx.tx, scope(cx.caller), &self.uuid))
    }
}
