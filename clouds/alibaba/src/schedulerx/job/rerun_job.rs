//! `RerunJob`: runs a job once for each day of a range.

use jiff::civil::Time;
use muster_core::Timestamp;
use muster_identity::Caller;
use muster_jobs::instances::Backfill;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault, Parameters};
use crate::schedulerx::job::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct RerunJob {
    target: Target,
    wish: Backfill,
}

impl Operation<SchedulerX> for RerunJob {
    const NAME: &'static str = "RerunJob";
    const PERMISSION: &'static str = "edas:ManageSchedulerxJobRerun";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let (from, to) = (instant(parameters, "StartDate")?, instant(parameters, "EndDate")?);
        let time_of_day = Time::strptime("%H:%M:%S", parameters.required("DataTime")?);
        let time_of_day = time_of_day
            .map_err(|_| Refusal::out_of_domain("DataTime", "a time such as 09:30:00 is expected"))?;
        Ok(Self { target, wish: Backfill { from, to, time_of_day } })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.target;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let made = cx.services.instances.backfill(cx.tx, cx.caller, namespace, group_id, *id, self.wish);
        made.map_err(|error| self.target.refusal(error))?;
        cx.touch("job", *id);
        Ok(answer::success())
    }
}

fn instant(parameters: &Parameters, name: &str) -> Result<Timestamp, Fault> {
    parameters.required(name)?;
    Ok(Timestamp::from_millis(parameters.integer(name)?.unwrap_or_default()))
}
