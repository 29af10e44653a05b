//! Telling people: from names of contacts and groups to messages in the outbox.

use std::collections::{BTreeMap, HashSet};

use muster_core::Result;
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use crate::model::{ChannelKind, ChannelState, Contact, Content, Lang, Medium, NewMessage};
use crate::store::{contacts, groups, topics};
use crate::texts;

/// Who is to be told, by name.
#[derive(Clone, Debug, Default)]
pub struct Recipients {
    /// Contact groups.
    pub groups: Vec<String>,
    /// Single contacts.
    pub contacts: Vec<String>,
    /// Topics, by their names on the wire: the people of their contact groups, and all callbacks that subscribe to them,
    /// whatever the media.
    pub topics: Vec<String>,
}

/// Something that happened and that people should know.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// What happened; telling the same key again tells nobody twice.
    pub key: &'a str,
    /// Why: `alarm`, `job`, `test` …
    pub purpose: &'static str,
    /// The ways that may be used. A phone call goes to the number for text messages.
    pub media: &'a [Medium],
    /// The ways among them that a rule closes at present, and the rule: such messages are noted and not sent.
    pub silenced: &'a [(Medium, String)],
}

/// Who was told, and who could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Ids of the messages that were queued now.
    pub messages: Vec<i64>,
    /// How many a rule has silenced.
    pub silenced: usize,
    /// Contacts without a usable channel.
    pub unreachable: Vec<String>,
    /// Names of groups and contacts that do not exist.
    pub unknown: Vec<String>,
}

impl Service {
    /// Queues one message for each usable channel of each contact among `recipients`, in the caller's
    /// transaction. Somebody who is reached by two groups is told once. `content` makes the text in a
    /// contact's language, for the way that it travels; a callback's has a body.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tell(
        tx: &mut Tx<'_>,
        account_id: &str,
        recipients: &Recipients,
        notice: &Notice<'_>,
        content: impl Fn(Lang, Medium) -> Content,
    ) -> Result<Told> {
        let mut told = Told::default();
        let mut people: BTreeMap<i64, Contact> = BTreeMap::new();
        for name in &recipients.groups {
            match groups::id(tx, account_id, name)? {
                Some(group) => people.extend(
                    contacts::of_group(tx, account_id, group)?
                        .into_iter()
                        .map(|contact| (contact.id, contact)),
                ),
                None => told.unknown.push(name.clone()),
            }
        }
        for name in &recipients.contacts {
            match contacts::find(tx, account_id, name)? {
                Some(contact) => drop(people.insert(contact.id, contact)),
                None => told.unknown.push(name.clone()),
            }
        }
        let mut callbacks = Vec::new();
        for key in &recipients.topics {
            let Some(topic) = topics::find(tx, account_id, key)? else {
                told.unknown.push(key.clone());
                continue;
            };
            if let Some(group) = groups::id(tx, account_id, &topic.group)? {
                let of_group = contacts::of_group(tx, account_id, group)?;
                people.extend(of_group.into_iter().map(|contact| (contact.id, contact)));
            }
            callbacks.extend(topics::callbacks(tx, topic.id)?);
        }
        for (subscription, target) in callbacks {
            let message = NewMessage {
                key: format!("{}/s{subscription}/{}", notice.key, Medium::Webhook.as_str()),
                purpose: notice.purpose,
                contact: None,
                medium: Medium::Webhook,
                target,
                content: content(Lang::default(), Medium::Webhook),
            };
            told.messages.extend(Self::enqueue(tx, account_id, &message)?);
        }
        let mut addressed = HashSet::new();
        for contact in people.into_values() {
            let mut reachable = false;
            for medium in notice.media {
                let channel = kind(*medium).and_then(|kind| contact.channel(kind));
                let Some(channel) = channel.filter(|channel| channel.state == ChannelState::Active) else {
                    continue;
                };
                reachable = true;
                // Two contacts may share an address.
                if !addressed.insert((*medium, channel.value.clone())) {
                    continue;
                }
                let message = NewMessage {
                    key: format!("{}/{}/{}", notice.key, contact.id, medium.as_str()),
                    purpose: notice.purpose,
                    contact: Some(contact.name.clone()),
                    medium: *medium,
                    target: channel.value.clone(),
                    content: content(contact.lang, *medium),
                };
                match notice.silenced.iter().find(|(silenced, _)| silenced == medium) {
                    Some((_, why)) => {
                        let noted = Self::note_silenced(tx, account_id, &message, why)?;
                        told.silenced += usize::from(noted.is_some());
                    }
                    None => told.messages.extend(Self::enqueue(tx, account_id, &message)?),
                }
            }
            if !reachable {
                told.unreachable.push(contact.name);
            }
        }
        Ok(told)
    }

    /// Sends a test message to every usable channel of a contact.
    ///
    /// # Errors
    /// `NotFound` "contact".
    pub fn test_contact(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Told> {
        self.get_contact(tx, caller, name)?;
        let key = format!("test/{}", tx.new_id()?);
        let recipients = Recipients { contacts: vec![name.to_owned()], ..Recipients::default() };
        let media = [Medium::Mail, Medium::Sms, Medium::DingTalk];
        let notice = Notice { key: &key, purpose: "test", media: &media, silenced: &[] };
        Self::tell(tx, &caller.account_id, &recipients, &notice, |lang, _| texts::test(lang, name))
    }
}

/// The channel of a contact that a message travels to.
fn kind(medium: Medium) -> Option<ChannelKind> {
    match medium {
        Medium::Mail => Some(ChannelKind::Mail),
        Medium::Sms | Medium::Phone => Some(ChannelKind::Sms),
        Medium::DingTalk => Some(ChannelKind::DingTalk),
        Medium::Webhook => None,
    }
}
