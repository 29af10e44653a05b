//! `UpdateNamespace`: changes what is sent; an empty description clears it.

use muster_jobs::namespaces::{self, NamespacePatch};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct UpdateNamespace {
    namespace: String,
    patch: NamespacePatch,
}

impl Operation<SchedulerX> for UpdateNamespace {
    const NAME: &'static str = "UpdateNamespace";
    const PERMISSION: &'static str = "edas:UpdateNamespace";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let namespace = parameters.required("Namespace")?.to_owned();
        parameters.required("RegionId")?;
        let patch = NamespacePatch {
            name: parameters.text("NamespaceName").map(str::to_owned),
            description: parameters.text("Description").map(str::to_owned),
        };
        Ok(Self { namespace, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        namespaces::update(cx.tx, cx.caller, &self.namespace, &self.patch)?;
        cx.touch("namespace", &self.namespace);
        Ok(answer::success())
    }
}
