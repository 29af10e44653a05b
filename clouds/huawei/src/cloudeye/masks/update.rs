//! Changes a mask. What is not sent stays.

use muster_wire::{Access, Cx, Operation};

use super::bodies::{Kept, MaskBody, MaskPatch, RELATIONS, Relation};
use super::{KIND, key, owner, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct UpdateNotificationMask {
    id: MaskId,
    relation: Option<Relation>,
    patch: MaskPatch,
}

impl Operation<CloudEye> for UpdateNotificationMask {
    const NAME: &'static str = "UpdateNotificationMask/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:update";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let id = MaskId::of_path(request)?;
        let mut body: MaskBody = request.body()?;
        let relation = match body.relation_type.take() {
            None => None,
            word => Some(Relation::read(word)?),
        };
        Ok(Self { id, relation, patch: body.read()? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let masks = &cx.services.masks;
        let mask = masks.get(cx.tx, scope(cx.caller), KIND, &key(self.id))?;
        let relation = Kept::of(&mask)?.relation;
        if self.relation.is_some_and(|sent| sent != relation) {
            let why = format!("is {} and stays so", RELATIONS.write(relation));
            return Err(Malformed::field("relation_type", why).into());
        }
        let mut spec = mask.spec;
        self.patch.apply(&mut spec, relation, masks.zone());
        self.patch.relate(cx, owner(cx.caller), &mut spec, relation)?;
        masks.update(cx.tx, scope(cx.caller), KIND, &mask.key, |kept| *kept = spec)?;
        cx.touch("alarm mask", mask.id);
        Ok(Reply::no_content())
    }
}
