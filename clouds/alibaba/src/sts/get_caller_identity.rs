//! `GetCallerIdentity`: who the caller is. Anybody with a working key may ask.

use muster_identity::{Caller, Principal};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::Sts;
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input: nothing.
pub(super) struct GetCallerIdentity;

impl Operation<Sts> for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const PERMISSION: &'static str = "sts:GetCallerIdentity";
    const ACCESS: Access = Access::Read;

    fn decode(_parameters: &Parameters) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Sts>) -> Result<Document, Fault> {
        let caller = cx.caller;
        let number = caller.principal_number();
        let mut answer = Document::from_iter([
            ("AccountId".to_owned(), Value::from(caller.account_id.as_str())),
            ("Arn".to_owned(), caller.arn().into()),
        ]);
        let own = match &caller.principal {
            Principal::Root { .. } => {
                json!({"IdentityType": "Account", "PrincipalId": number, "UserId": number})
            }
            Principal::User { .. } => {
                json!({"IdentityType": "RAMUser", "PrincipalId": number, "UserId": number})
            }
            Principal::AssumedRole { session, .. } => json!({
                "IdentityType": "AssumedRoleUser", "PrincipalId": format!("{number}:{session}"), "RoleId": number,
            }),
        };
        answer.extend(own.as_object().cloned().unwrap_or_default());
        Ok(answer)
    }
}
