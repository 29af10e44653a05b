//! `ApplyMetricRuleTemplate`: makes a rule on an application group for each rule of a template.

use muster_alarms::RuleFilter;
use muster_core::PageRequest;
use muster_resources::Scope;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::super::group_rules;
use super::super::input::owner;
use super::items;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Templates of one call.
const MOST: usize = 10;

/// The input.
pub(in crate::cloudmonitor) struct ApplyMetricRuleTemplate {
    group_id: i64,
    templates: Vec<i64>,
    /// Only for those namespaces of which the group has instances.
    only_present: bool,
    /// Rules that the template made before stay.
    appends: bool,
    /// What is said for all rules.
    more: Vec<(&'static str, String)>,
}

impl Operation<CloudMonitor> for ApplyMetricRuleTemplate {
    const NAME: &'static str = "ApplyMetricRuleTemplate";
    const PERMISSION: &'static str = "cms:ApplyMetricRuleTemplate";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let refuse = || Refusal::illegal("TemplateIds", "must be at most 10 numbers separated by commas");
        let templates: Vec<i64> = parameters
            .required("TemplateIds")?
            .trim_matches(['[', ']'])
            .split(',')
            .map(|id| id.trim().trim_matches('"').parse().map_err(|_| refuse()))
            .collect::<Result<_, _>>()?;
        if templates.len() > MOST {
            return Err(refuse());
        }
        let only_present = match parameters.word("ApplyMode") {
            None | Some("GROUP_INSTANCE_FIRST") => true,
            Some("ALARM_TEMPLATE_FIRST") => false,
            Some(_) => {
                let why = "must be GROUP_INSTANCE_FIRST or ALARM_TEMPLATE_FIRST";
                return Err(Refusal::illegal("ApplyMode", why));
            }
        };
        let appends = match parameters.word("AppendMode") {
            None | Some("all") => false,
            Some("append") => true,
            Some(_) => return Err(Refusal::illegal("AppendMode", "must be all or append")),
        };
        if parameters.integer("NotifyLevel")?.is_some_and(|level| !(2..=4).contains(&level)) {
            return Err(Refusal::illegal("NotifyLevel", "must be 4"));
        }
        let mut more = vec![("EffectiveInterval", hours(parameters)?)];
        for name in ["SilenceTime", "Webhook"] {
            if let Some(value) = parameters.word(name) {
                more.push((name, value.to_owned()));
            }
        }
        Ok(Self { group_id: group_rules::group_id(parameters)?, templates, only_present, appends, more })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let owner = owner(cx.caller);
        let scope = Scope { account_id: owner.account_id, project_id: owner.project_id };
        let resources = &cx.services.resources;
        let group = resources.get_application(cx.tx, scope, self.group_id)?;
        let present = resources.members_by_namespace(cx.tx, scope, &group.group)?;
        let mut results: Vec<Value> = Vec::new();
        for id in &self.templates {
            let template = cx.services.templates.get(cx.tx, owner, *id)?;
            if !self.appends {
                let filter = RuleFilter {
                    template_id: Some(*id),
                    group_id: Some(self.group_id),
                    ..RuleFilter::default()
                };
                let made = cx.services.alarms.list(cx.tx, owner, &filter, PageRequest::ALL)?.items;
                let keys: Vec<String> = made.into_iter().map(|rule| rule.key).collect();
                cx.services.alarms.delete(cx.tx, owner, &keys)?;
            }
            for item in &template.items {
                if self.only_present && !present.iter().any(|(namespace, _)| *namespace == item.namespace) {
                    continue;
                }
                let key = cx.tx.new_uuid().to_string();
                let mut rule = items::rule(item, &key, self.group_id, &self.more)?;
                rule.spec.template_id = Some(*id);
                rule.tell(&group.contact_groups);
                rule.put(cx)?;
                results.push(json!({
                    "Code": "200",
                    "Message": "success",
                    "RuleId": key,
                    "RuleName": rule.spec.name,
                    "Success": true,
                }));
            }
            cx.services.templates.note_applied(cx.tx, owner, *id, (self.group_id, &group.group.name))?;
        }
        cx.touch("application group", self.group_id);
        Ok(answer::numbered_success_with(json!({
            "Resource": {"GroupId": self.group_id, "AlertResults": results},
        })))
    }
}

/// The hours of the day in which people are told: from the first minute of one to the last minute of another.
fn hours(parameters: &Parameters) -> Result<String, Refusal> {
    let hour = |name: &str, default: i64| {
        let hour = parameters.integer(name)?.unwrap_or(default);
        if (0..24).contains(&hour) { Ok(hour) } else { Err(Refusal::illegal(name, "must be 0 to 23")) }
    };
    let (from, to) = (hour("EnableStartTime", 0)?, hour("EnableEndTime", 23)?);
    Ok(format!("{from:02}:00-{to:02}:59"))
}
