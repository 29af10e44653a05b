//! `QuerySchedulerJob`

use muster_jobs::scheduled::Job;
use muster_wire::{Access, Operation, Served};

use super::super::list;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::Search;

/// Finds jobs.
pub(crate) struct QuerySchedulerJob(Search);

impl Operation<ZStack> for QuerySchedulerJob {
    const NAME: &'static str = "QuerySchedulerJob";
    const PERMISSION: &'static str = "zstack:QuerySchedulerJob";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        list::<Job>(cx, &self.0)
    }
}
