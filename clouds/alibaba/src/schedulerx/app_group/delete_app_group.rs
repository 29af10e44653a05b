//! `DeleteAppGroup`: removes a group and the grants on it; its key stops working with the commit.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteAppGroup {
    target: Target,
    with_jobs: bool,
}

impl Operation<SchedulerX> for DeleteAppGroup {
    const NAME: &'static str = "DeleteAppGroup";
    const PERMISSION: &'static str = "edas:DeleteAppGroup";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        Ok(Self { target, with_jobs: parameters.boolean("DeleteJobs")?.unwrap_or(false) })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.target;
        let group = cx.services.app_groups.delete(cx.tx, cx.caller, namespace, group_id, self.with_jobs);
        let group = group.map_err(|error| self.target.refusal(error))?;
        // A later group of the same name must not inherit who may touch it.
        cx.services.identity.drop_grants(cx.tx, cx.caller, &self.target.resource())?;
        cx.touch("app group", group.id);
        Ok(answer::success())
    }
}
