//! `QueryUserTag` and `QuerySystemTag`

use muster_jobs::scheduled::query::{Condition, Operand};
use muster_jobs::scheduled::{Tag, TagSource, TaggedKind};
use muster_wire::{Access, Operation};

use super::{members, resource_type};
use crate::api::{Context, Outcome, ZStack, scope};
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{Field, Model, Reading, Search};
use crate::reply::class;

const fn field(name: &'static str, column: &'static str, reading: Reading) -> Field {
    Field { name, column, reading }
}

static MODEL: Model = Model {
    name: "Tag",
    fields: &[
        field("uuid", "id", Reading::Text),
        field("resourceUuid", "resource", Reading::Text),
        field("resourceType", "kind", Reading::Choice(resource_types)),
        field("tag", "tag", Reading::Text),
        field("type", "source", Reading::Choice(sources)),
        field("tagPatternUuid", "pattern", Reading::Text),
        field("createDate", "created", Reading::Date),
        field("lastOpDate", "updated", Reading::Date),
    ],
    nested: &[],
    tags: None,
};

fn resource_types() -> Vec<(String, Operand)> {
    let choice = |kind: TaggedKind| (resource_type(kind).to_owned(), Operand::Text(kind.as_str().to_owned()));
    TaggedKind::ALL.map(choice).to_vec()
}

fn sources() -> Vec<(String, Operand)> {
    [("User", TagSource::User), ("System", TagSource::System)]
        .map(|(word, source)| (word.to_owned(), Operand::Text(source.as_str().to_owned())))
        .to_vec()
}

fn list(cx: &mut Context<'_, '_>, search: &Search, source: TagSource, class: &'static str) -> Outcome {
    let (services, scope) = (cx.services, scope(cx.caller));
    let mut query = search.compile(&MODEL, &services.wire_zone)?;
    query.conditions.push(Condition::is("source", source.as_str()));
    let (found, total) = search.run::<Tag>(cx, scope, &query)?;
    let rows = found.iter().map(|tag| members(cx, tag)).collect();
    Ok(search.reply(class, rows, total))
}

/// Finds people's tags.
pub(crate) struct QueryUserTag(Search);

/// Finds programs' tags.
pub(crate) struct QuerySystemTag(Search);

impl Operation<ZStack> for QueryUserTag {
    const NAME: &'static str = "QueryUserTag";
    const PERMISSION: &'static str = "zstack:QueryUserTag";
    const ACCESS: Access = Access::Read;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        list(cx, &self.0, TagSource::User, class::USER_TAG)
    }
}

impl Operation<ZStack> for QuerySystemTag {
    const NAME: &'static str = "QuerySystemTag";
    const PERMISSION: &'static str = "zstack:QuerySystemTag";
    const ACCESS: Access = Access::Read;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        list(cx, &self.0, TagSource::System, class::SYSTEM_TAG)
    }
}
