//! Changes when masks are in force.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::bodies::{Kept, MaskBody, MaskPatch};
use super::{KIND, key, read_ids, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Request, required};

pub(crate) struct BatchUpdateNotificationMaskTime {
    ids: Vec<MaskId>,
    times: MaskPatch,
}

#[derive(Deserialize)]
struct Body {
    notification_mask_ids: Option<Vec<String>>,
    mask_type: Option<String>,
}

impl Operation<CloudEye> for BatchUpdateNotificationMaskTime {
    const NAME: &'static str = "BatchUpdateNotificationMaskTime/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        required("mask_type", body.mask_type)?;
        let times = request.body::<MaskBody>()?.read()?.only_times();
        Ok(Self { ids: read_ids(body.notification_mask_ids)?, times })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let masks = &cx.services.masks;
        for id in &self.ids {
            let mask = masks.get(cx.tx, scope(cx.caller), KIND, &key(*id))?;
            let relation = Kept::of(&mask)?.relation;
            let times = &self.times;
            masks.update(cx.tx, scope(cx.caller), KIND, &mask.key, |spec| {
                times.apply(spec, relation, masks.zone());
            })?;
        }
        if let [id] = self.ids[..] {
            cx.touch("alarm mask", id.get());
        }
        Ok(Reply::no_content())
    }
}
