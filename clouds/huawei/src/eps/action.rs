//! Enables or disables an enterprise project: a disabled one takes no further resources.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::{Eps, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(super) struct EnableEnterpriseProject {
    id: String,
    enabled: bool,
}

#[derive(Deserialize)]
struct Body {
    action: Option<String>,
}

impl Operation<Eps> for EnableEnterpriseProject {
    const NAME: &'static str = "EnableEnterpriseProject";
    const PERMISSION: &'static str = "eps:enterpriseProjects:enable";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let enabled = match required("action", request.body::<Body>()?.action)?.as_str() {
            "enable" => true,
            "disable" => false,
            _ => return Err(Malformed::field("action", "must be enable or disable").into()),
        };
        Ok(Self { id: request.path("id").to_owned(), enabled })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        cx.touch("enterprise project", &self.id);
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        resources.enable_enterprise_project(cx.tx, account, &self.id, self.enabled)?;
        Ok(Reply::no_content())
    }
}
