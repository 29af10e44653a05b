//! `PutContact`: makes or changes a contact by name.

use muster_notify::{ChannelKind, Lang};
use muster_wire::{Access, Cx, Operation};

use super::channels;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// The input.
pub(in crate::cloudmonitor) struct PutContact(muster_notify::PutContact);

impl Operation<CloudMonitor> for PutContact {
    const NAME: &'static str = "PutContact";
    const PERMISSION: &'static str = "cms:PutContact";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let name = parameters.required("ContactName")?.to_owned();
        // Required, and yet it may be empty.
        let description = parameters.text("Describe").ok_or_else(|| Fault::missing("Describe"))?.to_owned();
        let lang = parameters
            .word("Lang")
            .map(|lang| Lang::parse(lang).ok_or_else(|| Refusal::illegal("Lang", "must be zh-cn or en")))
            .transpose()?;
        let given = parameters.members("Channels");
        let value = |kind| given.word(channels::word(kind)).map(|value| (kind, value.to_owned()));
        let channels = ChannelKind::ALL.into_iter().filter_map(value).collect();
        Ok(Self(muster_notify::PutContact { name, description, lang, channels }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.notify.put_contact(cx.tx, cx.caller, &self.0)?;
        cx.touch("contact", &self.0.name);
        Ok(answer::success())
    }
}
