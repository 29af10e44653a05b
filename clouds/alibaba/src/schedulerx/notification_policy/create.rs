//! `CreateSchedulerxNotificationPolicy`: makes a policy.

use muster_jobs::notification_policies::{self, NewPolicy};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct CreateSchedulerxNotificationPolicy(NewPolicy);

impl Operation<SchedulerX> for CreateSchedulerxNotificationPolicy {
    const NAME: &'static str = "CreateSchedulerxNotificationPolicy";
    const PERMISSION: &'static str = "edas:ManageSchedulerxNotificationPolicy";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let name = parameters.required("PolicyName")?.to_owned();
        let times = parameters.required("ChannelTimeRange")?.to_owned();
        parameters.required("RegionId")?;
        let description = parameters.text("Description").unwrap_or_default().to_owned();
        Ok(Self(NewPolicy { name, description, times }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.touch("notification policy", &self.0.name);
        notification_policies::create(cx.tx, cx.caller, &self.0)?;
        Ok(answer::success())
    }
}
