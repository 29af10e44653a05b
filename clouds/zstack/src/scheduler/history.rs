//! `QuerySchedulerJobHistory` and `GetSchedulerExecutionReport`: empty until jobs are run.

use muster_wire::{Access, Operation, Served};
use serde_json::Value;

use super::kind;
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{self, Search};
use crate::reply::{Reply, class};

/// What a run's record would hold.
const MEMBERS: [&str; 12] = [
    "id",
    "triggerUuid",
    "schedulerJobUuid",
    "schedulerJobGroupUuid",
    "jobType",
    "startTime",
    "executeTime",
    "targetResourceUuid",
    "requestDump",
    "resultDump",
    "success",
    "fireInstanceId",
];
const MOST_INTERVALS: i64 = 31;

/// Finds runs, of which there are none.
pub(crate) struct QuerySchedulerJobHistory(Search);

impl Operation<ZStack> for QuerySchedulerJobHistory {
    const NAME: &'static str = "QuerySchedulerJobHistory";
    const PERMISSION: &'static str = "zstack:QuerySchedulerJobHistory";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, _cx: &mut Context<'_, '_>) -> Outcome {
        query::filter(&self.0, class::HISTORY, &MEMBERS, Vec::new())
    }
}

/// Counts runs by interval and outcome.
pub(crate) struct GetSchedulerExecutionReport {
    intervals: usize,
}

impl Operation<ZStack> for GetSchedulerExecutionReport {
    const NAME: &'static str = "GetSchedulerExecutionReport";
    const PERMISSION: &'static str = "zstack:GetSchedulerExecutionReport";
    const ACCESS: Access = Access::Read;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (start, range) = (input.integer("startTime")?, input.integer("range")?);
        let (unit, types) = (input.text("intervalTimeUnit")?, input.list("schedulerJobTypes")?);
        check::required("startTime", start)?;
        let unit = check::required("intervalTimeUnit", unit)?;
        check::one_of("intervalTimeUnit", &unit, &["Hour", "Day", "Month"])?;
        let range = check::required("range", range)?;
        if !(0..=MOST_INTERVALS).contains(&range) {
            return Err(Refusal::invalid(format!("range: {range} is not between 0 and {MOST_INTERVALS}")));
        }
        let types = check::required("schedulerJobTypes", types.filter(|types| !types.is_empty()))?;
        for job_type in &types {
            kind::known("schedulerJobTypes", job_type)?;
        }
        Ok(Self { intervals: usize::try_from(range).unwrap_or(0) })
    }

    fn call(&self, _cx: &mut Context<'_, '_>) -> Outcome {
        let none = || Value::from(vec![0; self.intervals]);
        Ok(Reply::empty()
            .with("successRecords", none())
            .with("failureRecords", none())
            .with("partialSuccessRecords", none())
            .with("waitingRecords", none())
            .with("success", true))
    }
}
