//! `DescribeMonitorGroupInstanceAttribute`: the instances of a group, with what is known of each.

use muster_resources::{ListedMember, Tag};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Map, Value, json};

use super::instances::{Shown, Wanted};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroupInstanceAttribute {
    wanted: Wanted,
    total: bool,
}

impl Operation<CloudMonitor> for DescribeMonitorGroupInstanceAttribute {
    const NAME: &'static str = "DescribeMonitorGroupInstanceAttribute";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroupInstanceAttribute";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let total = parameters.boolean("Total")?.unwrap_or(true);
        Ok(Self { wanted: Wanted::read(parameters)?, total })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let found = self.wanted.find(cx)?;
        let instances: Vec<Value> = found.items.iter().map(|one| item(one, &cx.caller.region)).collect();
        let (number, size) = paging::numbers(self.wanted.page);
        let total = if self.total { found.total } else { 0 };
        Ok(answer::numbered_success_with(json!({
            "PageNumber": number,
            "PageSize": size,
            "Total": total,
            "Resources": {"Resource": instances},
        })))
    }
}

fn item(one: &ListedMember, here: &str) -> Value {
    let shown = Shown::of(&one.member, here);
    let dimensions: Map<String, Value> = one
        .member
        .dimensions
        .iter()
        .map(|part| (part.name.clone(), Value::from(part.value.as_str())))
        .collect();
    let tag = |tag: &Tag| json!({"Key": tag.key, "Value": tag.value});
    json!({
        "Category": shown.category,
        "InstanceId": shown.id,
        "InstanceName": shown.name,
        "Dimension": Value::Object(dimensions).to_string(),
        "Tags": {"Tag": one.tags.iter().map(tag).collect::<Vec<_>>()},
        "Region": {"RegionId": shown.region, "AvailabilityZone": ""},
        // The inventory knows no networks.
        "Desc": "",
        "NetworkType": "",
        "Vpc": {"VpcInstanceId": "", "VswitchInstanceId": ""},
    })
}
