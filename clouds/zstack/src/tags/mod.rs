//! Tags on jobs, job groups and triggers.

mod create;
mod delete;
mod pattern;
mod query;

use muster_jobs::scheduled::{Tag, TagSource, TaggedKind};

pub(crate) use create::{CreateSystemTag, CreateUserTag};
pub(crate) use delete::DeleteTag;
pub(crate) use pattern::{AttachTagToResources, CreateTag, DetachTagFromResources, QueryTag};
pub(crate) use query::{QuerySystemTag, QueryUserTag};

use crate::api::Context;
use crate::date;
use crate::reply::Members;

/// `resourceType`
const fn resource_type(kind: TaggedKind) -> &'static str {
    match kind {
        TaggedKind::Job => "SchedulerJobVO",
        TaggedKind::Group => "SchedulerJobGroupVO",
        TaggedKind::Trigger => "SchedulerTriggerVO",
    }
}

fn members(cx: &Context<'_, '_>, tag: &Tag) -> Members {
    let zone = &cx.services.wire_zone;
    Members::new()
        .with("uuid", tag.id.as_str())
        .with("resourceUuid", tag.resource_id.as_str())
        .with("resourceType", resource_type(tag.kind))
        .with("tag", tag.tag.as_str())
        .with_some("tagPatternUuid", tag.pattern_id.as_deref())
        .with("type", if tag.source == TagSource::User { "User" } else { "System" })
        .with("createDate", date::print(tag.created_at, zone))
        .with("lastOpDate", date::print(tag.updated_at, zone))
}
