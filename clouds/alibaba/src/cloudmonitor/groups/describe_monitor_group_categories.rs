//! `DescribeMonitorGroupCategories`: how many instances of each category a group has.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input;
use super::words::category_of;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroupCategories(i64);

impl Operation<CloudMonitor> for DescribeMonitorGroupCategories {
    const NAME: &'static str = "DescribeMonitorGroupCategories";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroupCategories";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(input::group_id(parameters)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let group = resources.get_application(cx.tx, scope, self.0)?.group;
        let counted = resources.members_by_namespace(cx.tx, scope, &group)?;
        let item =
            |(namespace, count): &(String, u64)| json!({"Category": category_of(namespace), "Count": count});
        Ok(answer::numbered_success_with(json!({"MonitorGroupCategories": {
            "GroupId": self.0,
            "MonitorGroupCategory": {"CategoryItem": counted.iter().map(item).collect::<Vec<_>>()},
        }})))
    }
}
