use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::query::Query;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::ID_CHARS;

/// Frees all app groups of a server group, which stands in the query. What was published in them stays.
pub(crate) struct DisassociateAppGroup(String);

impl Operation<WorkspaceApp> for DisassociateAppGroup {
    const NAME: &'static str = "DisassociateAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:disassociate";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let id = Query(request).text("server_group_id", ID_CHARS)?;
        id.map(Self).ok_or_else(|| Refusal::invalid("server_group_id", "it is missing"))
    }

    fn resource(&self, caller: &Caller) -> String {
        super::super::resource(caller, "serverGroup", &self.0)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch("server group", &self.0);
        cx.services.unbind_app_groups(cx.tx, cx.caller, &self.0)?;
        Ok(replies::done())
    }
}
