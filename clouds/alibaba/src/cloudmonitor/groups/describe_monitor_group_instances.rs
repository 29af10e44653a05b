//! `DescribeMonitorGroupInstances`: the instances of a group.

use muster_resources::ListedMember;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::instances::{Shown, Wanted};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroupInstances(Wanted);

impl Operation<CloudMonitor> for DescribeMonitorGroupInstances {
    const NAME: &'static str = "DescribeMonitorGroupInstances";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroupInstances";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Wanted::read(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let found = self.0.find(cx)?;
        let item = |one: &ListedMember| {
            let shown = Shown::of(&one.member, &cx.caller.region);
            json!({
                "Id": one.resource_id.unwrap_or_default(),
                "Category": shown.category,
                "InstanceId": shown.id,
                "InstanceName": shown.name,
                "RegionId": shown.region,
            })
        };
        let instances: Vec<Value> = found.items.iter().map(item).collect();
        let (number, size) = paging::numbers(self.0.page);
        Ok(answer::numbered_success_with(json!({
            "PageNumber": number,
            "PageSize": size,
            "Total": found.total,
            "Resources": {"Resource": instances},
        })))
    }
}
