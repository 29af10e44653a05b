//! Shows one group with a page of its members, whatever their service.

use muster_core::PageRequest;
use muster_resources::MemberFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{page, query_health};
use crate::cloudeye::groups::bodies::write_dimensions;
use crate::cloudeye::groups::words::HEALTH_V1;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ShowResourceGroup {
    id: GroupId,
    filter: MemberFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ShowResourceGroup {
    const NAME: &'static str = "ShowResourceGroup/v1";
    const PERMISSION: &'static str = "ces:resourceGroups:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        Ok(Self {
            id: GroupId::of_path(request)?,
            filter: MemberFilter {
                namespace: text("namespace")?,
                dimension_names: text("dname")?.map(|names| names.split(',').map(str::to_owned).collect()),
                health: query_health(request)?,
                ..MemberFilter::default()
            },
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (resources, scope, id) = (&cx.services.resources, scope(cx.caller), self.id.get());
        let group = resources.get_group(cx.tx, scope, id)?;
        let found = resources.list_members(cx.tx, scope, id, &self.filter, self.page)?;
        let health = resources.health_of_members(cx.tx, scope, &group, &found.items)?;
        let groups = [group];
        let statistics = resources.statistics(cx.tx, scope, &groups)?.pop().unwrap_or_default();
        let [group] = groups;
        let members: Vec<Value> = found
            .items
            .iter()
            .zip(health)
            .map(|(listed, (health, _))| {
                json!({
                    "namespace": listed.member.namespace,
                    "dimensions": write_dimensions(&listed.member),
                    "status": HEALTH_V1.write(health),
                })
            })
            .collect();
        let next = self.page.offset + members.len() as u64;
        // The last page has no next start.
        let marker = if next < found.total && !members.is_empty() { next.to_string() } else { String::new() };
        Ok(Reply::ok(json!({
            "group_id": self.id.to_string(),
            "group_name": group.name,
            "status": HEALTH_V1.write(statistics.health()),
            "create_time": group.created_at.millis(),
            "enterprise_project_id": group.enterprise_project_id,
            "meta_data": {"count": members.len(), "total": found.total, "marker": marker},
            "resources": members,
        })))
    }
}
