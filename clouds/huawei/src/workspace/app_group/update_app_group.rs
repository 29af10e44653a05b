use muster_apps::{AppGroupPatch, Binding};
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::create_app_group::server_group_id;
use super::{KIND, view};

/// Renames an app group, describes it, binds it. Terraform's provider sends all three whatever has changed, an
/// empty server group meaning none.
pub(crate) struct UpdateAppGroup {
    id: String,
    patch: AppGroupPatch,
}

impl Operation<WorkspaceApp> for UpdateAppGroup {
    const NAME: &'static str = "UpdateAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let body = Body::of(request)?;
        let binding = match server_group_id(&body)? {
            None => Binding::Keep,
            Some(id) if id.is_empty() => Binding::Unbind,
            Some(id) => Binding::To(id),
        };
        let patch = AppGroupPatch {
            name: body.given("name")?.map(str::to_owned),
            description: body.text("description")?.map(str::to_owned),
            binding,
        };
        Ok(Self { id: super::id(request)?, patch })
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.id)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.id);
        let group = cx
            .services
            .update_app_group(cx.tx, cx.caller, &self.id, &self.patch)
            .map_err(|error| Refusal::of_app_group(error).on_update())?;
        Ok(Reply::ok(view(&group, cx.caller)))
    }
}
