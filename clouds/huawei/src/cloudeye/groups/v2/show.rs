//! Shows one group with its rule, statistics and health.

use muster_resources::{Kind, Statistics};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{write_statistics, write_templates};
use crate::cloudeye::groups::bodies::{write_combination, write_instance, write_project_and_tag, write_tag};
use crate::cloudeye::groups::words::{HEALTH_V2, KINDS, LEVELS};
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope, time};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ShowResourceGroup(GroupId);

impl Operation<CloudEye> for ShowResourceGroup {
    const NAME: &'static str = "ShowResourceGroup/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(GroupId::of_path(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let group = cx.services.resources.get_group(cx.tx, scope(cx.caller), self.0.get())?;
        let groups = [group];
        let resources = &cx.services.resources;
        let statistics = resources.statistics(cx.tx, scope(cx.caller), &groups)?.pop().unwrap_or_default();
        let [group] = groups;
        let rule = &group.rule;
        let projects = resources.statistics_by_enterprise_project(cx.tx, scope(cx.caller), &group)?;
        let by_project: Vec<Value> =
            projects.iter().map(|(id, statistics)| write_project(id, statistics)).collect();
        let mut body = json!({
            "group_id": self.0.to_string(),
            "group_name": group.name,
            "create_time": time::text(group.created_at),
            "update_time": time::text(group.updated_at),
            "enterprise_project_id": group.enterprise_project_id,
            "type": KINDS.write(group.kind),
            "association_ep_ids": rule.enterprise_projects,
            "related_ep_ids": rule.enterprise_projects,
            "tags": rule.tags.iter().map(write_tag).collect::<Vec<_>>(),
            "instances": rule.names.iter().map(write_instance).collect::<Vec<_>>(),
            "enterprise_project_id_and_tags":
                rule.projects_and_tags.iter().map(write_project_and_tag).collect::<Vec<_>>(),
            "status": HEALTH_V2.write(statistics.health()),
            "event_status": HEALTH_V2.write(statistics.event_health()),
            "resource_statistics": write_statistics(&statistics),
            "resource_level": LEVELS.write(group.level),
            "product_names": rule.products,
            "ep_resource_statistics": by_project,
            "association_alarm_templates": write_templates(cx, self.0.get())?,
        });
        if let Some(combination) = rule.combination.as_ref().filter(|_| group.kind == Kind::Combination) {
            body["comb_relation"] = write_combination(combination);
        }
        Ok(Reply::ok(body))
    }
}

fn write_project(id: &str, statistics: &Statistics) -> Value {
    let mut body = write_statistics(statistics);
    body["extend_relation_id"] = json!(id);
    body
}
