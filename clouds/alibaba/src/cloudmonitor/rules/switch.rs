//! `EnableMetricRules`, `DisableMetricRules`, `DeleteMetricRules`: many rules by their ids.

use http::StatusCode;
use muster_wire::{Access, Cx, Operation};

use super::input::owner;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

const MOST: usize = 100;

/// Reads the ids: 1 to 100 of them.
fn ids(parameters: &Parameters, name: &str) -> Result<Vec<String>, Refusal> {
    let ids = parameters.texts(name)?;
    if ids.is_empty() || ids == [""] {
        return Err(Fault::missing(name).into());
    }
    if ids.len() > MOST {
        return Err(Refusal::illegal(name, "must be 1 to 100 ids"));
    }
    Ok(ids)
}

/// Ids that do not exist are passed over while others do.
fn refuse_none(known: &[String]) -> Result<(), Refusal> {
    if known.is_empty() {
        let message = "The specified resource is not found.";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFound", message));
    }
    Ok(())
}

fn switch(cx: &mut Cx<'_, '_, CloudMonitor>, ids: &[String], enabled: bool) -> Result<Document, Refusal> {
    let known = cx.services.alarms.set_enabled(cx.tx, owner(cx.caller), ids, enabled)?;
    refuse_none(&known)?;
    cx.touch("alarm rule", known.join(","));
    Ok(answer::success())
}

/// Switches rules on.
pub(in crate::cloudmonitor) struct EnableMetricRules(Vec<String>);

impl Operation<CloudMonitor> for EnableMetricRules {
    const NAME: &'static str = "EnableMetricRules";
    const PERMISSION: &'static str = "cms:EnableMetricRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        ids(parameters, "RuleId").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        switch(cx, &self.0, true)
    }
}

/// Switches rules off: running alarms are over, and nobody is told.
pub(in crate::cloudmonitor) struct DisableMetricRules(Vec<String>);

impl Operation<CloudMonitor> for DisableMetricRules {
    const NAME: &'static str = "DisableMetricRules";
    const PERMISSION: &'static str = "cms:DisableMetricRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        ids(parameters, "RuleId").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        switch(cx, &self.0, false)
    }
}

/// Removes rules with their targets and states; what happened stays in the log.
pub(in crate::cloudmonitor) struct DeleteMetricRules(Vec<String>);

impl Operation<CloudMonitor> for DeleteMetricRules {
    const NAME: &'static str = "DeleteMetricRules";
    const PERMISSION: &'static str = "cms:DeleteMetricRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        ids(parameters, "Id").map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let known = cx.services.alarms.delete(cx.tx, owner(cx.caller), &self.0)?;
        refuse_none(&known)?;
        cx.touch("alarm rule", known.join(","));
        Ok(answer::success())
    }
}
