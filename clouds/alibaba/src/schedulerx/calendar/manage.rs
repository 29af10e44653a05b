//! `ManageSchedulerxCalendar`: sets the days of a year, or with `Incremental` those of some months.

use muster_jobs::calendars;
use muster_wire::{Access, Cx, Operation};

use super::Target;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ManageSchedulerxCalendar {
    target: Target,
    months: String,
    only_these: bool,
}

impl Operation<SchedulerX> for ManageSchedulerxCalendar {
    const NAME: &'static str = "ManageSchedulerxCalendar";
    const PERMISSION: &'static str = "edas:ManageSchedulerxCalendar";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let months = parameters.required("MonthDaysContent")?.to_owned();
        Ok(Self { target, months, only_these: parameters.boolean("Incremental")?.unwrap_or(false) })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { name, year } = &self.target;
        cx.touch("calendar", name);
        calendars::change(cx.tx, cx.caller, name, *year, &self.months, self.only_these)?;
        Ok(answer::success())
    }
}
