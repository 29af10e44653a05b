//! `EnableMetricRuleBlackList`: says whether blacklists are heeded.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{KIND, ids, require_some, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input.
pub(in crate::cloudmonitor) struct EnableMetricRuleBlackList {
    ids: Vec<String>,
    enabled: bool,
}

impl Operation<CloudMonitor> for EnableMetricRuleBlackList {
    const NAME: &'static str = "EnableMetricRuleBlackList";
    const PERMISSION: &'static str = "cms:EnableMetricRuleBlackList";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let enabled = parameters.boolean("IsEnable")?.ok_or_else(|| Fault::missing("IsEnable"))?;
        Ok(Self { ids: ids(parameters)?, enabled })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut done = 0;
        for id in &self.ids {
            match cx.services.masks.set_enabled(cx.tx, scope(cx.caller), KIND, id, self.enabled) {
                Ok(()) => done += 1,
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let done = require_some(done, &self.ids)?;
        if let [id] = &self.ids[..] {
            cx.touch("blacklist", id);
        }
        Ok(answer::success_with(json!({"Count": done})))
    }
}
