//! `CreateTag`, `QueryTag`, `AttachTagToResources` and `DetachTagFromResources`: tags made once and put on many
//! records.

use std::collections::BTreeMap;

use muster_jobs::scheduled::query::Operand;
use muster_jobs::scheduled::{NewTagPattern, TagPattern};
use muster_wire::{Access, Operation};
use serde_json::Value;

use super::members;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::date;
use crate::deletion::deleted;
use crate::error::Refusal;
use crate::input::Input;
use crate::query::{Field, Model, Reading, Search};
use crate::reply::{Members, Reply, class};

const MOST_NAME: usize = 128;
const MOST_COLOR: usize = 64;
/// Records in one call.
const MOST_RESOURCES: usize = 1000;

const fn field(name: &'static str, column: &'static str, reading: Reading) -> Field {
    Field { name, column, reading }
}

static MODEL: Model = Model {
    name: "Tag",
    fields: &[
        field("uuid", "id", Reading::Text),
        field("name", "name", Reading::Text),
        field("value", "value", Reading::Text),
        field("description", "description", Reading::Text),
        field("color", "color", Reading::Text),
        field("type", "takes tokens", Reading::Choice(types)),
        field("createDate", "created", Reading::Date),
        field("lastOpDate", "updated", Reading::Date),
    ],
    nested: &[],
    tags: None,
};

fn type_name(takes_tokens: bool) -> &'static str {
    if takes_tokens { "withToken" } else { "simple" }
}

fn types() -> Vec<(String, Operand)> {
    [false, true].map(|tokens| (type_name(tokens).to_owned(), Operand::Number(i64::from(tokens)))).to_vec()
}

fn pattern_members(cx: &Context<'_, '_>, pattern: &TagPattern) -> Members {
    let zone = &cx.services.wire_zone;
    Members::new()
        .with("uuid", pattern.id.as_str())
        .with("name", pattern.name.as_str())
        .with("value", pattern.value.as_str())
        .with_some("description", pattern.description.as_deref())
        .with_some("color", pattern.color.as_deref())
        .with("type", type_name(pattern.takes_tokens))
        .with("createDate", date::print(pattern.created_at, zone))
        .with("lastOpDate", date::print(pattern.updated_at, zone))
}

/// Makes a pattern.
pub(crate) struct CreateTag(NewTagPattern);

impl Operation<ZStack> for CreateTag {
    const NAME: &'static str = "CreateTag";
    const PERMISSION: &'static str = "zstack:CreateTag";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, value) = (input.text("name")?, input.text("value")?);
        let (description, color) = (input.text("description")?, input.text("color")?);
        let kind = input.text("type")?.unwrap_or_else(|| type_name(false).to_owned());
        let (name, value) = (check::required("name", name)?, check::required("value", value)?);
        check::at_most("name", &name, MOST_NAME)?;
        check::at_most("value", &value, MOST_NAME)?;
        if value.is_empty() {
            return Err(Refusal::invalid("the field 'value' must not be empty"));
        }
        if let Some(color) = &color {
            check::at_most("color", color, MOST_COLOR)?;
        }
        Ok(Self(NewTagPattern {
            id: check::resource_uuid(input)?,
            name,
            value,
            description: check::description(description)?,
            color: color.filter(|color| !color.is_empty()),
            takes_tokens: check::one_of("type", &kind, &[type_name(false), type_name(true)])?
                == type_name(true),
        }))
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let pattern =
            cx.services.scheduled.create_tag_pattern(cx.tx, &cx.caller.account_id, self.0.clone())?;
        cx.touch("tag pattern", &pattern.id);
        Ok(Reply::inventory(class::TAG_PATTERN, pattern_members(cx, &pattern)))
    }
}

/// Finds patterns.
pub(crate) struct QueryTag(Search);

impl Operation<ZStack> for QueryTag {
    const NAME: &'static str = "QueryTag";
    const PERMISSION: &'static str = "zstack:QueryTag";
    const ACCESS: Access = Access::Read;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Search::of(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let (services, scope) = (cx.services, scope(cx.caller));
        let query = self.0.compile(&MODEL, &services.wire_zone)?;
        let (found, total) = self.0.run::<TagPattern>(cx, scope, &query)?;
        let rows = found.iter().map(|pattern| pattern_members(cx, pattern)).collect();
        Ok(self.0.reply(class::TAG_PATTERN, rows, total))
    }
}

/// What both calls on records are given.
struct Target {
    pattern: String,
    resources: Vec<String>,
}

impl Target {
    fn read(input: &Input) -> Result<Self, Refusal> {
        let resources = input.list("resourceUuids")?;
        let resources = check::required("resourceUuids", resources.filter(|list| !list.is_empty()))?;
        if resources.len() > MOST_RESOURCES {
            return Err(Refusal::invalid(format!("resourceUuids: more than {MOST_RESOURCES} uuids")));
        }
        Ok(Self { pattern: check::uuid("tagUuid", input.text("tagUuid")?)?, resources })
    }
}

/// Puts a pattern's tag on records; each has its own result.
pub(crate) struct AttachTagToResources {
    target: Target,
    tokens: BTreeMap<String, String>,
}

impl Operation<ZStack> for AttachTagToResources {
    const NAME: &'static str = "AttachTagToResources";
    const PERMISSION: &'static str = "zstack:AttachTagToResources";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let tokens = input.map("tokens")?;
        Ok(Self { target: Target::read(input)?, tokens: check::parameters(tokens)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let (services, scope) = (cx.services, scope(cx.caller));
        let pattern = services.scheduled.get_tag_pattern(cx.tx, scope, &self.target.pattern)?;
        cx.touch("tag pattern", &pattern.id);
        let mut results = Vec::new();
        for resource in &self.target.resources {
            let attached = cx.tx.attempt(|tx| {
                services.scheduled.attach_tag_pattern(tx, scope, &pattern.id, resource, &self.tokens)
            });
            results.push(match attached {
                Ok(tag) => Members::new().with("inventory", members(cx, &tag)).with("success", true),
                Err(error) => match Refusal::from(error) {
                    Refusal::Failed(error) => {
                        Members::new().with("error", error.object()).with("success", false)
                    }
                    unreadable @ Refusal::Http { .. } => return Err(unreadable),
                },
            });
        }
        let results: Vec<Value> = results.into_iter().map(Value::from).collect();
        Ok(Reply::typed_list("results", class::ATTACH_RESULT, results))
    }
}

/// Takes a pattern's tags off records.
pub(crate) struct DetachTagFromResources(Target);

impl Operation<ZStack> for DetachTagFromResources {
    const NAME: &'static str = "DetachTagFromResources";
    const PERMISSION: &'static str = "zstack:DetachTagFromResources";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Target::read(input).map(Self)
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch("tag pattern", &self.0.pattern);
        let scope = scope(cx.caller);
        for resource in &self.0.resources {
            deleted(cx.services.scheduled.detach_tag_pattern(cx.tx, scope, &self.0.pattern, resource))?;
        }
        Ok(Reply::empty())
    }
}
