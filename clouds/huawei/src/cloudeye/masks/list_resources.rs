//! Lists the resources of a mask.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::bodies::write_resource;
use super::{KIND, key, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListNotificationMaskResources {
    id: MaskId,
    page: PageRequest,
}

impl Operation<CloudEye> for ListNotificationMaskResources {
    const NAME: &'static str = "ListNotificationMaskResources/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:listResources";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let page = PageRequest {
            offset: request.number("offset", 0..=10_000, 0)?,
            limit: request.number("limit", 1..=100, 100)?,
        };
        Ok(Self { id: MaskId::of_path(request)?, page })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let mask = cx.services.masks.get(cx.tx, scope(cx.caller), KIND, &key(self.id))?;
        let all = &mask.spec.covers.resources;
        let skip = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.page.limit).unwrap_or(usize::MAX);
        let resources: Vec<Value> = all.iter().skip(skip).take(take).map(write_resource).collect();
        Ok(Reply::ok(json!({"resources": resources, "count": all.len()})))
    }
}
