//! The account's users: Terraform looks up the id of the user that it was given by name.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::Iam;
use super::error::Refused;
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct KeystoneListUsers {
    name: Option<String>,
    base_url: String,
}

impl Operation<Iam> for KeystoneListUsers {
    const NAME: &'static str = "KeystoneListUsers";
    const PERMISSION: &'static str = "iam:users:listUsers";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let name = request.query("name")?.filter(|text| !text.is_empty());
        Ok(Self { name, base_url: request.base_url() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        let users: Vec<Value> = cx
            .services
            .users(cx.tx, cx.caller)?
            .iter()
            .filter(|user| self.name.as_ref().is_none_or(|name| *name == user.name))
            .map(|user| {
                json!({
                    "id": user.id,
                    "name": user.name,
                    "description": user.description,
                    "domain_id": cx.caller.domain_id,
                    "enabled": user.enabled,
                    "password_expires_at": null,
                    "pwd_status": true,
                    "links": {"self": format!("{}/v3/users/{}", self.base_url, user.id)},
                })
            })
            .collect();
        let links = json!({"self": format!("{}/v3/users", self.base_url), "next": null, "previous": null});
        Ok(Reply::ok(json!({"users": users, "links": links})))
    }
}
