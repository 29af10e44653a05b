//! Lists groups, the newest first.

use muster_core::PageRequest;
use muster_resources::GroupFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{page, query_enterprise_project, query_word, write_statistics, write_templates};
use crate::cloudeye::groups::words::{HEALTH_V2, KINDS, LEVELS};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, time};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListResourceGroups {
    filter: GroupFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ListResourceGroups {
    const NAME: &'static str = "ListResourceGroups/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = request.query("group_id")?.filter(|text| !text.is_empty());
        let id = id
            .map(|text| {
                GroupId::parse(&text)
                    .ok_or_else(|| Malformed::parameter("group_id", "must be rg and 22 letters and digits"))
            })
            .transpose()?;
        Ok(Self {
            filter: GroupFilter {
                enterprise_project_id: query_enterprise_project(request, "enterprise_project_id")?,
                name_contains: request.query("group_name")?.filter(|text| !text.is_empty()),
                id: id.map(GroupId::get),
                kind: query_word(request, "type", &KINDS)?,
                health: query_word(request, "status", &HEALTH_V2)?,
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
                Ok(json!({
                    "group_id": GroupId::new(group.id).to_string(),
                    "group_name": group.name,
                    "create_time": time::text(group.created_at),
                    "update_time": time::text(group.updated_at),
                    "enterprise_project_id": group.enterprise_project_id,
                    "type": KINDS.write(group.kind),
                    "status": HEALTH_V2.write(statistics.health()),
                    "event_status": HEALTH_V2.write(statistics.event_health()),
                    "resource_statistics": write_statistics(statistics),
                    "related_ep_ids": group.rule.enterprise_projects,
                    "association_alarm_templates": write_templates(cx, group.id)?,
                    "resource_level": LEVELS.write(group.level),
                }))
            })
            .collect::<muster_core::Result<_>>()?;
        Ok(Reply::ok(json!({"count": found.total, "resource_groups": groups})))
    }
}
