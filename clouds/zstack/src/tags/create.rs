//! `CreateUserTag` and `CreateSystemTag`

use muster_jobs::scheduled::{NewTag, TagSource, TaggedKind};
use muster_wire::{Access, Operation};

use super::{members, resource_type};
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::{Reply, class};
use crate::scheduler::check_tag;

/// Ties a text of people's to a record.
pub(crate) struct CreateUserTag(NewTag);

/// Ties a text of a program's to a record.
pub(crate) struct CreateSystemTag(NewTag);

fn read(input: &Input, source: TagSource) -> Result<NewTag, Refusal> {
    let (kind, tag) = (input.text("resourceType")?, input.text("tag")?);
    let words = TaggedKind::ALL.map(resource_type);
    let word = check::one_of("resourceType", &check::required("resourceType", kind)?, &words)?;
    let kind = TaggedKind::ALL.into_iter().find(|kind| resource_type(*kind) == word);
    let tag = check::required("tag", tag)?;
    check_tag(&tag)?;
    Ok(NewTag {
        source,
        kind: check::required("resourceType", kind)?,
        resource_id: check::uuid("resourceUuid", input.text("resourceUuid")?)?,
        tag,
    })
}

fn create(cx: &mut Context<'_, '_>, new: &NewTag, class: &'static str) -> Outcome {
    cx.touch(new.kind.what(), &new.resource_id);
    let tag = cx.services.scheduled.create_tag(cx.tx, scope(cx.caller), new.clone())?;
    Ok(Reply::inventory(class, members(cx, &tag)))
}

impl Operation<ZStack> for CreateUserTag {
    const NAME: &'static str = "CreateUserTag";
    const PERMISSION: &'static str = "zstack:CreateUserTag";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        read(input, TagSource::User).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        create(cx, &self.0, class::USER_TAG)
    }
}

impl Operation<ZStack> for CreateSystemTag {
    const NAME: &'static str = "CreateSystemTag";
    const PERMISSION: &'static str = "zstack:CreateSystemTag";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        read(input, TagSource::System).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        create(cx, &self.0, class::SYSTEM_TAG)
    }
}
