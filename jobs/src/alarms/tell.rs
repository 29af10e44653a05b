//! The engine that tells: it decides about each alarm who is told, and queues the messages.

use std::time::Duration;

use jiff::tz::TimeZone;
use muster_core::{Engine, Result};
use muster_db::{Db, Tx};
use muster_notify::{Content, Lang, Medium, NewMessage, Notice, Service, Told};

use super::model::{Alarm, AlarmKind, Outcome};
use super::recipients::{Audience, target};
use super::store;
use super::text::Story;
use crate::app_groups;

/// Alarms in one transaction.
const BATCH: usize = 100;
/// Why a message is sent.
const PURPOSE: &str = "job";

/// Tells people.
pub struct Tell {
    db: Db,
    zone: TimeZone,
    lang: Lang,
    public_url: String,
}

impl Tell {
    /// `zone` is that of times in messages and of policies that name none; `lang` the language of people of whom
    /// nothing but an address is known; `public_url` how people reach the pages.
    pub fn new(db: Db, zone: TimeZone, lang: Lang, public_url: &str) -> Self {
        Self { db, zone, lang, public_url: public_url.trim_end_matches('/').to_owned() }
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
            let teller =
                Teller { zone: self.zone.clone(), lang: self.lang, public_url: self.public_url.clone() };
            self.db.write_blocking(move |tx| {
                for (account, alarm) in store::pending(tx, BATCH)? {
                    teller.tell(tx, &account, &alarm)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

struct Teller {
    zone: TimeZone,
    lang: Lang,
    public_url: String,
}

impl Teller {
    fn tell(&self, tx: &mut Tx<'_>, account: &str, alarm: &Alarm) -> Result<()> {
        let Some(group) = app_groups::by_number(tx, alarm.app_group)? else {
            return store::settle(tx, alarm.id, Outcome::Nobody, 0, 0, "its application group is gone");
        };
        let audience = Audience::of(tx, account, &group, &alarm.facts.monitor, alarm.at, &self.zone)?;
        if audience.is_empty() {
            let note = match alarm.kind {
                AlarmKind::WorkflowFailed => "its group names nobody",
                _ => "neither the job nor its group names anybody",
            };
            return store::settle(tx, alarm.id, Outcome::Nobody, 0, 0, note);
        }
        let story = Story::of(tx, alarm, &group, &self.zone, &self.public_url)?;
        let content = |lang, medium| Content { at_all: audience.at_all, ..story.tell(lang, medium) };
        let key = format!("job-alarm/{}", alarm.id);
        let notice =
            Notice { key: &key, purpose: PURPOSE, media: &audience.media, silenced: &audience.silenced };
        let mut told = Service::tell(tx, account, &audience.named, &notice, content)?;
        for (place, contact) in audience.custom.iter().enumerate() {
            let mut is_reachable = false;
            for medium in &audience.media {
                let Some(target) = target(contact, *medium) else { continue };
                is_reachable = true;
                let message = NewMessage {
                    key: format!("{key}/custom-{place}/{}", medium.as_str()),
                    purpose: PURPOSE,
                    contact: None,
                    medium: *medium,
                    target: target.to_owned(),
                    content: content(self.lang, *medium),
                };
                match audience.silenced.iter().find(|(silenced, _)| silenced == medium) {
                    Some((_, why)) => {
                        let noted = Service::note_silenced(tx, account, &message, why)?;
                        told.silenced += usize::from(noted.is_some());
                    }
                    None => told.messages.extend(Service::enqueue(tx, account, &message)?),
                }
            }
            if !is_reachable {
                told.unreachable.push(contact.name.clone());
            }
        }
        settle(tx, alarm, &told, &audience.media)
    }
}

fn settle(tx: &mut Tx<'_>, alarm: &Alarm, told: &Told, media: &[Medium]) -> Result<()> {
    let outcome = match (told.messages.len(), told.silenced) {
        (0, 0) => Outcome::Nobody,
        (0, _) => Outcome::Silenced,
        _ => Outcome::Told,
    };
    let mut notes = Vec::new();
    if !told.unreachable.is_empty() {
        let ways: Vec<&str> = media.iter().map(|medium| medium.as_str()).collect();
        notes.push(format!("cannot be reached by {}: {}", ways.join(", "), told.unreachable.join(", ")));
    }
    if !told.unknown.is_empty() {
        notes.push(format!("unknown: {}", told.unknown.join(", ")));
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    store::settle(tx, alarm.id, outcome, count(told.messages.len()), count(told.silenced), &notes.join("; "))
}
