//! Resource groups as v2 has them.

mod add_members;
mod associate_templates;
mod create;
mod delete;
mod list;
mod list_members;
mod remove_members;
mod show;
mod update;

pub(crate) use add_members::BatchCreateResources;
pub(crate) use associate_templates::UpdateResourceGroupAssociationAlarmTemplate;
pub(crate) use create::CreateResourceGroup;
pub(crate) use delete::BatchDeleteResourceGroups;
pub(crate) use list::ListResourceGroups;
pub(crate) use list_members::ListResourceGroupsServicesResources;
pub(crate) use remove_members::BatchDeleteResources;
pub(crate) use show::ShowResourceGroup;
pub(crate) use update::UpdateResourceGroup;

use muster_alarms::templates::Template;
use muster_core::PageRequest;
use muster_resources::Statistics;
use muster_wire::Cx;
use serde_json::{Value, json};

use crate::cloudeye::CloudEye;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::TemplateId;
use crate::request::{Malformed, Request};

/// `offset` and `limit` as all lists of v2 take them.
fn page(request: &Request) -> Result<PageRequest, Malformed> {
    Ok(PageRequest {
        offset: request.number("offset", 0..=10_000, 0)?,
        limit: request.number("limit", 1..=100, 100)?,
    })
}

/// The templates that a group has been given.
fn write_templates(cx: &mut Cx<'_, '_, CloudEye>, group_id: i64) -> muster_core::Result<Vec<Value>> {
    let templates = cx.services.templates.of_group(cx.tx, owner(cx.caller), group_id)?;
    let write = |template: &Template| json!({"template_id": TemplateId::new(template.id).to_string(), "template_name": template.name});
    Ok(templates.iter().map(write).collect())
}

fn write_statistics(statistics: &Statistics) -> Value {
    json!({
        "unhealthy": statistics.unhealthy,
        "total": statistics.total,
        "event_unhealthy": statistics.event_unhealthy,
        "namespaces": statistics.namespaces,
    })
}

/// A word from the query; nothing when it is absent or empty.
fn query_word<T: Copy + PartialEq>(
    request: &Request,
    name: &str,
    words: &super::words::Words<T>,
) -> Result<Option<T>, Malformed> {
    let Some(text) = request.query(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = words.read(&text);
    read.map(Some).ok_or_else(|| Malformed::parameter(name, format!("must be one of {}", words.list())))
}

/// An enterprise project from the query; nothing for all that the caller may see.
pub(in crate::cloudeye) fn query_enterprise_project(
    request: &Request,
    name: &str,
) -> Result<Option<String>, Malformed> {
    match request.query(name)? {
        None => Ok(None),
        Some(text) if text.is_empty() || text == "all_granted_eps" => Ok(None),
        Some(text) if crate::cloudeye::validate::is_enterprise_project(&text) => Ok(Some(text)),
        Some(_) => Err(Malformed::parameter(name, "must be 0, a UUID in lower case or all_granted_eps")),
    }
}
