//! Events: what was reported, and of each what rules made of it.

use muster_core::{PageRequest, Result};
use muster_events::rules::{Match, MatchFilter, Outcome};
use muster_events::{Event, EventFilter, Kind};

use super::alarms::{dimensions_text, level_state};
use super::{REFRESH_S, render};
use crate::cx::Cx;
use crate::frame;
use crate::reply::Reply;
use crate::view::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use crate::view::object::{Object, ObjectPage, Section};
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;

const ROWS: u64 = 50;
/// As far as the list is walked; whoever looks further narrows it.
const DEEPEST: u64 = 10_000;
const MATCHES: u32 = 100;
/// Either of the permissions to read events shows them.
const PERMISSIONS: [&str; 2] = ["ces:events:list", "cms:DescribeCustomEventAttribute"];

fn require(cx: &Cx<'_, '_>) -> Result<()> {
    let [first, second] = PERMISSIONS;
    cx.caller.require(first, "*").or_else(|_| cx.caller.require(second, "*"))
}

/// The newest events first.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    require(cx)?;
    let query = &visit.query;
    let kind = query.get("kind");
    let from = query.get("from").parse::<u64>().unwrap_or(0).min(DEEPEST);
    let filter = EventFilter {
        kind: [Kind::Custom, Kind::System].into_iter().find(|each| word(*each) == kind),
        name: query.some("q"),
        ..EventFilter::default()
    };
    let page = PageRequest { offset: from, limit: ROWS };
    let found = cx.services.events.list(cx.tx, &cx.caller.account_id, &filter, page)?;
    let rows: Vec<Row> = found.items.iter().map(|event| row(cx, event)).collect();
    let title = cx.t("events.title");
    let mut choices = vec![Choice::new("", cx.t("events.any-kind"), kind.is_empty())];
    choices.extend(
        ["custom", "system"].map(|each| Choice::new(each, cx.t(&format!("events.{each}")), kind == each)),
    );
    let narrowed = !kind.is_empty() || query.some("q").is_some();
    let next = from + ROWS;
    let list = Listing {
        title: title.clone(),
        lead: cx.t("events.lead"),
        search: Some(Search { label: cx.t("events.search"), value: query.get("q").to_owned() }),
        filters: vec![Filter { name: "kind", label: cx.t("events.kind"), choices }],
        empty: rows.is_empty().then(|| Empty {
            title: cx.t(if narrowed { "list.no-match" } else { "events.none" }),
            body: cx.t(if narrowed { "list.no-match-body" } else { "events.none-body" }),
            create: None,
            calls: Vec::new(),
        }),
        table: Table {
            caption: title.clone(),
            columns: ["event", "from", "level", "state", "at"]
                .map(|part| Column::new(cx.t(&format!("events.{part}"))))
                .to_vec(),
            rows,
        },
        first: (from > 0).then(|| format!("/console/events?{}", query.query(&[("from", "")]))),
        next: (found.total > next && next <= DEEPEST)
            .then(|| format!("/console/events?{}", query.query(&[("from", &next.to_string())]))),
        live: from == 0,
        ..Listing::default()
    };
    let mut shell = frame::shell(visit, title, vec![Link::new(cx.t("nav.resources"), "/console")]);
    shell.refresh = (from == 0).then_some(REFRESH_S);
    render(&ListingPage { shell, list })
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Custom => "custom",
        Kind::System => "system",
    }
}

fn row(cx: &Cx<'_, '_>, event: &Event) -> Row {
    let facts = &event.facts;
    let about = if facts.resource_name.is_empty() { &facts.resource_id } else { &facts.resource_name };
    Row::from(vec![
        Value::Named(Link::new(facts.name.clone(), format!("/console/events/{}", event.id)), about.clone()),
        Value::Pair(facts.source.clone(), cx.t(&format!("events.{}", word(facts.kind)))),
        facts.level.map_or(Value::None, |level| Value::State(level_state(cx, level))),
        Value::text(facts.state.clone()),
        cx.time(facts.at),
    ])
}

/// One event with what rules made of it.
pub(crate) fn show(cx: &mut Cx<'_, '_>, visit: &Visit, id: i64) -> Result<Reply> {
    require(cx)?;
    let event = cx.services.events.get(cx.tx, &cx.caller.account_id, id)?;
    let filter = MatchFilter { event_id: Some(id), before: None, limit: MATCHES };
    let matches = cx.services.events.list_matches(cx.tx, &cx.caller.account_id, &filter)?;
    let facts = &event.facts;
    let text = |value: &str| Value::text(value.to_owned());
    let section = Section {
        id: "matches",
        title: cx.t("events.matches"),
        count: Some(matches.len() as u64),
        lead: cx.t("events.matches-lead"),
        table: Table {
            caption: cx.t("events.matches"),
            columns: ["rule", "outcome", "messages", "at"]
                .map(|part| Column::new(cx.t(&format!("events.{part}"))))
                .to_vec(),
            rows: matches.iter().map(|one| match_row(cx, one)).collect(),
        },
        empty: cx.t("events.no-matches"),
        ..Section::default()
    };
    let content = Section {
        id: "content",
        title: cx.t("events.content"),
        text: (!facts.content.is_empty()).then(|| facts.content.clone()),
        empty: cx.t("events.no-content"),
        ..Section::default()
    };
    let object = Object {
        kind: cx.t("events.one"),
        name: facts.name.clone(),
        id: event.id.to_string(),
        note: if facts.drill { cx.t("events.drill") } else { String::new() },
        state: facts.level.map(|level| level_state(cx, level)),
        facts: vec![
            Fact::new(cx.t("events.from"), text(&facts.source)),
            Fact::new(cx.t("events.kind"), Value::Text(cx.t(&format!("events.{}", word(facts.kind))))),
            Fact::new(cx.t("events.state"), text(&facts.state)),
            Fact::new(
                cx.t("events.resource"),
                Value::Pair(facts.resource_name.clone(), facts.resource_id.clone()),
            ),
            Fact::new(cx.t("alarms.thing"), Value::text(dimensions_text(&facts.dimensions))),
            Fact::new(cx.t("events.user"), text(&facts.user)),
            Fact::new(cx.t("events.region"), text(&facts.region)),
            Fact::new(cx.t("events.at"), cx.time(facts.at)),
            Fact::new(cx.t("events.received"), cx.time(event.received_at)),
        ],
        sections: vec![content, section],
        ..Object::default()
    };
    let crumbs = vec![
        Link::new(cx.t("nav.resources"), "/console"),
        Link::new(cx.t("events.title"), "/console/events"),
    ];
    let shell = frame::shell(visit, object.name.clone(), crumbs);
    render(&ObjectPage { shell, object })
}

fn match_row(cx: &Cx<'_, '_>, one: &Match) -> Row {
    let tone = match one.outcome {
        Outcome::Pending => Tone::Waiting,
        Outcome::Told => Tone::Good,
        Outcome::Silenced => Tone::Off,
        Outcome::Nobody => Tone::Warning,
    };
    let state = State::new(tone, cx.t(&format!("event-outcome.{}", one.outcome.as_str())));
    let notes: Vec<&str> =
        one.told.iter().map(|told| told.note.as_str()).filter(|note| !note.is_empty()).collect();
    let messages = one.told.iter().flat_map(|told| &told.messages);
    let links = messages.map(|id| Link::new(id.to_string(), super::messages::href(*id))).collect();
    Row::from(vec![
        Value::Text(one.rule_name.clone()),
        Value::Because(state, notes.join("; ")),
        Value::links(links),
        cx.time(one.at),
    ])
}
