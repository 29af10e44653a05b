//! `ExecuteJob`: runs a job once now and tells the instance; the run goes on after the answer.

use muster_identity::Caller;
use muster_jobs::designations::DesignateKind;
use muster_jobs::instances::Execute;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::job::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ExecuteJob {
    target: Target,
    wish: Execute,
}

impl Operation<SchedulerX> for ExecuteJob {
    const NAME: &'static str = "ExecuteJob";
    const PERMISSION: &'static str = "edas:ManageSchedulerxJobTrigger";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let wish = Execute {
            parameters: parameters.text("InstanceParameters").unwrap_or_default().to_owned(),
            only_enabled: parameters.boolean("CheckJobStatus")?.unwrap_or(false),
            designated: designated(parameters)?,
        };
        Ok(Self { target, wish })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.target;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let instance =
            cx.services.instances.execute(cx.tx, cx.caller, namespace, group_id, *id, self.wish.clone());
        let instance = instance.map_err(|error| self.target.refusal(error))?;
        let app_group = cx.services.app_groups.get(cx.tx, cx.caller, namespace, group_id)?.id;
        self.wish.check_designated(&cx.services.workers.0.workers(app_group))?;
        cx.touch("job instance", instance);
        Ok(answer::success_with(json!({"JobInstanceId": instance})))
    }
}

fn designated(parameters: &Parameters) -> Result<Option<(DesignateKind, String)>, Refusal> {
    let (kind, name) = match parameters.integer("DesignateType")? {
        None => return Ok(None),
        Some(1) => (DesignateKind::Worker, "Worker"),
        Some(2) => (DesignateKind::Label, "Label"),
        Some(_) => {
            return Err(Refusal::out_of_domain("DesignateType", "1 (worker) and 2 (label) are allowed"));
        }
    };
    Ok(Some((kind, parameters.required(name)?.to_owned())))
}
