//! The outbox: every message, what became of it, and each attempt.

use muster_core::Result;
use muster_notify::{Attempt, Medium, Message, MessageFilter, MessageState};

use super::{REFRESH_S, render};
use crate::cx::Cx;
use crate::reply::Reply;
use crate::view::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use crate::view::object::{Object, ObjectPage, Section};
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;
use crate::{frame, kinds};

const ROWS: u32 = 50;
pub(crate) const PERMISSION: &str = "cms:DescribeAlertLogList";

const STATES: [MessageState; 7] = MessageState::ALL;

/// The newest messages first.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    cx.caller.require(PERMISSION, "*")?;
    let query = &visit.query;
    let state = MessageState::parse(query.get("state"));
    let before = query.get("before").parse().ok();
    let contact = query.some("q");
    let filter = MessageFilter { state, contact: contact.clone(), before };
    let found = cx.services.notify.list_messages(cx.tx, cx.caller, &filter, ROWS + 1)?;
    let shown = &found[..found.len().min(ROWS as usize)];
    let next = (found.len() > shown.len()).then(|| shown.last().map(|last| last.id.to_string())).flatten();
    let rows: Vec<Row> = shown.iter().map(|message| row(cx, message)).collect();
    let title = cx.t("messages.title");
    let mut choices = vec![Choice::new("", cx.t("messages.any-state"), state.is_none())];
    choices.extend(STATES.map(|each| Choice::new(each.as_str(), word(cx, each), state == Some(each))));
    let narrowed = state.is_some() || contact.is_some() || before.is_some();
    let list = Listing {
        title: title.clone(),
        lead: cx.t("messages.lead"),
        search: Some(Search { label: cx.t("messages.search"), value: contact.unwrap_or_default() }),
        filters: vec![Filter { name: "state", label: cx.t("messages.state"), choices }],
        empty: rows.is_empty().then(|| Empty {
            title: cx.t(if narrowed { "list.no-match" } else { "messages.none" }),
            body: cx.t(if narrowed { "list.no-match-body" } else { "messages.none-body" }),
            create: (!narrowed).then(|| Link::new(cx.t("contacts.new"), "/console/new/contacts")),
            calls: Vec::new(),
        }),
        table: Table { caption: title.clone(), columns: columns(cx), rows },
        first: before.map(|_| format!("/console/messages?{}", query.query(&[("before", "")]))),
        next: next.map(|id| format!("/console/messages?{}", query.query(&[("before", &id)]))),
        live: before.is_none(),
        ..Listing::default()
    };
    let mut shell = frame::shell(visit, title, vec![Link::new(cx.t("nav.people"), "/console")]);
    shell.refresh = before.is_none().then_some(REFRESH_S);
    render(&ListingPage { shell, list })
}

/// The columns of any list of messages.
pub(crate) fn columns(cx: &Cx<'_, '_>) -> Vec<Column> {
    let column = |part: &str| {
        let label = cx.t(&format!("messages.{part}"));
        if part == "attempts" { Column::numeric(label) } else { Column::new(label) }
    };
    ["subject", "to", "state", "attempts", "queued"].map(column).to_vec()
}

/// A message as a row of any list.
pub(crate) fn row(cx: &Cx<'_, '_>, message: &Message) -> Row {
    let to = match &message.contact {
        Some(name) => Value::Named(kinds::link("contacts", name, name), shown_target(message)),
        None => Value::Text(shown_target(message)),
    };
    Row::from(vec![
        Value::Named(Link::new(subject(message), href(message.id)), medium(cx, message.medium)),
        to,
        Value::Because(state(cx, message.state), reason(message)),
        Value::number(message.attempts),
        cx.time(message.created_at),
    ])
}

/// What the other side said, where it matters to whoever looks at a list.
fn reason(message: &Message) -> String {
    match message.state {
        MessageState::Delivered | MessageState::Written | MessageState::Sending => String::new(),
        MessageState::Queued | MessageState::Failed | MessageState::Cancelled | MessageState::Silenced => {
            message.detail.clone()
        }
    }
}

