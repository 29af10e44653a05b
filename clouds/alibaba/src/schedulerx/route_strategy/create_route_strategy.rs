//! `CreateRouteStrategy`: sets the strategy of a job, or of the whole group where no job is named.

use muster_identity::Caller;
use muster_jobs::route_strategies;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

const BY_PROPORTION: i64 = 3;

/// The input.
pub(in crate::schedulerx) struct CreateRouteStrategy {
    target: Target,
    job: Option<i64>,
    name: String,
    enabled: bool,
    content: String,
}

impl Operation<SchedulerX> for CreateRouteStrategy {
    const NAME: &'static str = "CreateRouteStrategy";
    const PERMISSION: &'static str = "edas:CreateSchedulerxRouteStrategyCreate";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let name = parameters.text("Name").ok_or_else(|| Fault::missing("Name"))?.to_owned();
        let (job, kind) = (parameters.integer("JobId")?, parameters.integer("Type")?);
        let enabled = match parameters.integer("Status")? {
            None | Some(1) => true,
            Some(0) => false,
            Some(_) => return Err(Refusal::out_of_domain("Status", "0 and 1 are allowed")),
        };
        if kind.is_some_and(|kind| kind != BY_PROPORTION) {
            return Err(Refusal::out_of_domain("Type", "only 3 (by proportion) is allowed"));
        }
        if name.is_empty() {
            return Err(Refusal::bad_value("strategy name is null or empty."));
        }
        let content = parameters.word("StrategyContent").unwrap_or("[]").to_owned();
        Ok(Self { target, job, name, enabled, content })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Self { target: Target { namespace, group_id }, job, name, enabled, content } = self;
        route_strategies::set(cx.tx, cx.caller, namespace, group_id, *job, name, *enabled, content)
            .map_err(|error| self.target.refusal_in_group(error))?;
        cx.touch("route strategy", name);
        Ok(answer::success_with(json!({})))
    }
}
