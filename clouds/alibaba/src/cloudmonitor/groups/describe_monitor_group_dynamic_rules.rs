//! `DescribeMonitorGroupDynamicRules`: the names that a group follows.

use muster_resources::{NamePattern, NameRule};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::input;
use super::words::{category_of, function_of, relation_of};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroupDynamicRules(i64);

impl Operation<CloudMonitor> for DescribeMonitorGroupDynamicRules {
    const NAME: &'static str = "DescribeMonitorGroupDynamicRules";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroupDynamicRules";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(input::group_id(parameters)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let scope = input::scope(cx.caller);
        let group = cx.services.resources.get_application(cx.tx, scope, self.0)?.group;
        let rules: Vec<Value> = group.rule.names.iter().map(item).collect();
        Ok(answer::numbered_success_with(json!({"Resource": {"Resource": rules}})))
    }
}

fn item(rule: &NameRule) -> Value {
    let namespace = rule.product.split_once(',').map_or(rule.product.as_str(), |(namespace, _)| namespace);
    let filter = |pattern: &NamePattern| json!({"Name": "hostName", "Function": function_of(pattern.operator), "Value": pattern.text});
    json!({
        "Category": category_of(namespace),
        "FilterRelation": relation_of(rule.joined),
        "Filters": {"Filter": rule.patterns.iter().map(filter).collect::<Vec<_>>()},
    })
}
