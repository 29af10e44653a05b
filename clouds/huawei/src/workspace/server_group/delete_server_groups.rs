use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::KIND;

/// Deletes a server group that carries nothing. One that does not exist counts as deleted.
pub(crate) struct DeleteServerGroups(String);

impl Operation<WorkspaceApp> for DeleteServerGroups {
    const NAME: &'static str = "DeleteServerGroups";
    const PERMISSION: &'static str = "workspace:serverGroup:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(request.path("server_group_id").to_owned()))
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.0);
        cx.services.delete_server_group(cx.tx, cx.caller, &self.0)?;
        Ok(replies::done())
    }
}
