//! Shows how many tags a resource may have.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Refused, Tms};
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ShowTagQuota;

impl Operation<Tms> for ShowTagQuota {
    const NAME: &'static str = "ShowTagQuota";
    const PERMISSION: &'static str = "tms:quotas:get";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Tms>) -> Result<Reply, Refused> {
        let quota = cx.services.resources.limits.tags_per_resource;
        Ok(Reply::ok(json!({
            "quotas": [{"quota_key": "tags_per_resource", "quota_limit": quota, "used": 0, "unit": "count"}],
        })))
    }
}
