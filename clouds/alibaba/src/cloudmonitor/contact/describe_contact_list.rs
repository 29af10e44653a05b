//! `DescribeContactList`: contacts by name or channel.

use muster_core::PageRequest;
use muster_notify::{Contact, ContactFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::channels;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 100;

/// The input.
pub(in crate::cloudmonitor) struct DescribeContactList {
    filter: ContactFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeContactList {
    const NAME: &'static str = "DescribeContactList";
    const PERMISSION: &'static str = "cms:DescribeContactList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        // "Chanel" is the original's spelling.
        let channel = parameters
            .word("ChanelType")
            .map(|word| {
                channels::kind(word)
                    .ok_or_else(|| Refusal::illegal("ChanelType", "must be Mail, SMS, DingWebHook or AliIM"))
            })
            .transpose()?;
        let text = |name| parameters.word(name).map(str::to_owned);
        let filter = ContactFilter {
            name: text("ContactName"),
            channel,
            channel_value: text("ChanelValue"),
            name_prefix: None,
        };
        Ok(Self { filter, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let page = cx.services.notify.list_contacts(cx.tx, cx.caller, &self.filter, self.page)?;
        let contacts: Vec<_> = page.items.iter().map(item).collect();
        Ok(answer::success_with(json!({"Total": page.total, "Contacts": {"Contact": contacts}})))
    }
}

fn item(contact: &Contact) -> Value {
    json!({
        "Name": contact.name,
        "Desc": contact.description,
        "Lang": contact.lang.as_str(),
        "CreateTime": contact.created_at.millis(),
        "UpdateTime": contact.updated_at.millis(),
        "Channels": channels::values(contact),
        "ChannelsState": channels::states(contact),
        "ContactGroups": {"ContactGroup": contact.groups},
    })
}
