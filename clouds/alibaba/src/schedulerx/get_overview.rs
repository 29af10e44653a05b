//! `GetOverview`: how much there is and how much has run. `Data` is a text that holds JSON.

use muster_identity::{Caller, app_group_resource};
use muster_jobs::overview::{self, Counts, Scope, Window};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(super) struct GetOverview {
    scope: Scope,
    asked: Asked,
    from_s: i64,
    to_s: Option<i64>,
}

enum Asked {
    Present,
    Totals,
    Series,
}

impl Operation<SchedulerX> for GetOverview {
    const NAME: &'static str = "GetOverview";
    const PERMISSION: &'static str = "edas:ReadSchedulerxOverviewQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        parameters.required("RegionId")?;
        let operate = parameters.required("Operate")?;
        parameters.required("MetricType")?;
        parameters.required("StartTime")?;
        let asked = match (operate, parameters.integer("MetricType")?.unwrap_or_default()) {
            ("query", 0) => Asked::Present,
            ("query", 1) => Asked::Totals,
            ("query_range", 1) => Asked::Series,
            ("query" | "query_range", _) => {
                return Err(Refusal::out_of_domain("MetricType", "0 (query only) and 1 are allowed"));
            }
            _ => return Err(Refusal::out_of_domain("Operate", "query and query_range are allowed")),
        };
        let group_id = parameters.word("GroupId").map(str::to_owned);
        let namespace = match &group_id {
            Some(_) => Some(parameters.required("Namespace")?),
            None => parameters.word("Namespace"),
        };
        let (from_s, to_s) = (parameters.integer("StartTime")?, parameters.integer("EndTime")?);
        let scope = Scope { namespace: namespace.map(str::to_owned), group_id };
        Ok(Self { scope, asked, from_s: from_s.unwrap_or_default(), to_s })
    }

    fn resource(&self, _caller: &Caller) -> String {
        match (&self.scope.namespace, &self.scope.group_id) {
            (Some(namespace), Some(group_id)) => app_group_resource(namespace, group_id),
            _ => "*".to_owned(),
        }
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let window = Window { from_s: self.from_s, to_s: self.to_s.unwrap_or_else(|| cx.tx.now().seconds()) };
        let data = match self.asked {
            Asked::Present => self.present(cx)?,
            Asked::Totals => {
                let Counts { triggered, succeeded, failed } =
                    overview::totals(cx.tx, cx.caller, &self.scope, window)?;
                json!({"trigger": triggered, "success": succeeded, "failed": failed})
            }
            Asked::Series => {
                let series = overview::series(cx.tx, cx.caller, &self.scope, window)?;
                let points = |count: fn(&Counts) -> i64| {
                    series.iter().map(|(minute, counts)| json!([minute, count(counts)])).collect::<Value>()
                };
                json!({
                    "trigger": points(|counts| counts.triggered),
                    "success": points(|counts| counts.succeeded),
                    "failed": points(|counts| counts.failed),
                })
            }
        };
        Ok(answer::success_with(data.to_string().into()))
    }
}

impl GetOverview {
    fn present(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Value, Refusal> {
        let present = overview::present(cx.tx, cx.caller, &self.scope)?;
        let workers = &cx.services.workers.0;
        let online: usize = present.groups.iter().map(|group| workers.workers(*group).len()).sum();
        Ok(json!({
            "jobTotal": present.jobs,
            "jobEnabled": present.jobs - present.disabled,
            "jobDisabled": present.disabled,
            "appTotal": present.groups.len(),
            "workerOnline": online,
            "instanceRunning": present.running,
        }))
    }
}
