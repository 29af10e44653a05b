//! `UpdateSchedulerJob`

use muster_jobs::scheduled::{JobPatch, TaggedKind};
use muster_wire::{Access, Operation, Served};

use super::super::one;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Changes a job.
pub(crate) struct UpdateSchedulerJob {
    uuid: String,
    patch: JobPatch,
}

impl Operation<ZStack> for UpdateSchedulerJob {
    const NAME: &'static str = "UpdateSchedulerJob";
    const PERMISSION: &'static str = "zstack:UpdateSchedulerJob";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let parameters = input.map("parameters")?;
        Ok(Self {
            uuid: check::uuid("uuid", input.text("uuid")?)?,
            patch: JobPatch {
                name: check::changed_name(name)?,
                description: check::description(description)?,
                settings: check::parameters(parameters)?,
            },
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Job.what(), &self.uuid);
        let patch = self.patch.clone();
        let job = cx.services.scheduled.update_job(cx.tx, scope(cx.caller), &self.uuid, patch)?;
        one(cx, &job)
    }
}
