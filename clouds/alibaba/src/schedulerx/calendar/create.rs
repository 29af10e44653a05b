//! `CreateSchedulerxCalendar`: makes a year of a calendar.

use muster_jobs::calendars;
use muster_wire::{Access, Cx, Operation};

use super::Target;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct CreateSchedulerxCalendar {
    target: Target,
    months: String,
}

impl Operation<SchedulerX> for CreateSchedulerxCalendar {
    const NAME: &'static str = "CreateSchedulerxCalendar";
    const PERMISSION: &'static str = "edas:ManageSchedulerxCalendar";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        Ok(Self { target, months: parameters.required("MonthDaysContent")?.to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { name, year } = &self.target;
        cx.touch("calendar", name);
        calendars::create(cx.tx, cx.caller, name, *year, &self.months)?;
        Ok(answer::success())
    }
}
