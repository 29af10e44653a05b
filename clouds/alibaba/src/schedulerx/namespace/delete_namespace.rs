//! `DeleteNamespace`: removes an empty namespace.

use muster_jobs::namespaces;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteNamespace {
    namespace: String,
}

impl Operation<SchedulerX> for DeleteNamespace {
    const NAME: &'static str = "DeleteNamespace";
    const PERMISSION: &'static str = "edas:DeleteNamespace";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let namespace = parameters.required("Namespace")?.to_owned();
        parameters.required("RegionId")?;
        Ok(Self { namespace })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        cx.touch("namespace", &self.namespace);
        namespaces::delete(cx.tx, cx.caller, &self.namespace)?;
        Ok(answer::success())
    }
}
