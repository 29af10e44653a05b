//! Lists the members of a group that belong to one service.

use muster_core::PageRequest;
use muster_resources::{Health, ListedMember, MemberFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Map, Value, json};

use super::{page, query_enterprise_project, query_word};
use crate::cloudeye::groups::bodies::write_dimensions;
use crate::cloudeye::groups::words::HEALTH_V2;
use crate::cloudeye::ids::GroupId;
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListResourceGroupsServicesResources {
    id: GroupId,
    filter: MemberFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ListResourceGroupsServicesResources {
    const NAME: &'static str = "ListResourceGroupsServicesResources/v2";
    const PERMISSION: &'static str = "ces:resourceGroups:getServiceResources";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        Ok(Self {
            id: GroupId::of_path(request)?,
            filter: MemberFilter {
                namespace: Some(request.path("service").to_owned()),
                dimension_names: text("dim_name")?.map(|names| names.split(',').map(str::to_owned).collect()),
                dimension_value: text("dim_value")?,
                product: text("product_name")?,
                resource_name_contains: text("resource_name")?,
                tag: text("tag")?.map(|text| read_tag(&text)).transpose()?,
                enterprise_project_id: query_enterprise_project(request, "extend_relation_id")?,
                health: query_word(request, "status", &HEALTH_V2)?,
                event_health: query_word(request, "event_status", &HEALTH_V2)?,
            },
            page: page(request)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let resources = &cx.services.resources;
        let found =
            resources.list_members(cx.tx, scope(cx.caller), self.id.get(), &self.filter, self.page)?;
        let group = resources.get_group(cx.tx, scope(cx.caller), self.id.get())?;
        let health = resources.health_of_members(cx.tx, scope(cx.caller), &group, &found.items)?;
        let members: Vec<Value> =
            found.items.iter().zip(health).map(|(listed, health)| write_member(listed, health)).collect();
        Ok(Reply::ok(json!({"count": found.total, "resources": members})))
    }
}

fn write_member(listed: &ListedMember, (health, event_health): (Health, Health)) -> Value {
    let tags: Map<String, Value> =
        listed.tags.iter().map(|tag| (tag.key.clone(), json!(tag.value))).collect();
    json!({
        "status": HEALTH_V2.write(health),
        "event_status": HEALTH_V2.write(event_health),
        "dimensions": write_dimensions(&listed.member),
        // A text that holds JSON, as the original has it.
        "tags": Value::Object(tags).to_string(),
        "enterprise_project_id": listed.enterprise_project_id,
        "resource_name": listed.member.resource_name.as_deref().unwrap_or_default(),
    })
}

/// `"key":"value"`, quotes included.
fn read_tag(text: &str) -> Result<(String, String), Malformed> {
    let read: Option<std::collections::BTreeMap<String, String>> =
        serde_json::from_str(&format!("{{{text}}}")).ok();
    let mut pairs = read.unwrap_or_default().into_iter();
    match (pairs.next(), pairs.next()) {
        (Some(pair), None) => Ok(pair),
        _ => Err(Malformed::parameter("tag", "must be of the form \"key\":\"value\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_two_quoted_texts() {
        assert_eq!(read_tag(r#""env":"prod""#), Ok(("env".to_owned(), "prod".to_owned())));
        for text in ["env:prod", r#""env""#, r#""a":"b","c":"d""#, r#""a":1"#, "}"] {
            assert!(read_tag(text).is_err(), "{text}");
        }
    }
}
