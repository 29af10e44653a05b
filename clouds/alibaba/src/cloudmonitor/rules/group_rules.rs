//! `PutGroupMetricRule`, `CreateGroupMetricRules`: rules on the instances of an application group, those that join it
//! later included.

use muster_alarms::{Dimensions, Target};
use muster_resources::Scope;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input::{self, RuleInput};
use super::kept::{Kept, Kind};
use super::resources;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Without a period, in seconds.
const PERIOD: u64 = 300;
/// Rules of one call.
const MOST: usize = 200;

/// Reads the number of an application group.
pub(super) fn group_id(parameters: &Parameters) -> Result<i64, Refusal> {
    parameters.required("GroupId")?;
    match parameters.integer("GroupId")? {
        Some(id) if id > 0 => Ok(id),
        _ => Err(Refusal::illegal("GroupId", "must be the number of a group")),
    }
}

/// Reads a rule on a group.
pub(super) fn read(parameters: &Parameters, group_id: i64) -> Result<RuleInput, Refusal> {
    parameters.required("RuleName")?;
    parameters.required("Namespace")?;
    let namespace = input::name(parameters, "Namespace")?;
    input::refuse_prometheus(parameters, &namespace)?;
    let (condition, levels) = input::levels(parameters)?;
    let policy = input::policy(input::metric(parameters)?, input::period(parameters, PERIOD)?, condition);
    let mut rule = input::read(parameters, namespace, policy)?;
    rule.spec.target = Target::Group { group_id, dimension_names: None, besides: besides(parameters)? };
    rule.kept = Kept {
        kind: Kind::Group,
        dimensions: parameters.text("Dimensions").unwrap_or_default().to_owned(),
        category: parameters.text("Category").unwrap_or_default().to_owned(),
        levels: levels.levels,
        send_ok: !not_send_ok(parameters)?,
        ..rule.kept
    };
    Ok(rule)
}

/// Dimensions that the series have besides an instance's own: those of `Dimensions`, and of `ExtraDimensionJson`.
fn besides(parameters: &Parameters) -> Result<Dimensions, Refusal> {
    let mut besides = Dimensions::new();
    for name in ["Dimensions", "ExtraDimensionJson"] {
        let mut sets = resources::sets(name, parameters.text(name).unwrap_or_default())?;
        if sets.len() > 1 {
            return Err(Refusal::illegal(name, "must be one set of dimensions"));
        }
        besides.extend(sets.pop().unwrap_or_default());
    }
    besides.sort_unstable();
    besides.dedup();
    if besides.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Refusal::illegal("ExtraDimensionJson", "contradicts Dimensions"));
    }
    Ok(besides)
}

/// `{"NotSendOK":true}`.
fn not_send_ok(parameters: &Parameters) -> Result<bool, Refusal> {
    let Some(text) = parameters.word("Options") else { return Ok(false) };
    let Ok(Value::Object(options)) = serde_json::from_str(text) else {
        return Err(Refusal::illegal("Options", "must be a JSON object"));
    };
    match options.get("NotSendOK") {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(word)) if word == "true" || word == "false" => Ok(word == "true"),
        Some(_) => Err(Refusal::illegal("Options.NotSendOK", "must be true or false")),
    }
}

/// The contact groups of a group that must exist: they are told by rules that name none.
fn contact_groups(cx: &mut Cx<'_, '_, CloudMonitor>, group_id: i64) -> Result<Vec<String>, Refusal> {
    let scope = Scope { account_id: &cx.caller.account_id, project_id: &cx.caller.project_id };
    Ok(cx.services.resources.get_application(cx.tx, scope, group_id)?.contact_groups)
}

fn put(cx: &mut Cx<'_, '_, CloudMonitor>, rule: &RuleInput, of_group: &[String]) -> Result<(), Refusal> {
    if !rule.spec.telling.alarm.is_empty() {
        return rule.put(cx);
    }
    let mut rule = rule.clone();
    rule.tell(of_group);
    rule.put(cx)
}

/// One rule.
pub(in crate::cloudmonitor) struct PutGroupMetricRule {
    group_id: i64,
    rule: RuleInput,
}

impl Operation<CloudMonitor> for PutGroupMetricRule {
    const NAME: &'static str = "PutGroupMetricRule";
    const PERMISSION: &'static str = "cms:PutGroupMetricRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let group_id = group_id(parameters)?;
        Ok(Self { group_id, rule: read(parameters, group_id)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let groups = contact_groups(cx, self.group_id)?;
        put(cx, &self.rule, &groups)?;
        Ok(answer::success_with(json!({"Result": {"RuleId": self.rule.key}})))
    }
}

/// Many rules, each with a result of its own.
pub(in crate::cloudmonitor) struct CreateGroupMetricRules {
    group_id: i64,
    rules: Vec<(String, String, Result<RuleInput, Refusal>)>,
}

impl Operation<CloudMonitor> for CreateGroupMetricRules {
    const NAME: &'static str = "CreateGroupMetricRules";
    const PERMISSION: &'static str = "cms:CreateGroupMetricRules";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let group_id = group_id(parameters)?;
        let items = parameters.items("GroupMetricRules")?;
        if items.is_empty() {
            return Err(Fault::missing("GroupMetricRules").into());
        }
        if items.len() > MOST {
            return Err(Refusal::illegal("GroupMetricRules", "must be 1 to 200 rules"));
        }
        let text = |item: &Parameters, name: &str| item.text(name).unwrap_or_default().to_owned();
        let rule = |item: &Parameters| (text(item, "RuleId"), text(item, "RuleName"), read(item, group_id));
        Ok(Self { group_id, rules: items.iter().map(rule).collect() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let groups = contact_groups(cx, self.group_id)?;
        let mut results = Vec::with_capacity(self.rules.len());
        for (key, name, rule) in &self.rules {
            let outcome = rule.as_ref().map_err(Clone::clone).and_then(|rule| put(cx, rule, &groups));
            let (code, message) = match outcome {
                Ok(()) => (200, "success".to_owned()),
                Err(refusal) => {
                    let fault = refusal.into_fault();
                    if fault.status.is_server_error() {
                        return Err(Refusal::from(fault));
                    }
                    (fault.status.as_u16(), format!("{}: {}", fault.code, fault.message))
                }
            };
            results.push(json!({
                "Code": code,
                "Message": message,
                "RuleId": key,
                "RuleName": name,
                "Success": code == 200,
            }));
        }
        Ok(answer::numbered_success_with(json!({"Resources": {"AlertResult": results}})))
    }
}
