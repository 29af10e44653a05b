use muster_identity::Caller;
use muster_wire::{Access, Operation};
use serde_json::{Value, json};

use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::zone;

/// The zones.
pub(crate) struct ListAvailabilityZone;

/// The zones by the kind of their site.
pub(crate) struct ListAz;

fn zone_view(caller: &Caller) -> Value {
    let zone = zone(caller);
    json!({
        "availability_zone": zone,
        "display_name": zone,
        "i18n": {"zh_cn": zone, "en_us": zone},
        "sold_out": {"products": []},
        "product_ids": [],
        "visible": true,
        "default_availability_zone": true,
    })
}

impl Operation<WorkspaceApp> for ListAvailabilityZone {
    const NAME: &'static str = "ListAvailabilityZone";
    const PERMISSION: &'static str = "workspace:availabilityZone:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        Ok(Reply::ok(json!({"availability_zones": [zone_view(cx.caller)], "total_count": 1})))
    }
}

impl Operation<WorkspaceApp> for ListAz {
    const NAME: &'static str = "ListAz";
    const PERMISSION: &'static str = "workspace:availabilityZone:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        Ok(Reply::ok(json!({
            "azs": {"CENTER": [zone_view(cx.caller)]},
            "default_type": "CENTER",
            "support_type": ["CENTER"],
        })))
    }
}
