//! Takes events in.

use std::borrow::Cow;

use muster_core::Timestamp;
use muster_events::{Category, Facts, Kind, Repeats};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{KINDS, LEVELS, STATES, SUB_CUSTOM, SUB_OPERATION, SUB_PLANNED, scope};
use crate::cloudeye::ids::{EventId, GroupId};
use crate::cloudeye::metrics::DimensionBody;
use crate::cloudeye::{CloudEye, Refused, report, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateEvents(Vec<Facts>);

/// An hour back and ten minutes ahead, less ten seconds for the way of a request.
const OLDEST_MS: i64 = 3_600_000 - 10_000;
const AHEAD_MS: i64 = 600_000 - 10_000;

#[derive(Deserialize)]
struct Item<'b> {
    #[serde(borrow)]
    event_name: Option<Cow<'b, str>>,
    #[serde(borrow)]
    event_source: Option<Cow<'b, str>>,
    time: Option<i64>,
    #[serde(borrow)]
    detail: Option<Object<Detail<'b>>>,
}

#[derive(Deserialize)]
struct Detail<'b> {
    #[serde(borrow)]
    content: Option<Cow<'b, str>>,
    #[serde(borrow)]
    group_id: Option<Cow<'b, str>>,
    #[serde(borrow)]
    resource_id: Option<Cow<'b, str>>,
    #[serde(borrow)]
    resource_name: Option<Cow<'b, str>>,
    #[serde(borrow)]
    event_state: Option<Cow<'b, str>>,
    #[serde(borrow)]
    event_level: Option<Cow<'b, str>>,
    #[serde(borrow)]
    event_user: Option<Cow<'b, str>>,
    #[serde(borrow)]
    event_type: Option<Cow<'b, str>>,
    #[serde(borrow)]
    sub_event_type: Option<Cow<'b, str>>,
    #[serde(borrow)]
    dimensions: Option<Vec<Object<DimensionBody<'b>>>>,
}

impl Operation<CloudEye> for CreateEvents {
    const NAME: &'static str = "CreateEvents/v1";
    const PERMISSION: &'static str = "ces:events:post";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let items: Vec<Object<Item<'_>>> = report::items(request)?;
        let read = |(place, Object(item)): (usize, Object<Item<'_>>)| {
            item.read().map_err(|malformed| report::at(place, malformed))
        };
        Ok(Self(items.into_iter().enumerate().map(read).collect::<Result<_, _>>()?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let now = cx.tx.now();
        let resources = &cx.services.resources;
        for (place, facts) in self.0.iter().enumerate() {
            let is_of_system = facts.kind == Kind::System;
            if !cx.services.trusted_reporters.allow_events(cx.caller, &facts.source, is_of_system) {
                return Err(Refused::reserved_events(&facts.source));
            }
            if facts.at < now.plus_ms(-OLDEST_MS) || facts.at > now.plus_ms(AHEAD_MS) {
                let why = "must be in the last hour or the next ten minutes";
                return Err(report::at(place, Malformed::field("time", why)).into());
            }
            if let Some(group) = facts.group_id {
                let found = resources.get_group(cx.tx, crate::cloudeye::scope(cx.caller), group);
                found.map_err(|error| match error {
                    muster_core::Error::NotFound { .. } => Refused::from(report::at(
                        place,
                        Malformed::field("detail.group_id", "names no resource group"),
                    )),
                    other => other.into(),
                })?;
            }
        }
        let ids = cx.services.events.report(cx.tx, scope(cx.caller), &self.0, Repeats::Same)?;
        let answer = |(id, facts): (&i64, &Facts)| json!({"event_id": EventId::new(*id).to_string(), "event_name": facts.name});
        Ok(Reply::created(Value::Array(ids.iter().zip(&self.0).map(answer).collect())))
    }
}

impl Item<'_> {
    fn read(self) -> Result<Facts, Malformed> {
        let name = required("event_name", self.event_name)?;
        let source = required("event_source", self.event_source)?;
        event_name("event_name", &name)?;
        validate::namespace("event_source", &source)?;
        let at = Timestamp::from_millis(required("time", self.time)?);
        let Object(detail) = required("detail", self.detail)?;
        let state = required("detail.event_state", detail.event_state)?;
        if !STATES.contains(&&*state) {
            return Err(Malformed::field(
                "detail.event_state",
                format!("must be one of {}", STATES.join(", ")),
            ));
        }
        let level = required("detail.event_level", detail.event_level)?;
        let level = LEVELS.read(&level).ok_or_else(|| {
            Malformed::field("detail.event_level", format!("must be one of {}", LEVELS.list()))
        })?;
        let kind = match detail.event_type.as_deref().filter(|word| !word.is_empty()) {
            None => Kind::Custom,
            Some(word) => KINDS.read(word).ok_or_else(|| {
                Malformed::field("detail.event_type", format!("must be one of {}", KINDS.list()))
            })?,
        };
        let optional = |field: &str, text: Option<Cow<'_, str>>, longest: usize| {
            let text = text.unwrap_or_default().into_owned();
            validate::length(field, &text, 0..=longest).map(|()| text)
        };
        Ok(Facts {
            kind,
            category: category(kind, detail.sub_event_type.as_deref().unwrap_or_default(), &state)?,
            source: source.into_owned(),
            name: name.into_owned(),
            level: Some(level),
            state: state.into_owned(),
            at,
            group_id: group(detail.group_id.as_deref().unwrap_or_default())?,
            resource_id: optional("detail.resource_id", detail.resource_id, 128)?,
            resource_name: optional("detail.resource_name", detail.resource_name, 128)?,
            dimensions: dimensions(detail.dimensions.unwrap_or_default())?,
            region: String::new(),
            user: optional("detail.event_user", detail.event_user, 64)?,
            content: optional("detail.content", detail.content, 4096)?,
            drill: false,
        })
    }
}

