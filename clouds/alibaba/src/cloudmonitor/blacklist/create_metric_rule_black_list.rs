//! `CreateMetricRuleBlackList`: makes a blacklist, which is heeded at once.

use muster_alarms::masks::NewMask;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::body::Body;
use super::{KIND, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct CreateMetricRuleBlackList(Body);

impl Operation<CloudMonitor> for CreateMetricRuleBlackList {
    const NAME: &'static str = "CreateMetricRuleBlackList";
    const PERMISSION: &'static str = "cms:CreateMetricRuleBlackList";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let body = Body::read(parameters)?;
        body.require_all()?;
        Ok(Self(body))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let key = Some(cx.tx.new_uuid().to_string());
        let new = NewMask { kind: KIND, key, spec: self.0.spec()? };
        let mask = cx.services.masks.create(cx.tx, scope(cx.caller), new)?;
        cx.touch("blacklist", &mask.key);
        Ok(answer::success_with(json!({"Id": mask.key})))
    }
}
