use muster_apps::SessionPackage;
use muster_wire::{Access, Operation};
use serde_json::{Value, json};

use super::super::words::{SESSION_PACKAGES, spell};
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::CLOUD_SERVICE;

/// The packages of extra sessions that a server group may name.
pub(crate) struct ListSessionType;

impl Operation<WorkspaceApp> for ListSessionType {
    const NAME: &'static str = "ListSessionType";
    const PERMISSION: &'static str = "workspace:sessionType:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, _cx: &mut Cx<'_, '_>) -> Outcome {
        let view = |(grade, package): (&str, SessionPackage)| {
            json!({
                "resource_spec_code": format!("workspace.appstreamsession.{grade}"),
                "session_type": spell(SESSION_PACKAGES, &package),
                "resource_type": "hws.resource.type.workspace.appstreamsession",
                "cloud_service_type": CLOUD_SERVICE,
            })
        };
        let types: Value = [("standard", SessionPackage::Cpu), ("premium", SessionPackage::Gpu)]
            .into_iter()
            .map(view)
            .collect();
        Ok(Reply::ok(json!({"session_types": types})))
    }
}
