//! `DescribeTagKeyList`: the keys of all tags of resources and groups.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct DescribeTagKeyList(PageRequest);

impl Operation<CloudMonitor> for DescribeTagKeyList {
    const NAME: &'static str = "DescribeTagKeyList";
    const PERMISSION: &'static str = "cms:DescribeTagKeyList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        paging::read(parameters, 10).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let keys = cx.services.resources.list_tag_keys(cx.tx, &cx.caller.account_id, self.0)?;
        Ok(answer::success_with(json!({"TagKeys": {"TagKey": keys}})))
    }
}
