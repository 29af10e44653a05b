//! Events: reported, counted by name, and shown one by one.

mod create;
mod data;
mod detail;
mod list;
#[cfg(test)]
mod tests;

pub(crate) use create::CreateEvents;
pub(crate) use data::ShowEventData;
pub(crate) use detail::ListEventDetail;
pub(crate) use list::ListEvents;

use muster_alarms::Level;
use muster_core::{PageRequest, Timestamp};
use muster_events::{Category, Event, EventFilter, Facts, Kind, Scope};
use muster_identity::Caller;

use super::groups::words::Words;
use super::metrics::INSTANTS;
use crate::request::{Malformed, Request};

const KINDS: Words<Kind> = Words(&[("EVENT.CUSTOM", Kind::Custom), ("EVENT.SYS", Kind::System)]);

const LEVELS: Words<Level> = Words(&[
    ("Critical", Level::Critical),
    ("Major", Level::Major),
    ("Minor", Level::Minor),
    ("Info", Level::Info),
]);

const STATES: [&str; 3] = ["normal", "warning", "incident"];

const SUB_CUSTOM: &str = "SUB_EVENT.CUSTOM";
const SUB_OPERATION: &str = "SUB_EVENT.OPS";
const SUB_PLANNED: &str = "SUB_EVENT.PLAN";

/// The finer word for an event.
fn sub_type(facts: &Facts) -> &'static str {
    match (facts.kind, facts.category) {
        (Kind::Custom, _) => SUB_CUSTOM,
        (Kind::System, Some(Category::Maintenance)) => SUB_PLANNED,
        (Kind::System, _) => SUB_OPERATION,
    }
}

/// The level as it is shown; custom events that came by other ways may have none.
fn level(event: &Event) -> &'static str {
    event.facts.level.map_or("", |level| LEVELS.write(level))
}

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

/// What the query says of the events that are wanted, as far as all operations have it.
fn read_filter(request: &Request) -> Result<EventFilter, Malformed> {
    let mut filter = EventFilter {
        kind: word(request, "event_type", &KINDS)?,
        from: instant(request, "from")?,
        to: instant(request, "to")?,
        ..EventFilter::default()
    };
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        return Err(Malformed::parameter("from", "must not be after to"));
    }
    match text(request, "sub_event_type")?.as_deref() {
        None => {}
        Some(SUB_CUSTOM) => match filter.kind {
            Some(Kind::System) => return Err(other_sub_type()),
            _ => filter.kind = Some(Kind::Custom),
        },
        Some(word @ (SUB_OPERATION | SUB_PLANNED)) => {
            if filter.kind == Some(Kind::Custom) {
                return Err(other_sub_type());
            }
            filter.categories = match word {
                SUB_PLANNED => vec![Category::Maintenance],
                _ => vec![Category::Notification, Category::Exception],
            };
        }
        Some(_) => {
            let why = format!("must be one of {SUB_CUSTOM}, {SUB_OPERATION} and {SUB_PLANNED}");
            return Err(Malformed::parameter("sub_event_type", why));
        }
    }
    Ok(filter)
}

fn other_sub_type() -> Malformed {
    Malformed::parameter("sub_event_type", "does not belong to the event_type")
}

fn text(request: &Request, name: &str) -> Result<Option<String>, Malformed> {
    Ok(request.query(name)?.filter(|text| !text.is_empty()))
}

fn word<T: Copy + PartialEq>(
    request: &Request,
    name: &str,
    words: &Words<T>,
) -> Result<Option<T>, Malformed> {
    let Some(text) = text(request, name)? else { return Ok(None) };
    let why = || Malformed::parameter(name, format!("must be one of {}", words.list()));
    words.read(&text).map(Some).ok_or_else(why)
}

fn instant(request: &Request, name: &str) -> Result<Option<Timestamp>, Malformed> {
    let Some(text) = text(request, name)? else { return Ok(None) };
    let number = text.parse().ok().filter(|number| INSTANTS.contains(number));
    let why = || Malformed::parameter(name, "must be milliseconds of 13 digits");
    number.map(|number| Some(Timestamp::from_millis(number))).ok_or_else(why)
}

/// `start` is an offset.
fn page(request: &Request) -> Result<PageRequest, Malformed> {
    let offset = request.number("start", 0..=10_000_000, 0)?;
    Ok(PageRequest { offset, limit: request.number("limit", 1..=100, 100)? })
}
