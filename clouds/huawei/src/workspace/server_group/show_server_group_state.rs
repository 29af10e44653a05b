use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::json;

use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};

/// How many servers of a group are in which state. States without servers are left out, and no operation adds
/// servers yet.
pub(crate) struct ShowServerGroupState(String);

impl Operation<WorkspaceApp> for ShowServerGroupState {
    const NAME: &'static str = "ShowServerGroupState";
    const PERMISSION: &'static str = "workspace:serverGroup:getState";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(request.path("server_group_id").to_owned()))
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.services.get_server_group(cx.tx, cx.caller, &self.0)?;
        Ok(Reply::ok(json!({"aps_status": {}})))
    }
}
