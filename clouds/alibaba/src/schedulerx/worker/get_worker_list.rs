//! `GetWorkerList`: the workers of a group that are online now.

use muster_identity::Caller;
use muster_jobs::link::Worker;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GetWorkerList(Target);

impl Operation<SchedulerX> for GetWorkerList {
    const NAME: &'static str = "GetWorkerList";
    const PERMISSION: &'static str = "edas:GetWorkerList";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        Ok(Self(target))
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.0;
        let group = cx.services.app_groups.get(cx.tx, cx.caller, namespace, group_id);
        let group = group.map_err(|error| self.0.refusal_in_group(error))?;
        let rows: Vec<Value> = cx.services.workers.0.workers(group.id).iter().map(row).collect();
        Ok(answer::success_with(json!({"WorkerInfos": rows})))
    }
}

fn row(worker: &Worker) -> Value {
    json!({
        "Ip": worker.host,
        "Port": worker.port,
        "WorkerAddress": worker.address(),
        "Label": worker.label,
        "Starter": worker.starter,
        "Version": worker.version,
    })
}
