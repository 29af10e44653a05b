//! `DeleteSchedulerxCalendar`: removes a year of a calendar.

use muster_jobs::calendars;
use muster_wire::{Access, Cx, Operation};

use super::Target;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteSchedulerxCalendar(Target);

impl Operation<SchedulerX> for DeleteSchedulerxCalendar {
    const NAME: &'static str = "DeleteSchedulerxCalendar";
    const PERMISSION: &'static str = "edas:ManageSchedulerxCalendar";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Target::decode(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.touch("calendar", &self.0.name);
        calendars::delete(cx.tx, cx.caller, &self.0.name, self.0.year)?;
        Ok(answer::success())
    }
}