/// One message with its attempts.
pub(crate) fn show(cx: &mut Cx<'_, '_>, visit: &Visit, id: i64) -> Result<Reply> {
    cx.caller.require(PERMISSION, "*")?;
    let (message, attempts) = cx.services.notify.get_message(cx.tx, cx.caller, id)?;
    let mut facts = vec![
        Fact::new(cx.t("messages.medium"), Value::Text(medium(cx, message.medium))),
        Fact::new(
            cx.t("messages.contact"),
            message
                .contact
                .as_ref()
                .map_or(Value::None, |name| Value::Link(kinds::link("contacts", name, name))),
        ),
        Fact::new(cx.t("messages.target"), Value::text(shown_target(&message))),
        Fact::new(cx.t("messages.purpose"), Value::text(message.purpose.clone())),
        Fact::new(cx.t("messages.key"), Value::Id(message.key.clone())),
        Fact::new(cx.t("messages.queued"), cx.time(message.created_at)),
    ];
    match message.finished_at {
        Some(at) => facts.push(Fact::new(cx.t("messages.finished"), cx.time(at))),
        None => facts.push(Fact::new(cx.t("messages.next"), cx.time(message.next_attempt_at))),
    }
    let content = &message.content;
    let text = if content.body.is_empty() { &content.text } else { &content.body };
    let attempts_table = Table {
        caption: cx.t("messages.attempts"),
        columns: ["number", "outcome", "said", "began", "took"]
            .map(|part| Column::new(cx.t(&format!("attempt.{part}"))))
            .to_vec(),
        rows: attempts.iter().map(|attempt| attempt_row(cx, attempt)).collect(),
    };
    let object = Object {
        kind: cx.t("messages.one"),
        name: subject(&message),
        id: message.id.to_string(),
        note: message.detail.clone(),
        state: Some(state(cx, message.state)),
        facts,
        sections: vec![
            Section {
                id: "attempts",
                title: cx.t("messages.attempts"),
                count: Some(attempts.len() as u64),
                table: attempts_table,
                empty: cx.t("messages.no-attempts"),
                ..Section::default()
            },
            Section {
                id: "text",
                title: cx.t("messages.text"),
                text: Some(if may_vouch(cx) { text.clone() } else { redacted(text) }),
                ..Section::default()
            },
        ],
        has_history: false,
        live: true,
        ..Object::default()
    };
    let crumbs = vec![
        Link::new(cx.t("nav.people"), "/console"),
        Link::new(cx.t("messages.title"), "/console/messages"),
    ];
    let mut shell = frame::shell(visit, object.name.clone(), crumbs);
    shell.refresh = message.finished_at.is_none().then_some(REFRESH_S);
    render(&ObjectPage { shell, object })
}

fn attempt_row(cx: &Cx<'_, '_>, attempt: &Attempt) -> Row {
    let (tone, key) = match attempt.outcome.as_str() {
        "delivered" => (Tone::Good, "attempt.delivered"),
        "written" => (Tone::Good, "attempt.written"),
        "running" => (Tone::Waiting, "attempt.running"),
        "retry" => (Tone::Warning, "attempt.retry"),
        "interrupted" => (Tone::Warning, "attempt.interrupted"),
        _ => (Tone::Bad, "attempt.failed"),
    };
    let took = attempt.finished_at.map_or(Value::None, |end| {
        Value::Text(cx.lang.fill("attempt.ms", &[&end.since(attempt.started_at).max(0).to_string()]))
    });
    Row::from(vec![
        Value::number(attempt.number),
        Value::State(State::new(tone, cx.t(key))),
        Value::text(attempt.detail.clone()),
        cx.time(attempt.started_at),
        took,
    ])
}

pub(crate) fn state(cx: &Cx<'_, '_>, state: MessageState) -> State {
    let tone = match state {
        MessageState::Queued | MessageState::Sending => Tone::Waiting,
        MessageState::Delivered | MessageState::Written => Tone::Good,
        MessageState::Failed => Tone::Bad,
        MessageState::Cancelled | MessageState::Silenced => Tone::Off,
    };
    State::new(tone, word(cx, state))
}

fn word(cx: &Cx<'_, '_>, state: MessageState) -> String {
    cx.t(&format!("message-state.{}", state.as_str()))
}

fn medium(cx: &Cx<'_, '_>, medium: Medium) -> String {
    cx.t(&format!("medium.{}", medium.as_str()))
}

fn subject(message: &Message) -> String {
    if message.content.subject.is_empty() { message.purpose.clone() } else { message.content.subject.clone() }
}

/// A robot's address holds its token, which is worth a password.
fn shown_target(message: &Message) -> String {
    match message.medium {
        Medium::DingTalk | Medium::Webhook => without_query(&message.target),
        Medium::Mail | Medium::Sms | Medium::Phone => message.target.clone(),
    }
}

/// An address without what stands after its `?`.
pub(crate) fn without_query(url: &str) -> String {
    url.split_once('?').map_or_else(|| url.to_owned(), |(address, _)| format!("{address}?…"))
}

/// Whoever may mark a channel as usable learns nothing from the link that does the same; where no gateway is
/// configured this is how the link is found at all.
fn may_vouch(cx: &Cx<'_, '_>) -> bool {
    cx.caller.require("cms:PutContact", "*").is_ok()
}

/// A link that confirms an address belongs to its owner alone: others who read the outbox must not follow it.
fn redacted(text: &str) -> String {
    let marker = muster_notify::public::ACTIVATIONS;
    let mut shown = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(marker) {
        let after = &rest[place + marker.len()..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        shown.push_str(&rest[..place + marker.len()]);
        shown.push('…');
        rest = &after[end..];
    }
    shown.push_str(rest);
    shown
}

/// Where the page of a message is.
pub(crate) fn href(id: i64) -> String {
    format!("/console/messages/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_others_stay_unread() {
        let marker = muster_notify::public::ACTIVATIONS;
        let text = format!("open http://h{marker}0123abcd and then\nhttp://h{marker}ff");
        let shown = redacted(&text);
        assert!(!shown.contains("0123abcd") && !shown.contains("ff"), "{shown}");
        assert!(shown.contains("… and then"), "{shown}");
        assert_eq!(without_query("https://o/robot?access_token=x"), "https://o/robot?…");
    }
}
