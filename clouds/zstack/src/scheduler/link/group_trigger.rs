//! `AddSchedulerJobGroupToSchedulerTrigger` and `RemoveSchedulerJobGroupFromSchedulerTrigger`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use super::super::inventory::{self, View};
use super::super::no_executor;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::deletion::deleted;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::{Reply, class};

/// Lets a trigger fire all jobs of a group.
pub(crate) struct AddSchedulerJobGroupToSchedulerTrigger {
    group: String,
    trigger: String,
    now: bool,
}

impl Operation<ZStack> for AddSchedulerJobGroupToSchedulerTrigger {
    const NAME: &'static str = "AddSchedulerJobGroupToSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:AddSchedulerJobGroupToSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let now = input.boolean("triggerNow")?.unwrap_or(false);
        Ok(Self {
            group: check::uuid("schedulerJobGroupUuid", input.text("schedulerJobGroupUuid")?)?,
            trigger: check::uuid("schedulerTriggerUuid", input.text("schedulerTriggerUuid")?)?,
            now,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.group);
        let scope = scope(cx.caller);
        let link = cx.services.scheduled.attach_group(cx.tx, scope, &self.group, &self.trigger)?;
        if self.now {
            return Err(no_executor());
        }
        let view = View::of(cx)?;
        Ok(Reply::inventory(class::GROUP_TRIGGER, inventory::group_trigger(&view, &link)))
    }
}

/// Ends that.
pub(crate) struct RemoveSchedulerJobGroupFromSchedulerTrigger {
    group: String,
    trigger: String,
}

impl Operation<ZStack> for RemoveSchedulerJobGroupFromSchedulerTrigger {
    const NAME: &'static str = "RemoveSchedulerJobGroupFromSchedulerTrigger";
    const PERMISSION: &'static str = "zstack:RemoveSchedulerJobGroupFromSchedulerTrigger";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self {
            group: check::uuid("schedulerJobGroupUuid", input.text("schedulerJobGroupUuid")?)?,
            trigger: check::uuid("schedulerTriggerUuid", input.text("schedulerTriggerUuid")?)?,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.group);
        deleted(cx.services.scheduled.detach_group(cx.tx, scope(cx.caller), &self.group, &self.trigger))
    }
}
