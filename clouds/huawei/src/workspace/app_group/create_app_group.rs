use muster_apps::NewAppGroup;
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::words::APP_KINDS;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::{ID_CHARS, KIND, view};

/// Makes an app group, bound to a server group or not. Not idempotent: the same name again is refused.
pub(crate) struct CreateAppGroup(NewAppGroup);

impl Operation<WorkspaceApp> for CreateAppGroup {
    const NAME: &'static str = "CreateAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let body = Body::of(request)?;
        let name = body.text("name")?.ok_or_else(|| Refusal::invalid("name", "it is missing"))?;
        // The vendor's definition has APP as well, and calls it not supported.
        body.word("authorization_type", &[("APP_GROUP", ())])?;
        Ok(Self(NewAppGroup {
            name: name.to_owned(),
            description: body.text("description")?.unwrap_or_default().to_owned(),
            server_group_id: server_group_id(&body)?.filter(|id| !id.is_empty()),
            kind: body.word("app_type", APP_KINDS)?,
        }))
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require(Self::PERMISSION, &super::resource(caller, "*"))?;
        self.0.server_group_id.as_ref().map_or(Ok(()), |id| {
            caller.require(Self::PERMISSION, &super::super::resource(caller, "serverGroup", id))
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let group = cx.services.create_app_group(cx.tx, cx.caller, &self.0).map_err(Refusal::of_app_group)?;
        cx.touch(KIND, &group.id);
        Ok(Reply::ok(view(&group, cx.caller)))
    }
}

/// The server group in a body, where empty means none.
pub(super) fn server_group_id(body: &Body) -> Result<Option<String>, Refusal> {
    let id = body.text("app_server_group_id")?;
    if id.is_some_and(|id| id.chars().count() > ID_CHARS) {
        return Err(Refusal::invalid("app_server_group_id", "at most 128 characters are allowed"));
    }
    Ok(id.map(str::to_owned))
}
