//! `GetAvailableTriggers`

use muster_jobs::scheduled::Trigger;
use muster_jobs::scheduled::query::{Comparison, Condition, Operand, Query, Test};
use muster_wire::{Access, Operation, Served};

use super::super::list_with;
use crate::api::{Context, Outcome, ZStack};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::Search;

/// Lists the triggers that something can still be attached to.
pub(crate) struct GetAvailableTriggers;

impl Operation<ZStack> for GetAvailableTriggers {
    const NAME: &'static str = "GetAvailableTriggers";
    const PERMISSION: &'static str = "zstack:GetAvailableTriggers";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(_input: &Input) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let over = Test::Compare(Comparison::Less, Operand::Number(cx.tx.now().seconds()));
        let conditions = vec![Condition { holds: false, ..Condition::own("end", over) }];
        list_with::<Trigger>(cx, &Search::all(), &Query { conditions, ..Query::default() })
    }
}
