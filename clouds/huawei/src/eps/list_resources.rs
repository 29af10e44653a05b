//! What an enterprise project owns. Terraform polls this until what it has moved appears.

use muster_core::PageRequest;
use muster_resources::{EnterpriseProjectFilter, OwnedGroupFilter};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Eps, RESOURCE_GROUP, Refused};
use crate::cloudeye::group_id_text;
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request};

pub(super) struct ShowResourceBindEnterpriseProject {
    /// Any, when it is `None`.
    owner: Option<String>,
    filter: OwnedGroupFilter,
    wants_groups: bool,
    page: PageRequest,
}

#[derive(Deserialize)]
struct Body {
    projects: Option<Vec<String>>,
    resource_types: Option<Vec<String>>,
    offset: Option<u64>,
    limit: Option<u64>,
    matches: Option<Vec<Object<Match>>>,
}

#[derive(Deserialize)]
struct Match {
    key: Option<String>,
    value: Option<String>,
}

impl Operation<Eps> for ShowResourceBindEnterpriseProject {
    const NAME: &'static str = "ShowResourceBindEnterpriseProject";
    const PERMISSION: &'static str = "eps:resources:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let owner = Some(request.path("id").to_owned()).filter(|id| id != "all");
        let mut name_contains = None;
        for Object(condition) in body.matches.unwrap_or_default() {
            match condition.key.as_deref() {
                Some("resource_name") => name_contains = condition.value,
                _ => return Err(Malformed::field("matches.key", "must be resource_name").into()),
            }
        }
        let projects = body.projects.unwrap_or_default();
        if projects.len() > 100 {
            return Err(Malformed::field("projects", "must have at most 100 items").into());
        }
        let limit = body.limit.unwrap_or(1000);
        if !(1..=1000).contains(&limit) {
            return Err(Malformed::field("limit", "must be from 1 to 1000").into());
        }
        let wants_groups = body
            .resource_types
            .is_none_or(|types| types.is_empty() || types.iter().any(|kind| kind == RESOURCE_GROUP));
        Ok(Self {
            filter: OwnedGroupFilter { enterprise_project_id: owner.clone(), projects, name_contains },
            owner,
            wants_groups,
            page: PageRequest { offset: body.offset.unwrap_or(0), limit },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let (resources, caller) = (&cx.services.resources, cx.caller);
        if let Some(owner) = &self.owner {
            resources.get_enterprise_project(cx.tx, &caller.account_id, owner)?;
        }
        if !self.wants_groups {
            return Ok(Reply::ok(json!({"resources": [], "errors": [], "total_count": 0})));
        }
        let found = resources.list_owned_groups(cx.tx, &caller.account_id, &self.filter, self.page)?;
        let all = resources.list_enterprise_projects(
            cx.tx,
            &caller.account_id,
            &EnterpriseProjectFilter { id: self.owner.clone(), ..EnterpriseProjectFilter::default() },
            PageRequest::ALL,
        )?;
        let name_of =
            |id: &str| all.items.iter().find(|project| project.id == id).map(|project| &project.name);
        let project_name =
            |id: &str| caller.projects().iter().find(|project| project.id == id).map(|project| &project.name);
        let owned: Vec<Value> = found
            .items
            .iter()
            .map(|(project_id, group)| {
                json!({
                    "enterprise_project_id": group.enterprise_project_id,
                    "enterprise_project_name": name_of(&group.enterprise_project_id),
                    "project_id": project_id,
                    "project_name": project_name(project_id),
                    "resource_id": group_id_text(group.id),
                    "resource_name": group.name,
                    "resource_type": RESOURCE_GROUP,
                })
            })
            .collect();
        Ok(Reply::ok(json!({"resources": owned, "errors": [], "total_count": found.total})))
    }
}
