use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::app_group::name_to_check;
use super::super::body::Body;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};

/// Says whether a name could be given to a new server group.
pub(crate) struct ValidateServerGroup(String);

impl Operation<WorkspaceApp> for ValidateServerGroup {
    const NAME: &'static str = "ValidateServerGroup";
    const PERMISSION: &'static str = "workspace:serverGroup:check";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        name_to_check(&Body::of(request)?).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        Ok(replies::name_check(cx.services.check_server_group_name(cx.tx, cx.caller, &self.0)?))
    }
}
