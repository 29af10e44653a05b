//! Changes an enterprise project's name and description.

use muster_resources::NewEnterpriseProject;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Eps, Refused, create, write};
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct UpdateEnterpriseProject {
    id: String,
    new: NewEnterpriseProject,
}

impl Operation<Eps> for UpdateEnterpriseProject {
    const NAME: &'static str = "UpdateEnterpriseProject";
    const PERMISSION: &'static str = "eps:enterpriseProjects:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { id: request.path("id").to_owned(), new: create::read(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        cx.touch("enterprise project", &self.id);
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        let project = resources.update_enterprise_project(cx.tx, account, &self.id, self.new.clone())?;
        Ok(Reply::ok(json!({"enterprise_project": write(&project)})))
    }
}
