//! Telling: who hears of what happened to a unit, by which ways, in which words.
//!
//! Everything is decided at the moment at which it is told: the members of contact groups, the hours, the masks. What
//! people are told stands in the outbox in the same transaction as what happened.

mod hours;
mod text;

use std::sync::Arc;

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_metrics::Sample;
use muster_notify::{Content, Medium, NewMessage, Notice, Recipients, Service};

use crate::masks;
use crate::model::{Delivery, Dimensions, Gap, Level, NoticeKind, Origin, Policy, Recipient, Rule, State};

pub use text::condition;

/// Where the page of an episode lies below the public URL; its number follows.
pub const EPISODE_PAGES: &str = "/console/alarms/";
/// Why messages are sent.
const PURPOSE: &str = "alarm";

/// What happened to a unit, for whoever writes about it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'f> {
    /// The rule as it is.
    pub rule: &'f Rule,
    /// Which of its policies.
    pub policy: &'f Policy,
    /// The unit.
    pub dimensions: &'f Dimensions,
    /// The episode's number.
    pub episode_id: i64,
    /// The notice's number.
    pub notice_id: i64,
    /// What happened.
    pub kind: NoticeKind,
    /// How it stood before.
    pub before: State,
    /// How it stands now.
    pub after: State,
    /// The level that this is about: of the alarm, or of the one that is over.
    pub level: Level,
    /// The point, if there is one.
    pub point: Option<Sample>,
    /// When the alarm began.
    pub began_at: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// An HTTP call that tells something of what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Where to.
    pub url: String,
    /// The body, as it goes out.
    pub body: String,
    /// What the body is.
    pub content_type: String,
}

/// The words in which an API's webhooks are written, and the bridges to what it names beyond this server.
pub trait Webhooks: Send + Sync {
    /// The call to the rule's own address.
    ///
    /// # Errors
    /// Those of the store.
    fn webhook(&self, tx: &mut Tx<'_>, url: &str, facts: &Facts<'_>) -> Result<Option<Callback>>;

    /// The call that stands for a target in the vendor's cloud, if the operator has configured a bridge to it.
    ///
    /// # Errors
    /// Those of the store.
    fn bridge(&self, tx: &mut Tx<'_>, name: &str, facts: &Facts<'_>) -> Result<Option<Callback>>;
}

/// By which ways people are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Phone, text message, mail and robot for what is critical; without phone for what is major; mail and robot for
    /// the rest.
    #[default]
    ByLevel,
    /// Mail and robot, whatever the level.
    MailAndRobot,
}

impl Profile {
    fn media(self, level: Level) -> &'static [Medium] {
        match (self, level) {
            (Self::ByLevel, Level::Critical) => &[Medium::Phone, Medium::Sms, Medium::Mail, Medium::DingTalk],
            (Self::ByLevel, Level::Major) => &[Medium::Sms, Medium::Mail, Medium::DingTalk],
            _ => &[Medium::Mail, Medium::DingTalk],
        }
    }
}

/// Tells people. Clones share what they know.
#[derive(Clone)]
pub struct Teller {
    masks: Arc<masks::Service>,
    zone: TimeZone,
    public_url: String,
    region: String,
    profile: Profile,
    webhooks: Vec<(Origin, Arc<dyn Webhooks>)>,
}

impl Teller {
    /// Tells people what no mask covers. `zone` is that of times and hours that name none; `public_url` how people
    /// reach this server; `region` what it calls itself.
    pub fn new(masks: Arc<masks::Service>, zone: TimeZone, public_url: &str, region: &str) -> Self {
        Self {
            masks,
            zone,
            public_url: public_url.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
            profile: Profile::default(),
            webhooks: Vec::new(),
        }
    }

