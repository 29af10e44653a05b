//! STS: who is asking.

use muster_identity::{Caller, Principal};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::Iam;
use super::error::Refused;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct GetCallerIdentity;

impl Operation<Iam> for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const PERMISSION: &'static str = "sts::getCallerIdentity";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        let caller = cx.caller;
        let domain = &caller.domain_id;
        let urn = match &caller.principal {
            Principal::Root { .. } => format!("iam::{domain}:root"),
            Principal::User { name, .. } => format!("iam::{domain}:user:{name}"),
            Principal::AssumedRole { role, session, .. } => {
                format!("sts::{domain}:assumed-agency:{role}/{session}")
            }
        };
        let body = json!({"account_id": domain, "principal_urn": urn, "principal_id": caller.user_id()});
        Ok(Reply::ok(body))
    }
}
