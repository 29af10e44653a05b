//! `DeleteSchedulerJobGroup`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use crate::api::{Context, Outcome, ZStack, scope};
use crate::deletion::{deleted, read_uuid};
use crate::error::Refusal;
use crate::input::Input;

/// Deletes a group; its jobs stay.
pub(crate) struct DeleteSchedulerJobGroup {
    uuid: String,
}

impl Operation<ZStack> for DeleteSchedulerJobGroup {
    const NAME: &'static str = "DeleteSchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:DeleteSchedulerJobGroup";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self { uuid: read_uuid(input)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.uuid);
        deleted(cx.services.scheduled.delete_group(cx.tx, scope(cx.caller), &self.uuid))
    }
}
