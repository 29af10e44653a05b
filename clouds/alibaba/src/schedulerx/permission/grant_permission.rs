//! `GrantPermission`: gives a user every right on a group; repeating it updates the name and the right to pass it on.

use muster_core::Timestamp;
use muster_identity::{Caller, Grant};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct GrantPermission {
    target: Target,
    grant: Grant,
}

impl Operation<SchedulerX> for GrantPermission {
    const NAME: &'static str = "GrantPermission";
    const PERMISSION: &'static str = "edas:GrantPermission";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let user_id = parameters.required("UserId")?.to_owned();
        let user_name = parameters.required("UserName")?.to_owned();
        let can_grant = parameters.boolean("GrantOption")?.unwrap_or(false);
        // When it is granted, identity says.
        let created_at = Timestamp::default();
        let grant = Grant { resource: target.resource(), user_id, user_name, can_grant, created_at };
        Ok(Self { target, grant })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.services.identity.put_grant(cx.tx, cx.caller, Self::PERMISSION, &self.grant)?;
        // Last, so that who may not grant does not learn whether the group exists.
        let group = self.target.find(cx)?;
        cx.touch("app group", group.id);
        Ok(answer::success())
    }
}
