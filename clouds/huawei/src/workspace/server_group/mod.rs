//! Server groups.

mod create_server_group;
mod delete_server_groups;
mod list_server_groups;
mod list_tenant_server_groups;
mod show_server_group;
mod show_server_group_restrict;
mod show_server_group_state;
mod update_server_group;
mod validate_server_group;
mod view;

pub(crate) use create_server_group::CreateServerGroup;
pub(crate) use delete_server_groups::DeleteServerGroups;
pub(crate) use list_server_groups::ListServerGroups;
pub(crate) use list_tenant_server_groups::ListTenantServerGroups;
pub(crate) use show_server_group::ShowServerGroup;
pub(crate) use show_server_group_restrict::ShowServerGroupRestrict;
pub(crate) use show_server_group_state::ShowServerGroupState;
pub(crate) use update_server_group::UpdateServerGroup;
pub(crate) use validate_server_group::ValidateServerGroup;

use muster_apps::RoutePolicy;
use muster_identity::Caller;

use super::Refusal;
use super::body::Body;

/// Our word for a server group in audit rows.
pub(crate) const KIND: &str = "server group";
/// The enterprise project of what was put into none.
const DEFAULT_ENTERPRISE_PROJECT: &str = "0";
/// Characters of a name in a filter at most.
const NAME_FILTER_CHARS: usize = 64;
/// Characters of an id in a request at most.
const ID_CHARS: usize = 128;

pub(crate) fn resource(caller: &Caller, id: &str) -> String {
    super::resource(caller, "serverGroup", id)
}

/// The route policy in a body. A policy replaces the one before as a whole.
fn route_policy(body: &Body) -> Result<Option<RoutePolicy>, Refusal> {
    let Some(policy) = body.object("route_policy")? else { return Ok(None) };
    Ok(Some(RoutePolicy {
        max_sessions: policy.number("max_session")?,
        cpu_percent: policy.number("cpu_threshold")?,
        memory_percent: policy.number("mem_threshold")?,
        gpu_percent: policy.number("gpu_threshold")?,
    }))
}
