//! Lists enterprise projects, the default one first.

use muster_core::PageRequest;
use muster_resources::EnterpriseProjectFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{Eps, Refused, write};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(super) struct ListEnterpriseProject {
    filter: EnterpriseProjectFilter,
    page: PageRequest,
}

impl Operation<Eps> for ListEnterpriseProject {
    const NAME: &'static str = "ListEnterpriseProject";
    const PERMISSION: &'static str = "eps:enterpriseProjects:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let enabled = match text("status")?.as_deref() {
            None => None,
            Some("1") => Some(true),
            Some("2") => Some(false),
            Some(_) => return Err(Malformed::parameter("status", "must be 1 or 2").into()),
        };
        Ok(Self {
            filter: EnterpriseProjectFilter { name_contains: text("name")?, id: text("id")?, enabled },
            page: PageRequest {
                offset: request.number("offset", 0..=1_000_000, 0)?,
                limit: request.number("limit", 1..=1000, 1000)?,
            },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        let found = resources.list_enterprise_projects(cx.tx, account, &self.filter, self.page)?;
        let projects: Vec<Value> = found.items.iter().map(write).collect();
        Ok(Reply::ok(json!({"enterprise_projects": projects, "total_count": found.total})))
    }
}
