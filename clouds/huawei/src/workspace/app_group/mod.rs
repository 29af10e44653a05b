//! App groups.

mod batch_delete_app_group;
mod check_app_group;
mod create_app_group;
mod delete_app_group;
mod disassociate_app_group;
mod list_app_group;
mod show_app_group_detail;
mod update_app_group;

pub(crate) use batch_delete_app_group::BatchDeleteAppGroup;
pub(crate) use check_app_group::{CheckAppGroup, name_to_check};
pub(crate) use create_app_group::CreateAppGroup;
pub(crate) use delete_app_group::DeleteAppGroup;
pub(crate) use disassociate_app_group::DisassociateAppGroup;
pub(crate) use list_app_group::ListAppGroup;
pub(crate) use show_app_group_detail::ShowAppGroupDetail;
pub(crate) use update_app_group::UpdateAppGroup;

use muster_apps::AppGroup;
use muster_identity::Caller;
use serde_json::{Value, json};

use super::Refusal;
use super::replies::time;
use super::words::{APP_KINDS, spell};
use crate::request::Request;

/// Our word for an app group in audit rows.
const KIND: &str = "app group";
/// Characters of an id in a request at most.
const ID_CHARS: usize = 128;

/// Words that stand where ids do, with methods of their own.
const RESERVED: [&str; 2] = ["batch-delete", "authorizations"];

/// The app group in the path.
fn id(request: &Request) -> Result<String, Refusal> {
    let id = request.path("app_group_id");
    if RESERVED.contains(&id) {
        return Err(Refusal::method_not_allowed());
    }
    Ok(id.to_owned())
}

fn resource(caller: &Caller, id: &str) -> String {
    super::resource(caller, "appGroup", id)
}

/// An app group as every operation shows it: a superset of the vendor's examples, which leave out fields here and
/// there.
fn view(group: &AppGroup, caller: &Caller) -> Value {
    let server_group = group.server_group.as_ref();
    let mut view = json!({
        "id": group.id,
        "name": group.name,
        "app_server_group_id": server_group.map_or("", |bound| &bound.id),
        "description": group.description,
        "authorization_type": "APP_GROUP",
        "tenant_id": caller.project_id,
        "app_type": spell(APP_KINDS, &group.kind),
        "create_at": time(group.created_at),
        // Nothing publishes apps yet, so no group has any.
        "app_count": 0,
    });
    if let Some(bound) = server_group {
        view["app_server_group_name"] = json!(bound.name);
    }
    view
}
