use muster_wire::{Access, Operation};
use serde_json::json;

use super::super::replies::time;
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};

/// The project as the service sees it: active from birth.
pub(crate) struct ListTenantProfile;

impl Operation<WorkspaceApp> for ListTenantProfile {
    const NAME: &'static str = "ListTenantProfile";
    const PERMISSION: &'static str = "workspace:tenant:get";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let caller = cx.caller;
        let mut profile = json!({
            "project_id": caller.project_id,
            "project_name": caller.project_name,
            "tenant_domain_id": caller.domain_id,
            "tenant_domain_name": caller.account_name,
            "service_status": "active",
            "open_with_ad": false,
        });
        if let Some(project) = caller.projects().iter().find(|project| project.id == caller.project_id) {
            profile["create_time"] = time(project.created_at);
        }
        Ok(Reply::ok(profile))
    }
}
