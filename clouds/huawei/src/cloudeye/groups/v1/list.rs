//! Lists groups, the newest first. Members are not part of it.

use muster_core::PageRequest;
use muster_resources::GroupFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{page, query_health};
use crate::cloudeye::groups::words::{HEALTH_V1, KINDS};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListResourceGroup {
    filter: GroupFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ListResourceGroup {
    const NAME: &'static str = "ListResourceGroup/v1";
    const PERMISSION: &'static str = "ces:resourceGroups:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id =
            match request.query("group_id")?.filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => Some(GroupId::parse(&text).ok_or_else(|| {
                    Malformed::parameter("group_id", "must be rg and 22 letters and digits")
                })?),
            };
        Ok(Self {
            filter: GroupFilter {
                name_contains: request.query("group_name")?.filter(|text| !text.is_empty()),
                id: id.map(GroupId::get),
                health: query_health(request)?,
                ..GroupFilter::default()
            },
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let found = cx.services.resources.list_groups(cx.tx, scope(cx.caller), &self.filter, self.page)?;
        let statistics = cx.services.resources.statistics(cx.tx, scope(cx.caller), &found.items)?;
        let groups: Vec<Value> = found
            .items
            .iter()
            .zip(&statistics)
            .map(|(group, statistics)| {
                json!({
                    "group_id": GroupId::new(group.id).to_string(),
                    "group_name": group.name,
                    "type": KINDS.write(group.kind),
                    "relation_ids": group.rule.enterprise_projects,
                    "create_time": group.created_at.millis(),
                    "instance_statistics": {
                        "unhealth": statistics.unhealthy,
                        "total": statistics.total,
                        "type_statistics": statistics.namespaces,
                    },
                    "status": HEALTH_V1.write(statistics.health()),
                    "enterprise_project_id": group.enterprise_project_id,
                    "resources": [],
                })
            })
            .collect();
        Ok(Reply::ok(json!({"resource_groups": groups, "meta_data": {"total": found.total}})))
    }
}
