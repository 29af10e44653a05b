//! `GetNoTriggerSchedulerJobs`

use muster_jobs::scheduled::Job;
use muster_jobs::scheduled::query::{Condition, Query};
use muster_wire::{Access, Operation, Served};

use super::super::list_with;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::Search;

/// Lists the jobs that nothing fires, neither a trigger of their own nor one of their group.
pub(crate) struct GetNoTriggerSchedulerJobs;

impl Operation<ZStack> for GetNoTriggerSchedulerJobs {
    const NAME: &'static str = "GetNoTriggerSchedulerJobs";
    const PERMISSION: &'static str = "zstack:GetNoTriggerSchedulerJobs";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(_input: &Input) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let conditions = vec![
            Condition::none_at(&["trigger links"], "id"),
            Condition::none_at(&["memberships", "group trigger links"], "trigger"),
        ];
        list_with::<Job>(cx, &Search::all(), &Query { conditions, ..Query::default() })
    }
}
