//! `PutMonitorGroupDynamicRule`: lets a group follow the names of hosts, for each category given.

use muster_resources::{Joined, NamePattern, NameRule};
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::input;
use super::words::{operator_of, product_of};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The categories that have hosts.
const CATEGORIES: [&str; 3] = ["ecs", "rds", "slb"];
const MOST_FILTERS: usize = 20;
const FUNCTIONS: [&str; 4] = ["contains", "notContains", "startWith", "endWith"];

/// The input.
pub(in crate::cloudmonitor) struct PutMonitorGroupDynamicRule {
    id: i64,
    rules: Vec<Rule>,
}

struct Rule {
    category: String,
    joined: Joined,
    patterns: Vec<NamePattern>,
}

impl Operation<CloudMonitor> for PutMonitorGroupDynamicRule {
    const NAME: &'static str = "PutMonitorGroupDynamicRule";
    const PERMISSION: &'static str = "cms:PutMonitorGroupDynamicRule";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        parameters.boolean("IsAsync")?;
        let rules = input::items(parameters, "GroupRules", CATEGORIES.len())?;
        let rules = rules.iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self { id: input::group_id(parameters)?, rules })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let name_rule = |rule: &Rule| NameRule {
            product: product_of(resources.catalogue(), &rule.category),
            joined: rule.joined,
            patterns: rule.patterns.clone(),
        };
        resources.follow_names(cx.tx, scope, self.id, self.rules.iter().map(name_rule).collect())?;
        cx.touch("application", self.id);
        Ok(answer::numbered_success_with(Value::Null))
    }
}

fn rule(item: &Parameters) -> Result<Rule, Refusal> {
    let category = input::member(item, "GroupRules", "Category")?;
    if !CATEGORIES.contains(&category) {
        return Err(Refusal::illegal("GroupRules.Category", "must be ecs, rds or slb"));
    }
    let joined =
        input::joined("GroupRules.FilterRelation", input::member(item, "GroupRules", "FilterRelation")?)?;
    let filters = input::items(item, "Filters", MOST_FILTERS)?;
    let patterns = filters.iter().map(pattern).collect::<Result<_, _>>()?;
    Ok(Rule { category: category.to_owned(), joined, patterns })
}

fn pattern(filter: &Parameters) -> Result<NamePattern, Refusal> {
    if input::member(filter, "Filters", "Name")? != "hostName" {
        return Err(Refusal::illegal("Filters.Name", "must be hostName"));
    }
    let function = input::member(filter, "Filters", "Function")?;
    let operator = operator_of(function).filter(|_| FUNCTIONS.contains(&function));
    let operator = operator.ok_or_else(|| {
        Refusal::illegal("Filters.Function", "must be contains, notContains, startWith or endWith")
    })?;
    let text = input::member(filter, "Filters", "Value")?.to_owned();
    Ok(NamePattern { text, operator, ignore_case: false })
}
