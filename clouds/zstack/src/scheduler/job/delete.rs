//! `DeleteSchedulerJob`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use crate::api::{Context, Outcome, ZStack, scope};
use crate::deletion::{deleted, read_uuid};
use crate::error::Refusal;
use crate::input::Input;

/// Detaches a job from everything and deletes it.
pub(crate) struct DeleteSchedulerJob {
    uuid: String,
}

impl Operation<ZStack> for DeleteSchedulerJob {
    const NAME: &'static str = "DeleteSchedulerJob";
    const PERMISSION: &'static str = "zstack:DeleteSchedulerJob";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self { uuid: read_uuid(input)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Job.what(), &self.uuid);
        deleted(cx.services.scheduled.delete_job(cx.tx, scope(cx.caller), &self.uuid))
    }
}
