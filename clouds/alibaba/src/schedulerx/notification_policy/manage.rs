//! `ManageSchedulerxNotificationPolicy`: changes what is sent.

use muster_jobs::notification_policies::{self, PolicyPatch};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ManageSchedulerxNotificationPolicy {
    name: String,
    patch: PolicyPatch,
}

impl Operation<SchedulerX> for ManageSchedulerxNotificationPolicy {
    const NAME: &'static str = "ManageSchedulerxNotificationPolicy";
    const PERMISSION: &'static str = "edas:ManageSchedulerxNotificationPolicy";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let name = parameters.required("PolicyName")?.to_owned();
        parameters.required("RegionId")?;
        let patch = PolicyPatch {
            description: parameters.text("Description").map(str::to_owned),
            // A policy without times means nothing, so an empty text cannot mean "clear it".
            times: parameters.word("ChannelTimeRange").map(str::to_owned),
        };
        Ok(Self { name, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.touch("notification policy", &self.name);
        notification_policies::update(cx.tx, cx.caller, &self.name, &self.patch)?;
        Ok(answer::success())
    }
}
