//! `DeleteContact`: removes a contact and its memberships.

use muster_wire::{Access, Cx, Operation};

use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteContact {
    name: String,
}

impl Operation<CloudMonitor> for DeleteContact {
    const NAME: &'static str = "DeleteContact";
    const PERMISSION: &'static str = "cms:DeleteContact";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { name: parameters.required("ContactName")?.to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.notify.delete_contact(cx.tx, cx.caller, &self.name)?;
        cx.touch("contact", &self.name);
        Ok(answer::success())
    }
}
