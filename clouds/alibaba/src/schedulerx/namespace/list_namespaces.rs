//! `ListNamespaces`: all that fit, oldest first. Terraform takes the first one for the one that it asked for.

use muster_jobs::namespaces::{self, Namespace, NamespaceFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ListNamespaces(NamespaceFilter);

impl Operation<SchedulerX> for ListNamespaces {
    const NAME: &'static str = "ListNamespaces";
    const PERMISSION: &'static str = "edas:ListNamespaces";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        parameters.required("RegionId")?;
        Ok(Self(NamespaceFilter {
            uid: parameters.word("Namespace").map(str::to_owned),
            name_contains: parameters.word("NamespaceName").map(str::to_owned),
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let found = namespaces::list(cx.tx, cx.caller, &self.0)?;
        let rows: Vec<Value> = found.iter().map(row).collect();
        Ok(answer::success_with(json!({"Namespaces": rows})))
    }
}

fn row(namespace: &Namespace) -> Value {
    json!({"UId": namespace.uid, "Name": namespace.name, "Description": namespace.description})
}
