//! `DescribeRegions`: the one region of this installation, under the address that the caller has used.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Refusal, SchedulerX, answer};
use crate::rpc::Call;
use crate::rpc::envelope::Document;

/// The input.
pub(super) struct DescribeRegions {
    host: String,
}

impl Operation<SchedulerX> for DescribeRegions {
    const NAME: &'static str = "DescribeRegions";
    const PERMISSION: &'static str = "edas:DescribeRegions";
    const ACCESS: Access = Access::Read;

    fn decode(call: &Call) -> Result<Self, Refusal> {
        Ok(Self { host: call.host.clone() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let region = &cx.caller.region;
        let region = json!({"RegionId": region, "LocalName": region, "RegionEndpoint": self.host});
        Ok(answer::with("Regions", json!([region])))
    }
}
