//! `QuerySchedulerTrigger`

use muster_jobs::scheduled::Trigger;
use muster_wire::{Access, Operation, Served};

use super::super::list;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::Search;

/// Finds triggers.
pub(crate) struct QuerySchedulerTrigger(Search);

impl Operation<ZStack> for QuerySchedulerTrigger {
    const NAME: &'static str = "QuerySchedulerTrigger";
    const PERMISSION: &'static str = "zstack:QuerySchedulerTrigger";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        list::<Trigger>(cx, &self.0)
    }
}
