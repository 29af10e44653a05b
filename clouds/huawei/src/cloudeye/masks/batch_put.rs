//! Makes masks, or changes those that rules have already.

use muster_alarms::masks::{NewMask, Target};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::bodies::{MaskBody, MaskPatch, Relation, aim_at, rule_id};
use super::{KIND, owner, scope};
use crate::cloudeye::ids::MaskId;
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct BatchUpdateNotificationMasks {
    relation: Relation,
    patch: MaskPatch,
}

impl Operation<CloudEye> for BatchUpdateNotificationMasks {
    const NAME: &'static str = "BatchUpdateNotificationMasks/v2";
    const PERMISSION: &'static str = "ces:notificationMasks:put";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let mut body: MaskBody = request.body()?;
        let relation = Relation::read(body.relation_type.take())?;
        let patch = body.read()?;
        if relation == Relation::Rule {
            let ids = patch.relation_ids.as_ref().ok_or(Malformed::MissingField("relation_ids"))?;
            validate::count("relation_ids", ids, 1..=100)?;
            ids.iter().try_for_each(|id| rule_id(id).map(drop))?;
        }
        Ok(Self { relation, patch })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let relation_ids = self.patch.relation_ids.clone().unwrap_or_default();
        if self.relation == Relation::Rule {
            for id in &relation_ids {
                self.mask_rule(cx, id)?;
            }
            // Each rule has a mask of its own; clients find them by the rules' ids.
            return Ok(Reply::ok(json!({"relation_ids": relation_ids})));
        }
        let masks = &cx.services.masks;
        let mut spec = self.patch.spec(self.relation, masks.zone())?;
        let (scope, owner) = (scope(cx.caller), owner(cx.caller));
        self.patch.relate(cx, owner, &mut spec, self.relation)?;
        let mask = masks.create(cx.tx, scope, NewMask { kind: KIND, key: None, spec })?;
        cx.touch("alarm mask", mask.id);
        let id = MaskId::new(mask.id).to_string();
        Ok(Reply::ok(json!({"relation_ids": relation_ids, "notification_mask_id": id})))
    }
}

impl BatchUpdateNotificationMasks {
    /// Gives a rule this mask in place of the one that it has.
    fn mask_rule(&self, cx: &mut Cx<'_, '_, CloudEye>, id: &str) -> Result<(), Refused> {
        let (masks, alarms) = (&cx.services.masks, &cx.services.alarms);
        let rule = alarms.get(cx.tx, owner(cx.caller), id)?;
        let known = masks.naming(cx.tx, scope(cx.caller), KIND, Target::Rule(rule.id))?;
        if let Some(mask) = known.into_iter().next() {
            let patch = &self.patch;
            masks.update(cx.tx, scope(cx.caller), KIND, &mask.key, |spec| {
                patch.apply(spec, Relation::Rule, masks.zone());
            })?;
        } else {
            let mut spec = self.patch.spec(Relation::Rule, masks.zone())?;
            aim_at(&mut spec, &rule);
            masks.create(cx.tx, scope(cx.caller), NewMask { kind: KIND, key: None, spec })?;
        }
        cx.touch("alarm rule", id);
        Ok(())
    }
}
