use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::json;

use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};

/// What a project may have.
pub(crate) struct ShowServerGroupRestrict;

impl Operation<WorkspaceApp> for ShowServerGroupRestrict {
    const NAME: &'static str = "ShowServerGroupRestrict";
    const PERMISSION: &'static str = "workspace:serverGroup:getRestrict";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let limits = cx.services.limits();
        Ok(Reply::ok(json!({
            "max_session": limits.sessions_per_server,
            "max_group_count": limits.server_groups,
        })))
    }
}
