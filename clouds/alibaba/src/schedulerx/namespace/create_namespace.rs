//! `CreateNamespace`: makes a namespace; repeating a `Uid` succeeds and changes nothing.

use muster_jobs::namespaces::{self, NewNamespace, Outcome};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct CreateNamespace(NewNamespace);

impl Operation<SchedulerX> for CreateNamespace {
    const NAME: &'static str = "CreateNamespace";
    const PERMISSION: &'static str = "edas:CreateSchedulerxNamespaceCreate";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let name = parameters.required("Name")?.to_owned();
        parameters.required("RegionId")?;
        Ok(Self(NewNamespace {
            uid: parameters.word("Uid").map(str::to_owned),
            name,
            description: parameters.text("Description").unwrap_or_default().to_owned(),
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let outcome = namespaces::create(cx.tx, cx.caller, self.0.clone())?;
        let (uid, message) = match outcome {
            Outcome::Created(uid) => (uid, None),
            // The vendor's wording, spelling included.
            Outcome::Existed(uid) => {
                (uid.clone(), Some(format!("namespace={uid} is existed, noting update")))
            }
        };
        cx.touch("namespace", &uid);
        let mut document = answer::success_with(json!({"NamespaceUid": uid}));
        if let Some(message) = message {
            document.insert("Message".to_owned(), Value::from(message));
        }
        Ok(document)
    }
}
