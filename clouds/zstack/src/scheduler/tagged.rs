//! Tags that come with a `create` call.

use std::collections::BTreeMap;

use muster_jobs::scheduled::{NewTag, TagSource, TaggedKind};

use crate::api::{Context, scope};
use crate::error::Refusal;
use crate::input::Input;

/// Tags in one call; far above what clients send.
const MOST_TAGS: usize = 100;
const MOST_TAG: usize = 2048;

/// The tags of a `create` call.
#[derive(Debug, Default)]
pub(crate) struct GivenTags {
    tags: Vec<(TagSource, String)>,
    pattern_uuids: Vec<String>,
}

impl GivenTags {
    pub(crate) fn read(input: &Input) -> Result<Self, Refusal> {
        let pattern_uuids = input.list("tagUuids")?.unwrap_or_default();
        let mut tags: Vec<(TagSource, String)> = Vec::new();
        for (source, given) in [(TagSource::System, &input.system_tags), (TagSource::User, &input.user_tags)]
        {
            for tag in given {
                check_tag(tag)?;
                let tag = (source, tag.clone());
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        if tags.len() + pattern_uuids.len() > MOST_TAGS {
            return Err(Refusal::invalid(format!("more than {MOST_TAGS} tags")));
        }
        Ok(Self { tags, pattern_uuids })
    }
}

/// What a tag's text may be.
pub(crate) fn check_tag(tag: &str) -> Result<(), Refusal> {
    if tag.is_empty() {
        return Err(Refusal::invalid("a tag must not be empty"));
    }
    crate::check::at_most("tag", tag, MOST_TAG)
}

/// Ties them to what was made.
pub(crate) fn put_tags(
    cx: &mut Context<'_, '_>,
    kind: TaggedKind,
    resource_id: &str,
    given: &GivenTags,
) -> Result<(), Refusal> {
    let services = cx.services;
    for (source, tag) in &given.tags {
        let new = NewTag { source: *source, kind, resource_id: resource_id.to_owned(), tag: tag.clone() };
        services.scheduled.create_tag(cx.tx, scope(cx.caller), new)?;
    }
    let none = BTreeMap::new();
    for pattern in &given.pattern_uuids {
        services.scheduled.attach_tag_pattern(cx.tx, scope(cx.caller), pattern, resource_id, &none)?;
    }
    Ok(())
}
