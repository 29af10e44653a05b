//! `DeleteJob`: removes a job; what runs of it is stopped.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::job::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteJob(Target);

impl Operation<SchedulerX> for DeleteJob {
    const NAME: &'static str = "DeleteJob";
    const PERMISSION: &'static str = "edas:DeleteJob";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Target::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.0;
        let deleted = cx.services.jobs.delete(cx.tx, cx.caller, &group.namespace, &group.group_id, &[*id]);
        deleted.map_err(|error| self.0.refusal(error))?;
        cx.touch("job", *id);
        Ok(answer::success())
    }
}
