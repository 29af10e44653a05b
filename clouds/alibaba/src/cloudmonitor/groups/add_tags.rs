//! `AddTags`: tags groups.

use muster_resources::Tag;
use muster_wire::{Access, Cx, Operation};

use super::input;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Fault;
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Tags that one call may set or remove.
pub(super) const MOST_TAGS: usize = 3;
const MOST_GROUPS: usize = 20;

/// The input.
pub(in crate::cloudmonitor) struct AddTags {
    ids: Vec<i64>,
    tags: Vec<Tag>,
}

impl Operation<CloudMonitor> for AddTags {
    const NAME: &'static str = "AddTags";
    const PERMISSION: &'static str = "cms:AddTags";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let read = |item: &Parameters| {
            Ok(Tag {
                key: input::tag_key("Tag.Key", input::member(item, "Tag", "Key")?)?,
                value: input::tag_text("Tag.Value", input::member(item, "Tag", "Value")?)?,
            })
        };
        let tags = input::items(parameters, "Tag", MOST_TAGS)?;
        Ok(Self { ids: groups(parameters)?, tags: tags.iter().map(read).collect::<Result<_, Refusal>>()? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.resources.tag_applications(cx.tx, input::scope(cx.caller), &self.ids, &self.tags)?;
        if let [one] = self.ids[..] {
            cx.touch("application", one);
        }
        Ok(answer::success())
    }
}

/// The list `GroupIds`.
pub(super) fn groups(parameters: &Parameters) -> Result<Vec<i64>, Refusal> {
    let texts = parameters.texts("GroupIds")?;
    if texts.is_empty() {
        return Err(Fault::missing("GroupIds").into());
    }
    if texts.len() > MOST_GROUPS {
        return Err(Refusal::illegal("GroupIds", &format!("must be at most {MOST_GROUPS}")));
    }
    input::group_ids("GroupIds", texts.iter().map(String::as_str))
}
