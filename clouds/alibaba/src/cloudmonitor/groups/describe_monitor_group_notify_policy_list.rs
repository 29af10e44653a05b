//! `DescribeMonitorGroupNotifyPolicyList`: the pauses of a group, or of all groups.

use muster_alarms::masks::{Kind, Mask, MaskFilter};
use muster_core::{PageRequest, Timestamp};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{input, pause};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroupNotifyPolicyList {
    group_id: Option<i64>,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMonitorGroupNotifyPolicyList {
    const NAME: &'static str = "DescribeMonitorGroupNotifyPolicyList";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroupNotifyPolicyList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        pause::read_type(parameters)?;
        let group_id = parameters.word("GroupId").map(|_| input::group_id(parameters)).transpose()?;
        Ok(Self { group_id, page: paging::read(parameters, 10)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let pauses = match self.group_id {
            Some(id) => pause::of_group(cx, id)?,
            None => {
                let (scope, all) = (pause::scope(cx.caller), MaskFilter::default());
                cx.services.masks.list(cx.tx, scope, Kind::Pause, &all, |_| true)?
            }
        };
        let skip = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.page.limit).unwrap_or(usize::MAX);
        let shown: Vec<Value> = pauses.iter().skip(skip).take(take).map(item).collect();
        Ok(answer::spelled_success_with(json!({
            "Total": pauses.len(),
            "NotifyPolicyList": {"NotifyPolicy": shown},
        })))
    }
}

fn item(mask: &Mask) -> Value {
    let group_id = mask.spec.covers.groups.first().map(i64::to_string).unwrap_or_default();
    json!({
        "Id": mask.id.to_string(),
        "GroupId": group_id,
        "Type": pause::TYPE,
        "StartTime": mask.spec.when.from.map_or(0, Timestamp::millis),
        "EndTime": mask.spec.when.until.map_or(0, Timestamp::millis),
    })
}
