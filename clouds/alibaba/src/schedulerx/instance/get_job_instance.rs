//! `GetJobInstance`: all that can be read of one instance.

use muster_core::Error;
use muster_identity::Caller;
use muster_jobs::job::{JOB, TimeKind};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::record;
use super::target::InstanceTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GetJobInstance(InstanceTarget);

impl Operation<SchedulerX> for GetJobInstance {
    const NAME: &'static str = "GetJobInstance";
    const PERMISSION: &'static str = "edas:ReadSchedulerxJobInstanceQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        InstanceTarget::decode(parameters, "JobInstanceId").map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let InstanceTarget { group: Target { namespace, group_id }, job, id } = &self.0;
        let instance = cx.services.instances.get(cx.tx, cx.caller, namespace, group_id, *job, *id);
        let instance = instance.map_err(|error| self.0.refusal(cx, error))?;
        let (name, time) = match cx.services.jobs.get(cx.tx, cx.caller, namespace, group_id, *job) {
            Ok(job) => (job.definition.name, job.definition.time.kind),
            // Only jobs that ran once go and leave their instances.
            Err(Error::NotFound { what: JOB, .. }) => (String::new(), TimeKind::Once),
            Err(error) => return Err(error.into()),
        };
        let mut detail = record::members(&instance, time, &cx.services.zone);
        detail.insert("JobName".to_owned(), name.into());
        detail.insert("Parameters".to_owned(), instance.parameters.into());
        Ok(answer::success_with(json!({"JobInstanceDetail": detail})))
    }
}
