use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::view;

/// One server group with all that is known of it.
pub(crate) struct ShowServerGroup(String);

impl Operation<WorkspaceApp> for ShowServerGroup {
    const NAME: &'static str = "ShowServerGroup";
    const PERMISSION: &'static str = "workspace:serverGroup:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(request.path("server_group_id").to_owned()))
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let group = cx.services.get_server_group(cx.tx, cx.caller, &self.0)?;
        Ok(Reply::ok(view::detail(&group, cx.services.catalogue(), cx.caller)))
    }
}
