//! Shows one enterprise project.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Eps, Refused, write};
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ShowEnterpriseProject(String);

impl Operation<Eps> for ShowEnterpriseProject {
    const NAME: &'static str = "ShowEnterpriseProject";
    const PERMISSION: &'static str = "eps:enterpriseProjects:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(request.path("id").to_owned()))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let account = &cx.caller.account_id;
        let project = cx.services.resources.get_enterprise_project(cx.tx, account, &self.0)?;
        Ok(Reply::ok(json!({"enterprise_project": write(&project)})))
    }
}
