//! `DeleteSchedulerxNotificationPolicy`: removes a policy that no group names.

use muster_jobs::notification_policies;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteSchedulerxNotificationPolicy {
    name: String,
}

impl Operation<SchedulerX> for DeleteSchedulerxNotificationPolicy {
    const NAME: &'static str = "DeleteSchedulerxNotificationPolicy";
    const PERMISSION: &'static str = "edas:ManageSchedulerxNotificationPolicy";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let name = parameters.required("PolicyName")?.to_owned();
        parameters.required("RegionId")?;
        Ok(Self { name })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.touch("notification policy", &self.name);
        notification_policies::delete(cx.tx, cx.caller, &self.name)?;
        Ok(answer::success())
    }
}
