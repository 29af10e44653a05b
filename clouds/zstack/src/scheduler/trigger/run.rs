//! `RunSchedulerTrigger`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use super::super::no_executor;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Asks for a run now. Its input is checked in full, then it is refused: nothing can run a job yet.
pub(crate) struct RunSchedulerTrigger {
    uuid: String,
    jobs: Vec<String>,
}

impl Operation<ZStack> for RunSchedulerTrigger {
    const NAME: &'static str = "RunSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:RunSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let jobs = input.list("jobUuids")?.unwrap_or_default();
        Ok(Self { uuid: check::uuid("uuid", input.text("uuid")?)?, jobs })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Trigger.what(), &self.uuid);
        let scope = scope(cx.caller);
        let scheduled = &cx.services.scheduled;
        let trigger = scheduled.get_trigger(cx.tx, scope, &self.uuid)?;
        for uuid in &self.jobs {
            let job = scheduled.get_job(cx.tx, scope, uuid)?;
            let attached = trigger.job_ids.contains(&job.id)
                || job.group_ids.iter().any(|group| trigger.group_ids.contains(group));
            if !attached {
                let why = format!("jobUuids: the job[uuid:{uuid}] is not attached to the trigger");
                return Err(Refusal::invalid(why));
            }
        }
        Err(no_executor())
    }
}
