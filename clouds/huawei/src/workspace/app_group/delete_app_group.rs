use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::KIND;

/// Deletes an app group. One that does not exist counts as deleted.
pub(crate) struct DeleteAppGroup(String);

impl Operation<WorkspaceApp> for DeleteAppGroup {
    const NAME: &'static str = "DeleteAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        super::id(request).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.0);
        cx.services.delete_app_groups(cx.tx, cx.caller, std::slice::from_ref(&self.0))?;
        Ok(replies::done())
    }
}
