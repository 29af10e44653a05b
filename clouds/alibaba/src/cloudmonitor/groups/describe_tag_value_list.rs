//! `DescribeTagValueList`: the values that resources and groups have under a key.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeTagValueList {
    key: String,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeTagValueList {
    const NAME: &'static str = "DescribeTagValueList";
    const PERMISSION: &'static str = "cms:DescribeTagValueList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { key: parameters.required("TagKey")?.to_owned(), page: paging::read(parameters, 10)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let account_id = &cx.caller.account_id;
        let values = cx.services.resources.list_tag_values(cx.tx, account_id, &self.key, self.page)?;
        Ok(answer::success_with(json!({"TagValues": {"TagValue": values}})))
    }
}
