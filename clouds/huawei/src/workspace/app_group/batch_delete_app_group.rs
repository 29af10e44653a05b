use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::{Cx, Outcome, Refusal, Request, WorkspaceApp, replies};
use super::{ID_CHARS, KIND};

/// Deletes up to twenty app groups together. Those that do not exist count as deleted.
pub(crate) struct BatchDeleteAppGroup(Vec<String>);

impl Operation<WorkspaceApp> for BatchDeleteAppGroup {
    const NAME: &'static str = "BatchDeleteAppGroup";
    const PERMISSION: &'static str = "workspace:appGroup:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        Body::of(request)?.required_texts("ids", 1..=20, 1..=ID_CHARS).map(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        self.0.iter().try_for_each(|id| caller.require(Self::PERMISSION, &super::resource(caller, id)))
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        cx.touch(KIND, self.0.join(","));
        cx.services.delete_app_groups(cx.tx, cx.caller, &self.0)?;
        Ok(replies::done())
    }
}
