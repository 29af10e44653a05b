use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::json;

use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::view;

/// One app group, with the description of its server group.
pub(crate) struct ShowAppGroupDetail(String);

impl Operation<WorkspaceApp> for ShowAppGroupDetail {
    const NAME: &'static str = "ShowAppGroupDetail";
    const PERMISSION: &'static str = "workspace:appGroup:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        super::id(request).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let group = cx.services.get_app_group(cx.tx, cx.caller, &self.0)?;
        let mut view = view(&group, cx.caller);
        if let Some(bound) = &group.server_group {
            view["app_server_group_description"] = json!(bound.description);
        }
        Ok(Reply::ok(view))
    }
}
