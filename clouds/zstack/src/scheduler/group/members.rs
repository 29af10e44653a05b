//! `AddSchedulerJobsToSchedulerJobGroup` and `RemoveSchedulerJobsFromSchedulerJobGroup`

use muster_jobs::scheduled::TaggedKind;
use muster_wire::{Access, Operation, Served};

use super::super::inventory::{self, View};
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::{Input, scalar_text};
use crate::reply::{Reply, class};

/// Puts jobs into a group.
pub(crate) struct AddSchedulerJobsToSchedulerJobGroup {
    group: String,
    jobs: Vec<(String, i64)>,
}

impl Operation<ZStack> for AddSchedulerJobsToSchedulerJobGroup {
    const NAME: &'static str = "AddSchedulerJobsToSchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:AddSchedulerJobsToSchedulerJobGroup";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let uuids = input.list("schedulerJobUuids")?;
        let priorities = input.map("priorities")?;
        let group = check::uuid("schedulerJobGroupUuid", input.text("schedulerJobGroupUuid")?)?;
        let mut jobs = Vec::new();
        for uuid in check::required("schedulerJobUuids", uuids)? {
            let priority = match priorities.and_then(|map| map.get(&uuid)) {
                None => 0,
                Some(value) => scalar_text("priorities", value)?.parse::<i32>().map_err(|_| {
                    Refusal::bad_request(format!("priorities.{uuid}: '{value}' is not an integer"))
                })?,
            };
            jobs.push((check::uuid("schedulerJobUuids", Some(uuid))?, i64::from(priority)));
        }
        Ok(Self { group, jobs })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.group);
        let services = cx.services;
        let added = services.scheduled.add_members(cx.tx, scope(cx.caller), &self.group, &self.jobs)?;
        let view = View::of(cx)?;
        let rows = added.iter().map(|member| inventory::member(&view, member)).collect();
        Ok(Reply::inventories(class::GROUP_JOB, rows))
    }
}

/// Takes jobs out of a group; the jobs stay.
pub(crate) struct RemoveSchedulerJobsFromSchedulerJobGroup {
    group: String,
    jobs: Vec<String>,
}

impl Operation<ZStack> for RemoveSchedulerJobsFromSchedulerJobGroup {
    const NAME: &'static str = "RemoveSchedulerJobsFromSchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:RemoveSchedulerJobsFromSchedulerJobGroup";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let uuids = input.list("schedulerJobUuids")?;
        Ok(Self {
            group: check::uuid("schedulerJobGroupUuid", input.text("schedulerJobGroupUuid")?)?,
            jobs: check::required("schedulerJobUuids", uuids)?,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.group);
        cx.services.scheduled.remove_members(cx.tx, scope(cx.caller), &self.group, &self.jobs)?;
        Ok(Reply::empty())
    }
}
