//! `DeleteContactGroup`: removes a contact group; its contacts stay.

use http::StatusCode;
use muster_core::Error;
use muster_wire::{Access, Cx, Operation};

use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DeleteContactGroup {
    name: String,
}

impl Operation<CloudMonitor> for DeleteContactGroup {
    const NAME: &'static str = "DeleteContactGroup";
    const PERMISSION: &'static str = "cms:DeleteContactGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { name: parameters.required("ContactGroupName")?.to_owned() })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let deleted = cx.services.notify.delete_contact_group(cx.tx, cx.caller, &self.name);
        deleted.map_err(|error| match error {
            // Here, and only here, the original has the contact's code for a missing group.
            Error::NotFound { what: "contact group", .. } => {
                Refusal::new(StatusCode::NOT_FOUND, "ContactNotExists", "ContactGroupName Not Exists")
            }
            other => other.into(),
        })?;
        cx.touch("contact group", &self.name);
        Ok(answer::success())
    }
}
