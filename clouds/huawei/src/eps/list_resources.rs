//! Lists what an enterprise project owns: resource groups first, then alarm rules and the resources of the inventory.

use muster_alarms::{Origin, Owner, RuleFilter};
use muster_core::{Page, PageRequest};
use muster_resources::{EnterpriseProjectFilter, OwnedGroupFilter, ResourceFilter};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ALARM, Eps, RESOURCE_GROUP, Refused};
use crate::cloudeye::group_id_text;
use crate::inventory::project_name;
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request};

/// With the id `all` of no enterprise project in particular.
pub(super) struct ShowResourceBindEnterpriseProject {
    owner: Option<String>,
    projects: Vec<String>,
    name_contains: Option<String>,
    wants_groups: bool,
    wants_alarms: bool,
    /// `None` when no kind of the inventory is wanted; empty for all.
    kinds: Option<Vec<String>>,
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
        let types = body.resource_types.unwrap_or_default();
        if types.len() > 100 {
            return Err(Malformed::field("resource_types", "must have at most 100 items").into());
        }
        let wants = |own: &str| types.is_empty() || types.iter().any(|kind| kind == own);
        let own = [RESOURCE_GROUP, ALARM];
        let kinds: Vec<String> = types.iter().filter(|kind| !own.contains(&kind.as_str())).cloned().collect();
        Ok(Self {
            owner: Some(request.path("id").to_owned()).filter(|id| id != "all"),
            projects,
            name_contains,
            wants_groups: wants(RESOURCE_GROUP),
            wants_alarms: wants(ALARM),
            kinds: (types.is_empty() || !kinds.is_empty()).then_some(kinds),
            page: PageRequest { offset: body.offset.unwrap_or(0), limit },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let (resources, caller) = (&cx.services.resources, cx.caller);
        if let Some(owner) = &self.owner {
            resources.get_enterprise_project(cx.tx, &caller.account_id, owner)?;
        }
        let mut owned = Vec::new();
        let (mut groups, mut rules, mut others) = (0, 0, 0);
        if self.wants_groups {
            let filter = OwnedGroupFilter {
                enterprise_project_id: self.owner.clone(),
                projects: self.projects.clone(),
                name_contains: self.name_contains.clone(),
            };
            let found = resources.list_owned_groups(cx.tx, &caller.account_id, &filter, self.page)?;
            groups = found.total;
            owned.extend(found.items.into_iter().map(|(project_id, group)| Owned {
                enterprise_project_id: group.enterprise_project_id,
                project_id,
                id: group_id_text(group.id),
                name: group.name,
                kind: RESOURCE_GROUP.to_owned(),
            }));
        }
        if self.wants_alarms {
            let page = PageRequest {
                offset: self.page.offset.saturating_sub(groups),
                limit: self.page.limit - owned.len() as u64,
            };
            let found = self.alarms(cx, page)?;
            rules = found.total;
            owned.extend(found.items);
        }
        if let Some(kinds) = &self.kinds {
            let filter = ResourceFilter {
                projects: self.projects.clone(),
                kinds: kinds.clone(),
                enterprise_project_id: self.owner.clone(),
                name_contains: self.name_contains.clone(),
                ..ResourceFilter::default()
            };
            let page = PageRequest {
                offset: self.page.offset.saturating_sub(groups + rules),
                limit: self.page.limit - owned.len() as u64,
            };
            let found = resources.list_resources(cx.tx, &caller.account_id, &filter, page)?;
            others = found.total;
            owned.extend(found.items.into_iter().map(|resource| Owned {
                enterprise_project_id: resource.enterprise_project_id,
                project_id: resource.project_id,
                id: resource.external_id,
                name: resource.name,
                kind: resource.kind,
            }));
        }
        let all = resources.list_enterprise_projects(
            cx.tx,
            &caller.account_id,
            &EnterpriseProjectFilter { id: self.owner.clone(), ..EnterpriseProjectFilter::default() },
            PageRequest::ALL,
        )?;
        let name_of =
            |id: &str| all.items.iter().find(|project| project.id == id).map(|project| &project.name);
        let owned: Vec<Value> = owned
            .iter()
            .map(|one| {
                json!({
                    "enterprise_project_id": one.enterprise_project_id,
                    "enterprise_project_name": name_of(&one.enterprise_project_id),
                    "project_id": one.project_id,
                    "project_name": project_name(caller, &one.project_id),
                    "resource_id": one.id,
                    "resource_name": one.name,
                    "resource_type": one.kind,
                })
            })
            .collect();
        Ok(Reply::ok(json!({"resources": owned, "errors": [], "total_count": groups + rules + others})))
    }
}

impl ShowResourceBindEnterpriseProject {
    fn alarms(&self, cx: &mut Cx<'_, '_, Eps>, page: PageRequest) -> muster_core::Result<Page<Owned>> {
        let caller = cx.caller;
        let projects = match &self.projects[..] {
            [] => caller.projects().iter().map(|project| project.id.clone()).collect(),
            some => some.to_vec(),
        };
        let filter = RuleFilter {
            projects,
            enterprise_project_id: self.owner.clone(),
            name_contains: self.name_contains.clone(),
            ..RuleFilter::default()
        };
        let owner = Owner {
            origin: Origin::CloudEye,
            account_id: &caller.account_id,
            project_id: &caller.project_id,
        };
        let found = cx.services.alarms.list(cx.tx, owner, &filter, page)?;
        let owned = found.items.into_iter().map(|rule| Owned {
            enterprise_project_id: rule.spec.enterprise_project_id,
            project_id: rule.project_id,
            id: rule.key,
            name: rule.spec.name,
            kind: ALARM.to_owned(),
        });
        Ok(Page { items: owned.collect(), total: found.total })
    }
}

/// A thing that an enterprise project owns.
struct Owned {
    enterprise_project_id: String,
    project_id: String,
    id: String,
    name: String,
    kind: String,
}
