//! `DescribeContactListByContactGroup`: the contacts that a group holds.

use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::channels;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeContactListByContactGroup {
    group: String,
}

impl Operation<CloudMonitor> for DescribeContactListByContactGroup {
    const NAME: &'static str = "DescribeContactListByContactGroup";
    const PERMISSION: &'static str = "cms:DescribeContactListByContactGroup";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { group: parameters.required("ContactGroupName")?.to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let contacts = cx.services.notify.contacts_of_group(cx.tx, cx.caller, &self.group)?;
        let contacts: Vec<Value> = contacts
            .iter()
            .map(|contact| {
                json!({
                    "Name": contact.name,
                    "Desc": contact.description,
                    "CreateTime": contact.created_at.millis(),
                    "UpdateTime": contact.updated_at.millis(),
                    "Channels": channels::values(contact),
                })
            })
            .collect();
        Ok(answer::success_with(json!({"Contacts": {"Contact": contacts}})))
    }
}
