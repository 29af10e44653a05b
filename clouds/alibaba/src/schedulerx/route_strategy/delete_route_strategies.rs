//! `DeleteRouteStrategy` and `BatchDeleteRouteStrategy`: runs go to any worker again.

use muster_identity::Caller;
use muster_jobs::route_strategies;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input. Without a job the group's own strategy goes.
pub(in crate::schedulerx) struct DeleteRouteStrategy {
    target: Target,
    job: Option<i64>,
}

impl Operation<SchedulerX> for DeleteRouteStrategy {
    const NAME: &'static str = "DeleteRouteStrategy";
    const PERMISSION: &'static str = "edas:DeleteRouteStrategy";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        Ok(Self { target, job: parameters.integer("JobId")? })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        delete(cx, &self.target, self.job.as_slice())
    }
}

/// The input.
pub(in crate::schedulerx) struct BatchDeleteRouteStrategy {
    target: Target,
    jobs: Vec<i64>,
}

impl Operation<SchedulerX> for BatchDeleteRouteStrategy {
    const NAME: &'static str = "BatchDeleteRouteStrategy";
    const PERMISSION: &'static str = "edas:BatchDeleteRouteStrategy";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        const JOBS: &str = "JobIdList";
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let jobs = parameters.texts(JOBS)?;
        // An empty list would stand for the group's own strategy.
        if jobs.is_empty() {
            return Err(Fault::missing(JOBS).into());
        }
        let number =
            |text: &String| text.trim().parse().map_err(|_| Fault::invalid(JOBS, "numbers are expected"));
        Ok(Self { target, jobs: jobs.iter().map(number).collect::<Result<_, _>>()? })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        delete(cx, &self.target, &self.jobs)
    }
}

fn delete(cx: &mut Cx<'_, '_, SchedulerX>, target: &Target, jobs: &[i64]) -> Result<Document, Refusal> {
    route_strategies::delete(cx.tx, cx.caller, &target.namespace, &target.group_id, jobs)
        .map_err(|error| target.refusal_in_group(error))?;
    cx.touch("route strategy", &target.group_id);
    Ok(answer::success())
}
