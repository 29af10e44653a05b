//! `AddSchedulerJobToSchedulerTrigger` and `RemoveSchedulerJobFromSchedulerTrigger`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use super::super::{no_executor, one};
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::deletion::deleted;
use crate::error::Refusal;
use crate::input::Input;

/// Lets a trigger fire a job.
pub(crate) struct AddSchedulerJobToSchedulerTrigger {
    job: String,
    trigger: String,
    now: bool,
}

impl Operation<ZStack> for AddSchedulerJobToSchedulerTrigger {
    const NAME: &'static str = "AddSchedulerJobToSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:AddSchedulerJobToSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let now = input.boolean("triggerNow")?.unwrap_or(false);
        Ok(Self {
            job: check::uuid("schedulerJobUuid", input.text("schedulerJobUuid")?)?,
            trigger: check::uuid("schedulerTriggerUuid", input.text("schedulerTriggerUuid")?)?,
            now,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Job.what(), &self.job);
        let scope = scope(cx.caller);
        let link = cx.services.scheduled.attach_job(cx.tx, scope, &self.job, &self.trigger)?;
        if self.now {
            return Err(no_executor());
        }
        one(cx, &link)
    }
}

/// Ends that.
pub(crate) struct RemoveSchedulerJobFromSchedulerTrigger {
    job: String,
    trigger: String,
}

impl Operation<ZStack> for RemoveSchedulerJobFromSchedulerTrigger {
    const NAME: &'static str = "RemoveSchedulerJobFromSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:RemoveSchedulerJobFromSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self {
            job: check::uuid("schedulerJobUuid", input.text("schedulerJobUuid")?)?,
            trigger: check::uuid("schedulerTriggerUuid", input.text("schedulerTriggerUuid")?)?,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Job.what(), &self.job);
        deleted(cx.services.scheduled.detach_job(cx.tx, scope(cx.caller), &self.job, &self.trigger))
    }
}
