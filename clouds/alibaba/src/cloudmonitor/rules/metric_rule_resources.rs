//! `CreateMetricRuleResources`, `DeleteMetricRuleResources`: what a rule watches, changed by itself.

use muster_alarms::{Dimensions, Target};
use muster_core::Error;
use muster_wire::{Access, Cx, Operation};

use super::input::{owner, rule_id};
use super::kept::{Kept, Kind};
use super::resources;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Resources of one call, and of one rule.
const MOST_OF_CALL: usize = 100;
const MOST_OF_RULE: usize = 3_000;

fn sets(parameters: &Parameters) -> Result<Vec<Dimensions>, Refusal> {
    let sets = resources::sets("Resources", parameters.required("Resources")?)?;
    if sets.is_empty() {
        return Err(Fault::missing("Resources").into());
    }
    if sets.len() > MOST_OF_CALL {
        return Err(Refusal::illegal("Resources", "must be 1 to 100 resources"));
    }
    Ok(sets)
}

/// Changes what a rule watches; `patch` works on the sets as they were put.
fn change(
    cx: &mut Cx<'_, '_, CloudMonitor>,
    rule: &str,
    patch: impl FnOnce(&mut Vec<Dimensions>),
) -> Result<Document, Refusal> {
    cx.services.alarms.update(cx.tx, owner(cx.caller), rule, |spec| {
        let mut kept = Kept::of(spec);
        if !matches!(kept.kind, Kind::Resource | Kind::CustomMetric) {
            return Err(Error::conflict("rule on a group", "The rule watches the members of a group."));
        }
        let mut sets = resources::sets("Resources", &kept.resources).unwrap_or_default();
        let watches_all = sets.is_empty();
        patch(&mut sets);
        if sets.len() > MOST_OF_RULE {
            return Err(Error::Quota { what: "resources of a rule", limit: MOST_OF_RULE as u64 });
        }
        kept.resources = resources::text(&sets);
        spec.target = if sets.is_empty() && !watches_all {
            // A rule whose last resource is taken away watches nothing, not everything.
            Target::Exactly(Vec::new())
        } else {
            resources::target(&spec.namespace, sets)
        };
        kept.keep(spec);
        Ok(())
    })?;
    cx.touch("alarm rule", rule);
    Ok(answer::success())
}

/// Adds resources, or puts them in the place of the former ones.
pub(in crate::cloudmonitor) struct CreateMetricRuleResources {
    rule: String,
    sets: Vec<Dimensions>,
    overwrite: bool,
}

impl Operation<CloudMonitor> for CreateMetricRuleResources {
    const NAME: &'static str = "CreateMetricRuleResources";
    const PERMISSION: &'static str = "cms:CreateMetricRuleResources";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            rule: rule_id(parameters)?,
            sets: sets(parameters)?,
            overwrite: parameters.boolean("Overwrite")?.unwrap_or(false),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        change(cx, &self.rule, |sets| {
            if self.overwrite {
                sets.clear();
            }
            for set in &self.sets {
                if !sets.contains(set) {
                    sets.push(set.clone());
                }
            }
        })
    }
}

/// Takes resources away: they leave their alarms, and nobody is told.
pub(in crate::cloudmonitor) struct DeleteMetricRuleResources {
    rule: String,
    sets: Vec<Dimensions>,
}

impl Operation<CloudMonitor> for DeleteMetricRuleResources {
    const NAME: &'static str = "DeleteMetricRuleResources";
    const PERMISSION: &'static str = "cms:DeleteMetricRuleResources";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { rule: rule_id(parameters)?, sets: sets(parameters)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        change(cx, &self.rule, |sets| sets.retain(|set| !self.sets.contains(set)))
    }
}
