//! `PutMetricRuleTargets`, `DescribeMetricRuleTargets`, `DeleteMetricRuleTargets`: what a rule tells in the vendor's
//! cloud. They are reached through bridges that the operator configures.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input::{owner, rule_id};
use super::kept::{Kept, RuleTarget};
use super::words;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Targets of one rule.
const MOST: usize = 50;

/// Adds targets, or changes those with the same ids.
pub(in crate::cloudmonitor) struct PutMetricRuleTargets {
    rule: String,
    targets: Vec<RuleTarget>,
}

impl Operation<CloudMonitor> for PutMetricRuleTargets {
    const NAME: &'static str = "PutMetricRuleTargets";
    const PERMISSION: &'static str = "cms:PutMetricRuleTargets";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let rule = rule_id(parameters)?;
        let items = parameters.items("Targets")?;
        if items.is_empty() {
            return Err(Fault::missing("Targets").into());
        }
        let targets: Vec<_> = items.iter().map(target).collect::<Result<_, _>>()?;
        if targets.len() > MOST {
            return Err(Refusal::illegal("Targets", "must be at most 50"));
        }
        Ok(Self { rule, targets })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        change(cx, &self.rule, |targets| {
            for target in &self.targets {
                match targets.iter_mut().find(|known| known.id == target.id) {
                    Some(known) => known.clone_from(target),
                    None => targets.push(target.clone()),
                }
            }
            if targets.len() > MOST {
                return Err(Error::Quota { what: "targets of a rule", limit: MOST as u64 });
            }
            Ok(())
        })?;
        Ok(answer::success_with(json!({"FailData": {"Targets": {"Target": []}}})))
    }
}

fn target(item: &Parameters) -> Result<RuleTarget, Refusal> {
    let named = |name: &str| {
        let text =
            item.word(name).ok_or_else(|| Refusal::from(Fault::missing(&format!("Targets.{name}"))))?;
        let fits = text.len() <= 1_024 && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
            .ok_or_else(|| Refusal::illegal(&format!("Targets.{name}"), "is too long"))
    };
    let arn = named("Arn")?;
    if !arn.starts_with("acs:") {
        return Err(Refusal::illegal("Targets.Arn", "must begin with acs:"));
    }
    let json_params = item.text("JsonParams").unwrap_or_default().to_owned();
    if json_params.len() > 65_536 {
        return Err(Refusal::illegal("Targets.JsonParams", "is too long"));
    }
    let target = RuleTarget {
        id: named("Id")?,
        arn,
        level: item.text("Level").unwrap_or_default().to_owned(),
        json_params,
    };
    if !target.level.is_empty() && words::level(&target.level.to_ascii_uppercase()).is_none() {
        return Err(Refusal::illegal("Targets.Level", "must be CRITICAL, WARN or INFO"));
    }
    Ok(target)
}

/// Changes a rule's targets. An unchanged condition keeps its state and its counters.
fn change(
    cx: &mut Cx<'_, '_, CloudMonitor>,
    rule: &str,
    patch: impl FnOnce(&mut Vec<RuleTarget>) -> muster_core::Result<()>,
) -> Result<(), Refusal> {
    cx.services.alarms.update(cx.tx, owner(cx.caller), rule, |spec| {
        let mut kept = Kept::of(spec);
        patch(&mut kept.targets)?;
        kept.keep(spec);
        Ok(())
    })?;
    cx.touch("alarm rule", rule);
    Ok(())
}

/// The targets of a rule.
pub(in crate::cloudmonitor) struct DescribeMetricRuleTargets(String);

impl Operation<CloudMonitor> for DescribeMetricRuleTargets {
    const NAME: &'static str = "DescribeMetricRuleTargets";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleTargets";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        rule_id(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let rule = cx.services.alarms.get(cx.tx, owner(cx.caller), &self.0)?;
        let targets: Vec<Value> = Kept::of(&rule.spec)
            .targets
            .iter()
            .map(|target| {
                json!({
                    "Id": target.id,
                    "Arn": target.arn,
                    "Level": target.level,
                    "JsonParams": target.json_params,
                })
            })
            .collect();
        Ok(answer::success_with(json!({"Targets": {"Target": targets}})))
    }
}

/// Removes targets.
pub(in crate::cloudmonitor) struct DeleteMetricRuleTargets {
    rule: String,
    ids: Vec<String>,
}

impl Operation<CloudMonitor> for DeleteMetricRuleTargets {
    const NAME: &'static str = "DeleteMetricRuleTargets";
    const PERMISSION: &'static str = "cms:DeleteMetricRuleTargets";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let ids = parameters.texts("TargetIds")?;
        if ids.is_empty() {
            return Err(Fault::missing("TargetIds").into());
        }
        Ok(Self { rule: rule_id(parameters)?, ids })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut unknown = self.ids.clone();
        change(cx, &self.rule, |targets| {
            unknown.retain(|id| targets.iter().all(|target| target.id != *id));
            targets.retain(|target| !self.ids.contains(&target.id));
            Ok(())
        })?;
        Ok(answer::success_with(json!({"FailIds": {"TargetIds": {"TargetId": unknown}}})))
    }
}