    /// The same by these ways.
    #[must_use]
    pub fn by(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same, and calls the webhooks of rules that were made by `origin`.
    #[must_use]
    pub fn calling(mut self, origin: Origin, webhooks: Arc<dyn Webhooks>) -> Self {
        self.webhooks.push((origin, webhooks));
        self
    }

    /// The mask that covers a unit now.
    pub(crate) fn mask(
        &self,
        tx: &mut Tx<'_>,
        rule: &Rule,
        policy: &Policy,
        dimensions: &Dimensions,
        groups: &[i64],
    ) -> Result<Option<masks::Mask>> {
        let now = tx.now();
        let masks = self.masks.snapshot(tx, &rule.account_id)?;
        if masks.is_empty() {
            return Ok(None);
        }
        let mut all = groups.to_vec();
        all.extend(rule.spec.target.group_id());
        Ok(masks.covering(&masks::Question::of(rule, policy, dimensions, &all), now).cloned())
    }

    /// Tells people, or says why not. `mask` is the one that covers the unit.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        facts: &Facts<'_>,
        mask: Option<&masks::Mask>,
    ) -> Result<Delivery> {
        let (rule, telling) = (facts.rule, &facts.rule.spec.telling);
        if !hours::are_now(telling, facts.at, &self.zone) {
            return Ok(Delivery::Gap(Gap::Hours));
        }
        if let Some(mask) = mask {
            let (key, name) = (mask.key.clone(), mask.spec.name.clone());
            return Ok(Delivery::Masked { mask_id: mask.id, key, name });
        }
        let heard = match facts.kind {
            NoticeKind::Recovered => &telling.recovery,
            _ => &telling.alarm,
        };
        if !telling.on || (facts.kind == NoticeKind::Recovered && telling.recovery_is_silent) {
            return Ok(Delivery::Nobody);
        }
        let key = message_key(facts.episode_id, facts.notice_id);
        let mut told = self.tell_people(tx, facts, heard, &key)?;
        let wanted = telling.webhook.as_deref();
        let port = self.webhooks.iter().find(|(origin, _)| *origin == rule.origin).map(|(_, port)| port);
        if let (Some(url), Some(port)) = (wanted, port)
            && let Some(callback) = port.webhook(tx, url, facts)?
        {
            told |= call(tx, &rule.account_id, format!("{key}/webhook"), callback)?;
        }
        for recipient in heard {
            if let (Recipient::Bridge { id, name, level }, Some(port)) = (recipient, port)
                && level.is_none_or(|level| level == facts.level)
                && let Some(callback) = port.bridge(tx, name, facts)?
            {
                told |= call(tx, &rule.account_id, format!("{key}/bridge/{id}"), callback)?;
            }
        }
        Ok(if told { Delivery::Told } else { Delivery::Nobody })
    }

    fn tell_people(
        &self,
        tx: &mut Tx<'_>,
        facts: &Facts<'_>,
        heard: &[Recipient],
        key: &str,
    ) -> Result<bool> {
        let account_id = facts.rule.account_id.as_str();
        let mut people = Recipients::default();
        for recipient in heard {
            match recipient {
                Recipient::ContactGroup(name) => people.groups.push(name.clone()),
                Recipient::Contact(name) => people.contacts.push(name.clone()),
                Recipient::Topic(name) => people.topics.push(name.clone()),
                Recipient::Bridge { .. } => {}
            }
        }
        if people.groups.is_empty() && people.contacts.is_empty() && people.topics.is_empty() {
            return Ok(false);
        }
        let story = text::Story::new(facts, &self.zone, &self.public_url, &self.region, &people.groups);
        let notice = Notice { key, purpose: PURPOSE, media: self.profile.media(facts.level), silenced: &[] };
        let told = Service::tell(tx, account_id, &people, &notice, |lang, medium| story.tell(lang, medium))?;
        Ok(!told.messages.is_empty())
    }
}

/// What the keys of all messages of an episode begin with, before a slash.
pub fn episode_key(episode_id: i64) -> String {
    format!("alarm/{episode_id}")
}

/// What the keys of all messages of a notice begin with.
pub(crate) fn message_key(episode_id: i64, notice_id: i64) -> String {
    format!("{}/{notice_id}", episode_key(episode_id))
}

fn call(tx: &mut Tx<'_>, account_id: &str, key: String, callback: Callback) -> Result<bool> {
    let content = Content { body: callback.body, content_type: callback.content_type, ..Content::default() };
    let message = NewMessage {
        key,
        purpose: PURPOSE,
        contact: None,
        medium: Medium::Webhook,
        target: callback.url,
        content,
    };
    Ok(Service::enqueue(tx, account_id, &message)?.is_some())
}
