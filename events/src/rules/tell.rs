//! The engine that decides what becomes of matches, in the order in which they were made.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use muster_core::{Engine, Result};
use muster_db::{Db, Tx};
use muster_notify::{Bridges, Content, Medium, NewMessage, Notice, Recipients, Service};
use serde_json::Value;

use super::model::{Aim, Match, Outcome, Reach, Rule, Target, Told, Wording};
use super::store;
use super::text::Story;
use crate::model::Event;
use crate::store::digest;

/// Matches in one transaction.
const BATCH: usize = 50;
/// Why a message is sent.
const PURPOSE: &str = "event";
/// Where the pages of events lie below the public URL; the event's number follows.
const EVENT_PAGES: &str = "/console/events/";

/// Tells people and addresses of events.
pub struct Tell {
    db: Db,
    teller: Arc<Teller>,
}

impl Tell {
    /// `zone` is that of times in messages; `public_url` how people reach the pages; `bridges` lead to what lies in
    /// vendors' clouds.
    pub fn new(
        db: Db,
        wording: Arc<dyn Wording>,
        bridges: Bridges,
        zone: TimeZone,
        public_url: &str,
    ) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { db, teller: Arc::new(Teller { wording, bridges, zone, public_url }) }
    }
}

impl Engine for Tell {
    fn name(&self) -> &'static str {
        super::TELL
    }

    fn period(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn run(&self) -> Result<()> {
        while self.db.read_blocking(store::any_pending)? {
            let teller = Arc::clone(&self.teller);
            self.db.write_blocking(move |tx| {
                for one in store::pending(tx, BATCH)? {
                    let (outcome, told) = teller.decide(tx, &one)?;
                    store::settle(tx, one.id, outcome, &told)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

struct Teller {
    wording: Arc<dyn Wording>,
    bridges: Bridges,
    zone: TimeZone,
    public_url: String,
}

impl Teller {
    fn decide(&self, tx: &mut Tx<'_>, one: &Match) -> Result<(Outcome, Vec<Told>)> {
        let nobody =
            |why: &str| Ok((Outcome::Nobody, vec![Told { note: why.to_owned(), ..Told::default() }]));
        let Some(rule) = store::by_id(tx, one.rule_id)? else {
            return nobody("the rule was deleted");
        };
        let Some(event) = crate::store::find(tx, &one.account_id, one.event_id)? else {
            return nobody("the event is no longer kept");
        };
        let subject = subject(&event);
        if rule.spec.silence_ms > 0
            && let Some(before) = store::told_at(tx, rule.id, &subject)?
            && one.at.since(before) < rule.spec.silence_ms
        {
            let note = format!("silent until {}", before.plus_ms(rule.spec.silence_ms));
            return Ok((Outcome::Silenced, vec![Told { note, ..Told::default() }]));
        }
        let targets = store::targets(tx, rule.id)?;
        if targets.is_empty() {
            return nobody("the rule has no targets");
        }
        let mut told = Vec::with_capacity(targets.len());
        for target in &targets {
            told.push(self.tell(tx, one, &rule, &event, target)?);
        }
        if told.iter().all(|told| told.messages.is_empty()) {
            return Ok((Outcome::Nobody, told));
        }
        store::note_told(tx, rule.id, &subject, one.at)?;
        Ok((Outcome::Told, told))
    }

    fn tell(
        &self,
        tx: &mut Tx<'_>,
        one: &Match,
        rule: &Rule,
        event: &Event,
        target: &Target,
    ) -> Result<Told> {
        let mut told = Told { list: target.list.clone(), id: target.id.clone(), ..Told::default() };
        let key = format!("event/{}/{}/{}", one.id, target.list, target.id);
        match &target.aim {
            Aim::ContactGroup { name, reach } => {
                let url = format!("{}{EVENT_PAGES}{}", self.public_url, event.id);
                let story = Story { rule, event, zone: &self.zone, url: &url };
                // Whoever is in two groups of the rule is told once, by each of the ways.
                let key = format!("event/{}/people", one.id);
                let notice = Notice { key: &key, purpose: PURPOSE, media: media(*reach), silenced: &[] };
                let recipients = Recipients { groups: vec![name.clone()], ..Recipients::default() };
                let content = |lang, medium| story.tell(lang, medium);
                let sent = Service::tell(tx, &one.account_id, &recipients, &notice, content)?;
                told.note = note(name, &sent);
                told.messages = sent.messages;
            }
            Aim::Webhook { url, get } => {
                let document = self.wording.document(rule, event);
                told.messages.extend(call(tx, &one.account_id, key, url, *get, &document)?);
            }
            Aim::Bridge { address, .. } => match self.bridges.url(address) {
                Some(url) => {
                    let document = self.wording.document(rule, event);
                    told.messages.extend(call(tx, &one.account_id, key, url, false, &document)?);
                }
                None => told.note = format!("no bridge leads to {address}"),
            },
        }
        Ok(told)
    }
}

/// Events of one subject silence each other.
fn subject(event: &Event) -> String {
    let facts = &event.facts;
    let dimensions = facts.dimensions.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    digest([facts.name.as_str(), facts.resource_id.as_str()].into_iter().chain(dimensions))
}

fn media(reach: Reach) -> &'static [Medium] {
    match reach {
        Reach::Call => &[Medium::Phone, Medium::Sms, Medium::Mail, Medium::DingTalk],
        Reach::Text => &[Medium::Sms, Medium::Mail, Medium::DingTalk],
        Reach::Write => &[Medium::Mail, Medium::DingTalk],
    }
}

/// Who of a group could not be told, and why.
fn note(group: &str, sent: &muster_notify::Told) -> String {
    if !sent.unknown.is_empty() {
        return format!("there is no contact group {group}");
    }
    if !sent.unreachable.is_empty() {
        return format!("without a usable channel: {}", sent.unreachable.join(", "));
    }
    if sent.messages.is_empty() {
        return "nobody who is not told already".to_owned();
    }
    String::new()
}

fn call(
    tx: &mut Tx<'_>,
    account_id: &str,
    key: String,
    url: &str,
    get: bool,
    document: &Value,
) -> Result<Option<i64>> {
    let mut content = Content { get, ..Content::default() };
    let target = if get {
        with_query(url, document)
    } else {
        content.body = document.to_string();
        "application/json".clone_into(&mut content.content_type);
        url.to_owned()
    };
    let message =
        NewMessage { key, purpose: PURPOSE, contact: None, medium: Medium::Webhook, target, content };
    Service::enqueue(tx, account_id, &message)
}

/// The address with the members of a document behind it; what is not a text stands there as JSON.
fn with_query(url: &str, document: &Value) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in document.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => query.append_pair(name, text),
            other => query.append_pair(name, &other.to_string()),
        };
    }
    let (address, fragment) = url.split_once('#').map_or((url, ""), |(address, rest)| (address, rest));
    let joint = match address {
        _ if address.ends_with(['?', '&']) => "",
        _ if address.contains('?') => "&",
        _ => "?",
    };
    let query = query.finish();
    if fragment.is_empty() {
        format!("{address}{joint}{query}")
    } else {
        format!("{address}{joint}{query}#{fragment}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_stands_in_an_address() {
        let document = json!({"name": "a b", "n": 1, "content": {"x": "y"}});
        let query = "name=a+b&n=1&content=%7B%22x%22%3A%22y%22%7D";
        for (url, expected) in [
            ("http://h/p", format!("http://h/p?{query}")),
            ("http://h/p?k=v", format!("http://h/p?k=v&{query}")),
            ("http://h/p?", format!("http://h/p?{query}")),
            ("http://h/p#f", format!("http://h/p?{query}#f")),
        ] {
            assert_eq!(with_query(url, &document), expected, "{url}");
        }
    }
}
