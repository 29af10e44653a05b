//! `QuerySchedulerJobGroup`

use muster_jobs::scheduled::Group;
use muster_wire::{Access, Operation, Served};

use super::super::list;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::Search;

/// Finds groups.
pub(crate) struct QuerySchedulerJobGroup(Search);

impl Operation<ZStack> for QuerySchedulerJobGroup {
    const NAME: &'static str = "QuerySchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:QuerySchedulerJobGroup";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        list::<Group>(cx, &self.0)
    }
}
