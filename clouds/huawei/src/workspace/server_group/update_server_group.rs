use muster_apps::ServerGroupPatch;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::words::{APP_KINDS, DISK_KINDS, IMAGE_SOURCES, MOUNT_POLICIES};
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::{KIND, route_policy};

/// Changes a server group. An empty description or unit is cleared, any other empty field was not given.
pub(crate) struct UpdateServerGroup {
    id: String,
    patch: ServerGroupPatch,
}

impl Operation<WorkspaceApp> for UpdateServerGroup {
    const NAME: &'static str = "UpdateServerGroup";
    const PERMISSION: &'static str = "workspace:serverGroup:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let body = Body::of(request)?;
        let given = |field: &str| Ok::<_, Refusal>(body.given(field)?.map(str::to_owned));
        let text = |field: &str| Ok::<_, Refusal>(body.text(field)?.map(str::to_owned));
        let patch = ServerGroupPatch {
            name: given("name")?,
            description: text("description")?,
            kind: body.word("app_type", APP_KINDS)?,
            mount_policy: body.word("storage_mount_policy", MOUNT_POLICIES)?,
            enabled: body.flag("server_group_status")?,
            route_policy: route_policy(&body)?,
            image_id: given("image_id")?,
            image_source: body.word("image_type", IMAGE_SOURCES)?,
            image_product_id: given("image_product_id")?,
            disk_kind: body.word("system_disk_type", DISK_KINDS)?,
            disk_gib: body.number("system_disk_size")?,
            organizational_unit: text("ou_name")?,
        };
        Ok(Self { id: request.path("server_group_id").to_owned(), patch })
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, &self.id)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, &self.id);
        cx.services
            .update_server_group(cx.tx, cx.caller, &self.id, &self.patch)
            .map_err(|error| Refusal::from(error).on_update())?;
        Ok(replies::done())
    }
}
