//! `RevokePermission`: takes the rights on a group back; taking back what was not granted succeeds.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct RevokePermission {
    target: Target,
    user_id: String,
}

impl Operation<SchedulerX> for RevokePermission {
    const NAME: &'static str = "RevokePermission";
    const PERMISSION: &'static str = "edas:RevokePermission";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        Ok(Self { target, user_id: parameters.required("UserId")?.to_owned() })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let (identity, resource) = (&cx.services.identity, self.target.resource());
        identity.revoke_grant(cx.tx, cx.caller, Self::PERMISSION, &resource, &self.user_id)?;
        let group = self.target.find(cx)?;
        cx.touch("app group", group.id);
        Ok(answer::success())
    }
}
