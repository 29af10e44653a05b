//! Gives a rule other policies. Those that stay as they are go on counting.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::write_policies;
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::policies::{PolicyBody, Shape, read_policies};
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Object, Request, required};

pub(crate) struct UpdateAlarmRulePolicies {
    id: AlarmId,
    policies: Vec<Object<PolicyBody>>,
}

#[derive(Deserialize)]
struct Body {
    policies: Option<Vec<Object<PolicyBody>>>,
}

impl Operation<CloudEye> for UpdateAlarmRulePolicies {
    const NAME: &'static str = "UpdateAlarmRulePolicies/v2";
    const PERMISSION: &'static str = "ces:alarms:putPolicies";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let policies = required("policies", body.policies)?;
        validate::count("policies", &policies, 1..=50)?;
        Ok(Self { id: AlarmId::of_path(request)?, policies })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (alarms, owner, id) = (&cx.services.alarms, owner(cx.caller), self.id.to_string());
        cx.touch("alarm rule", &id);
        let rule = alarms.get(cx.tx, owner, &id)?;
        let mut spec = rule.spec;
        if spec.template_id.is_some() {
            let why = "the policies of this rule are those of its template";
            return Err(Error::conflict("alarm rule follows a template", why).into());
        }
        let mut kept = Kept::of(&spec);
        // What a policy may say depends on the rule's type, which only the store knows.
        let shape = Shape { kind: kept.kind(&spec), by_product: kept.resource_level == "product" };
        (spec.policies, kept.policies) = read_policies(self.policies.clone(), shape)?.into_iter().unzip();
        kept.put(&mut spec);
        let rule = alarms.replace(cx.tx, owner, &id, spec)?;
        Ok(Reply::ok(json!({"policies": write_policies(&rule.spec, &kept)})))
    }
}
