//! Hands a thing over to the enterprise project in the path.

use muster_resources::Scope;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::{Eps, RESOURCE_GROUP, Refused};
use crate::cloudeye::group_id;
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(super) struct MigrateResource {
    target: String,
    project_id: Option<String>,
    group: i64,
}

#[derive(Deserialize)]
struct Body {
    project_id: Option<String>,
    resource_type: Option<String>,
    resource_id: Option<String>,
}

impl Operation<Eps> for MigrateResource {
    const NAME: &'static str = "MigrateResource";
    const PERMISSION: &'static str = "eps:resources:add";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let kind = required("resource_type", body.resource_type)?;
        if kind != RESOURCE_GROUP {
            let why = format!("must be {RESOURCE_GROUP}: other resources cannot be moved yet");
            return Err(Malformed::field("resource_type", why).into());
        }
        let id = required("resource_id", body.resource_id)?;
        let group = group_id(&id)
            .ok_or_else(|| Malformed::field("resource_id", "is not the id of a resource group"))?;
        Ok(Self { target: request.path("id").to_owned(), project_id: body.project_id, group })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        cx.touch("resource group", self.group);
        let caller = cx.caller;
        // A project of somebody else has no groups in this account.
        let project_id = self.project_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(&caller.project_id);
        let scope = Scope { account_id: &caller.account_id, project_id };
        cx.services.resources.move_group(cx.tx, scope, self.group, &self.target)?;
        Ok(Reply::no_content())
    }
}