/// The form of an event's name.
fn event_name(field: &str, text: &str) -> Result<(), Malformed> {
    let fits = (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let why = "must have 1 to 64 letters, digits and _, the first one a letter";
    if fits { Ok(()) } else { Err(Malformed::field(field, why)) }
}

fn category(kind: Kind, word: &str, state: &str) -> Result<Option<Category>, Malformed> {
    match (kind, word) {
        (Kind::Custom, "" | SUB_CUSTOM) => Ok(None),
        (Kind::System, "" | SUB_OPERATION) if state == "normal" => Ok(Some(Category::Notification)),
        (Kind::System, "" | SUB_OPERATION) => Ok(Some(Category::Exception)),
        (Kind::System, SUB_PLANNED) => Ok(Some(Category::Maintenance)),
        _ => {
            let why =
                format!("must be {SUB_CUSTOM} of custom events, {SUB_OPERATION} or {SUB_PLANNED} of others");
            Err(Malformed::field("detail.sub_event_type", why))
        }
    }
}

fn group(id: &str) -> Result<Option<i64>, Malformed> {
    if id.is_empty() {
        return Ok(None);
    }
    let why = || Malformed::field("detail.group_id", format!("must be {}", GroupId::form()));
    GroupId::parse(id).map(|id| Some(id.get())).ok_or_else(why)
}

fn dimensions(given: Vec<Object<DimensionBody<'_>>>) -> Result<Vec<(String, String)>, Malformed> {
    validate::count("detail.dimensions", &given, 0..=4)?;
    let mut dimensions: Vec<(String, String)> = Vec::with_capacity(given.len());
    for Object(dimension) in given {
        let name = required("detail.dimensions.name", dimension.name)?;
        let value = required("detail.dimensions.value", dimension.value)?;
        validate::dimension_name("detail.dimensions.name", &name)?;
        validate::length("detail.dimensions.value", &value, 1..=256)?;
        if dimensions.iter().any(|(known, _)| *known == name) {
            return Err(Malformed::field("detail.dimensions", "must not have a name twice"));
        }
        dimensions.push((name.into_owned(), value.into_owned()));
    }
    dimensions.sort_unstable();
    Ok(dimensions)
}
