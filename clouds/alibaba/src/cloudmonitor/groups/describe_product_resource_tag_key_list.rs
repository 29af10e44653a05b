//! `DescribeProductResourceTagKeyList`: the keys of the tags of resources, a page at a time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const PAGE: u32 = 100;

/// The input.
pub(in crate::cloudmonitor) struct DescribeProductResourceTagKeyList {
    after: String,
}

impl Operation<CloudMonitor> for DescribeProductResourceTagKeyList {
    const NAME: &'static str = "DescribeProductResourceTagKeyList";
    const PERMISSION: &'static str = "cms:DescribeProductResourceTagKeyList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let after = match parameters.word("NextToken") {
            None => String::new(),
            Some(token) => {
                let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                key.ok_or_else(|| Refusal::illegal("NextToken", "is none that this server gave"))?
            }
        };
        Ok(Self { after })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let resources = &cx.services.resources;
        let mut keys = resources.tag_keys_in_use(cx.tx, &cx.caller.account_id, &self.after, PAGE + 1)?;
        let goes_on = keys.len() > PAGE as usize;
        keys.truncate(PAGE as usize);
        let next =
            keys.last().filter(|_| goes_on).map(|last| URL_SAFE_NO_PAD.encode(last)).unwrap_or_default();
        Ok(answer::success_with(json!({"TagKeys": {"TagKey": keys}, "NextToken": next})))
    }
}
