//! `RemoveTags`: takes tags from groups and says which there were.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::add_tags::{MOST_TAGS, groups};
use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct RemoveTags {
    ids: Vec<i64>,
    tags: Vec<(String, Option<String>)>,
}

impl Operation<CloudMonitor> for RemoveTags {
    const NAME: &'static str = "RemoveTags";
    const PERMISSION: &'static str = "cms:RemoveTags";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let read = |item: &Parameters| {
            Ok((input::member(item, "Tag", "Key")?.to_owned(), item.word("Value").map(str::to_owned)))
        };
        let tags = input::items(parameters, "Tag", MOST_TAGS)?;
        Ok(Self { ids: groups(parameters)?, tags: tags.iter().map(read).collect::<Result<_, Refusal>>()? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let scope = input::scope(cx.caller);
        let gone = cx.services.resources.untag_applications(cx.tx, scope, &self.ids, &self.tags)?;
        if let [one] = self.ids[..] {
            cx.touch("application", one);
        }
        Ok(answer::success_with(json!({"Tag": {"Tags": gone}})))
    }
}
