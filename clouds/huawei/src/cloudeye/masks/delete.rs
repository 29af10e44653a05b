//! Deletes masks; unknown ones are passed over unless all are.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::{KIND, key, read_ids, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct BatchDeleteNotificationMasks(Vec<MaskId>);

#[derive(Deserialize)]
struct Body {
    notification_mask_ids: Option<Vec<String>>,
}

impl Operation<CloudEye> for BatchDeleteNotificationMasks {
    const NAME: &'static str = "BatchDeleteNotificationMasks/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:delete";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        Ok(Self(read_ids(body.notification_mask_ids)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let mut deleted = Vec::with_capacity(self.0.len());
        for id in &self.0 {
            if cx.services.masks.delete(cx.tx, scope(cx.caller), KIND, &key(*id))? {
                deleted.push(id.to_string());
            }
        }
        if deleted.is_empty() {
            return Err(Error::not_found("alarm mask", self.0[0].to_string()).into());
        }
        if let [id] = self.0[..] {
            cx.touch("alarm mask", id.get());
        }
        Ok(Reply::ok(json!({"notification_mask_ids": deleted})))
    }
}
