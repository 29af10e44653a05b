//! The caller's own domain: what global clients look up when nobody gave them its id.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::Iam;
use super::error::Refused;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct KeystoneListAuthDomains {
    name: Option<String>,
    base_url: String,
}

impl Operation<Iam> for KeystoneListAuthDomains {
    const NAME: &'static str = "KeystoneListAuthDomains";
    const PERMISSION: &'static str = "iam:domains:listDomains";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let name = request.query("name")?.filter(|text| !text.is_empty());
        Ok(Self { name, base_url: request.base_url() })
    }

    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require_not_denied(Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        let caller = cx.caller;
        let mut domains = Vec::new();
        if self.name.as_ref().is_none_or(|name| *name == caller.account_name) {
            domains.push(json!({
                "id": caller.domain_id,
                "name": caller.account_name,
                "description": "",
                "enabled": caller.account().enabled,
                "links": {"self": format!("{}/v3/domains/{}", self.base_url, caller.domain_id)},
            }));
        }
        let links =
            json!({"self": format!("{}/v3/auth/domains", self.base_url), "next": null, "previous": null});
        Ok(Reply::ok(json!({"domains": domains, "links": links})))
    }
}
