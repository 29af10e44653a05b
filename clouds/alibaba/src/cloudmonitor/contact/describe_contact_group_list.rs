//! `DescribeContactGroupList`: contact groups with their members.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 20;

/// The input.
pub(in crate::cloudmonitor) struct DescribeContactGroupList {
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeContactGroupList {
    const NAME: &'static str = "DescribeContactGroupList";
    const PERMISSION: &'static str = "cms:DescribeContactGroupList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let page = cx.services.notify.list_contact_groups(cx.tx, cx.caller, None, self.page)?;
        let names: Vec<_> = page.items.iter().map(|group| group.name.as_str()).collect();
        let groups: Vec<Value> = page
            .items
            .iter()
            .map(|group| {
                json!({
                    "Name": group.name,
                    "Describe": group.description,
                    "EnableSubscribed": group.subscribed,
                    // Whether reports go out for this account. This server makes none yet.
                    "EnabledWeeklyReport": false,
                    "CreateTime": group.created_at.millis(),
                    "UpdateTime": group.updated_at.millis(),
                    "Contacts": {"Contact": group.members},
                })
            })
            .collect();
        Ok(answer::success_with(json!({
            "Total": page.total,
            "ContactGroups": {"ContactGroup": names},
            "ContactGroupList": {"ContactGroup": groups},
        })))
    }
}
