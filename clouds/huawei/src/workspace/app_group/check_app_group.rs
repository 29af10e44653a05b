use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};

/// Says whether a name could be given to a new app group. A bad name is an answer here, not a refusal.
pub(crate) struct CheckAppGroup(String);

const CHECKED_NAME_CHARS: usize = 2048;

impl Operation<WorkspaceApp> for CheckAppGroup {
    const NAME: &'static str = "CheckAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:check";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        name_to_check(&Body::of(request)?).map(Self)
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        Ok(replies::name_check(cx.services.check_app_group_name(cx.tx, cx.caller, &self.0)?))
    }
}

/// The name in a body, which may break any rule but that of its length.
pub(crate) fn name_to_check(body: &Body) -> Result<String, Refusal> {
    let name = body.required("name")?;
    if name.chars().count() > CHECKED_NAME_CHARS {
        return Err(Refusal::invalid("name", "at most 2048 characters are allowed"));
    }
    Ok(name.to_owned())
}
