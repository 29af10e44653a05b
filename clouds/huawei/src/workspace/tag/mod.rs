//! Tags of server groups.

mod change_tags;
mod change_tags_in_batch;
mod list_server_group_tag;
mod show_server_group_tag;

pub(crate) use change_tags::{CreateServerGroupTags, DeleteServerGroupTags};
pub(crate) use change_tags_in_batch::{BatchCreateServerGroupTags, BatchDeleteServerGroupTags};
pub(crate) use list_server_group_tag::ListServerGroupTag;
pub(crate) use show_server_group_tag::ShowServerGroupTag;

use muster_apps::Tag;
use serde_json::{Value, json};

use super::Refusal;
use super::body::Body;

/// The tags in an array of a body. A key that is missing is an empty one, which no rule allows.
pub(crate) fn tags(body: &Body, field: &str) -> Result<Option<Vec<Tag>>, Refusal> {
    let Some(items) = body.objects(field)? else { return Ok(None) };
    let tag = |item: &Body| {
        Ok(Tag {
            key: item.text("key")?.unwrap_or_default().to_owned(),
            value: item.text("value")?.unwrap_or_default().to_owned(),
        })
    };
    items.iter().map(tag).collect::<Result<_, Refusal>>().map(Some)
}

fn required_tags(body: &Body) -> Result<Vec<Tag>, Refusal> {
    tags(body, "tags")?.ok_or_else(|| Refusal::invalid("tags", "it is missing"))
}

pub(crate) fn tag_views(tags: &[Tag]) -> Value {
    tags.iter().map(|tag| json!({"key": tag.key, "value": tag.value})).collect()
}
