//! Server groups as the API writes them: three views, each a superset of the one before.

use muster_apps::{Catalogue, ServerGroup};
use muster_identity::Caller;
use serde_json::{Value, json};

use super::super::catalogue::product_view;
use super::super::replies::time;
use super::super::tag::tag_views;
use super::super::words::{
    APP_KINDS, DISK_KINDS, IMAGE_SOURCES, MOUNT_POLICIES, OPERATING_SYSTEMS, SESSION_PACKAGES, spell,
};

/// What the light list shows.
pub(super) fn light(group: &ServerGroup) -> Value {
    let plan = &group.plan;
    let mut view = json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "image_id": plan.image.id,
        "os_type": spell(OPERATING_SYSTEMS, &group.os),
        "product_id": plan.product_id,
        "subnet_id": plan.subnet_id,
        "system_disk_type": spell(DISK_KINDS, &plan.disk.kind),
        "system_disk_size": plan.disk.gib,
        "is_vdi": group.single_session,
        "app_type": spell(APP_KINDS, &group.kind),
        "create_time": time(group.created_at),
        "update_time": time(group.updated_at),
        "storage_mount_policy": spell(MOUNT_POLICIES, &group.mount_policy),
        "enterprise_project_id": group.enterprise_project_id,
        "primary_server_group_ids": group.primary_id.iter().collect::<Vec<_>>(),
        "secondary_server_group_ids": group.standby_ids,
        "server_group_status": group.enabled,
        "site_type": "CENTER",
        "app_group_count": group.app_group_count,
    });
    // A size that was never set must be absent, or the provider plans to make the group anew.
    if let Some(extra) = &plan.extra_sessions {
        view["extra_session_type"] = json!(spell(SESSION_PACKAGES, &extra.package));
        view["extra_session_size"] = json!(extra.count);
    }
    view
}

/// What lists show and creating answers.
pub(super) fn listed(group: &ServerGroup, catalogue: &Catalogue, caller: &Caller) -> Value {
    let mut view = light(group);
    // No operation adds servers yet, so no group has any.
    view["app_server_flavor_count"] = json!(0);
    view["app_server_count"] = json!(0);
    view["tags"] = tag_views(&group.tags);
    view["ou_name"] = json!(group.plan.organizational_unit);
    if let Some(product) = catalogue.product(&group.plan.product_id) {
        view["product_info"] = product_view(product, caller);
    }
    view
}

/// Everything.
pub(super) fn detail(group: &ServerGroup, catalogue: &Catalogue, caller: &Caller) -> Value {
    let plan = &group.plan;
    let mut view = listed(group, catalogue, caller);
    view["project_name"] = json!(caller.project_name);
    view["image_type"] = json!(spell(IMAGE_SOURCES, &plan.image.source));
    if let Some(product_id) = &plan.image.product_id {
        view["image_product_id"] = json!(product_id);
    }
    if let Some(enable) = group.virtual_ip {
        view["ip_virtual"] = json!({"enable": enable});
    }
    if let Some(policy) = &plan.route_policy {
        let fields = [
            ("max_session", policy.max_sessions),
            ("cpu_threshold", policy.cpu_percent),
            ("mem_threshold", policy.memory_percent),
            ("gpu_threshold", policy.gpu_percent),
        ];
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        view["route_policy"] = Value::Object(given.collect());
    }
    let flavor_id =
        plan.flavor_id.as_ref().or(catalogue.product(&plan.product_id).map(|product| &product.flavor_id));
    view["flavors"] = flavor_id.map_or_else(|| json!([]), |id| json!([flavor(id, caller)]));
    view
}

/// The API's definition spells the link `hrel`, the provider reads `href`.
fn flavor(id: &str, caller: &Caller) -> Value {
    let link = format!("/v1/{}/product?flavor_id={id}", caller.project_id);
    json!({"id": id, "links": [{"rel": "self", "hrel": link, "href": link}]})
}
