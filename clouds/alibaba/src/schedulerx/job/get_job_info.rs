//! `GetJobInfo`: one job. Its name, if sent as well, is not looked at.

use muster_core::Error;
use muster_identity::Caller;
use muster_jobs::job::JOB;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::error::GROUP_GONE;
use crate::schedulerx::job::{Target, info};
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GetJobInfo(Target);

impl Operation<SchedulerX> for GetJobInfo {
    const NAME: &'static str = "GetJobInfo";
    const PERMISSION: &'static str = "edas:ReadSchedulerxJobQuery";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Target::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.0;
        let job = cx.services.jobs.get(cx.tx, cx.caller, &group.namespace, &group.group_id, *id);
        let job = job.map_err(|error| match error {
            // Terraform learns from this code alone that a job is gone.
            Error::NotFound { what: JOB, .. } => {
                Refusal::business(GROUP_GONE, format!("jobid: {id} not match groupId: {}", group.group_id))
            }
            other => self.0.refusal(other),
        })?;
        Ok(answer::success_with(json!({"JobConfigInfo": info::info(&job)})))
    }
}
