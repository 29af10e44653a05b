//! `DeleteMetricRuleBlackList`: deletes blacklists.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{KIND, ids, require_some, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteMetricRuleBlackList(Vec<String>);

impl Operation<CloudMonitor> for DeleteMetricRuleBlackList {
    const NAME: &'static str = "DeleteMetricRuleBlackList";
    const PERMISSION: &'static str = "cms:DeleteMetricRuleBlackList";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(ids(parameters)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut done = 0;
        for id in &self.0 {
            done += u64::from(cx.services.masks.delete(cx.tx, scope(cx.caller), KIND, id)?);
        }
        let done = require_some(done, &self.0)?;
        if let [id] = &self.0[..] {
            cx.touch("blacklist", id);
        }
        Ok(answer::success_with(json!({"Count": done})))
    }
}
