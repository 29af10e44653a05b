//! Telling people: from names of contacts and groups to messages in the outbox.

use std::collections::BTreeMap;

use muster_core::Result;
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use crate::engine;
use crate::model::{ChannelKind, ChannelState, Contact, Content, Lang, Medium, NewMessage};
use crate::store::{contacts, groups, messages};
use crate::texts;

/// Who is to be told, by name.
#[derive(Clone, Debug, Default)]
pub struct Recipients {
    /// Contact groups.
    pub groups: Vec<String>,
    /// Single contacts.
    pub contacts: Vec<String>,
}

/// Something that happened and that people should know.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// What happened; telling the same key again tells nobody twice.
    pub key: &'a str,
    /// Why: `alarm`, `job`, `test` …
    pub purpose: &'static str,
    /// The channels that may be used.
    pub channels: &'a [ChannelKind],
}

/// Who was told, and who could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Ids of the messages that were queued now.
    pub messages: Vec<i64>,
    /// Contacts without a usable channel.
    pub unreachable: Vec<String>,
    /// Names of groups and contacts that do not exist.
    pub unknown: Vec<String>,
}

impl Service {
    /// Queues one message for each usable channel of each contact among `recipients`, in the caller's
    /// transaction. Somebody who is reached by two groups is told once. `content` makes the text in a
    /// contact's language.
    pub fn tell(
        tx: &mut Tx<'_>,
        account_id: &str,
        recipients: &Recipients,
        notice: &Notice<'_>,
        content: impl Fn(Lang) -> Content,
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
        for contact in people.into_values() {
            let mut reachable = false;
            for channel in &contact.channels {
                let Some(medium) = medium(channel.kind) else { continue };
                if channel.state != ChannelState::Active || !notice.channels.contains(&channel.kind) {
                    continue;
                }
                reachable = true;
                let message = NewMessage {
                    key: format!("{}/{}/{}", notice.key, contact.id, channel.kind.as_str()),
                    purpose: notice.purpose,
                    contact: Some(contact.name.clone()),
                    medium,
                    target: channel.value.clone(),
                    content: content(contact.lang),
                };
                told.messages.extend(messages::insert(tx, account_id, &message)?);
            }
            if !reachable {
                told.unreachable.push(contact.name);
            }
        }
        if !told.messages.is_empty() {
            tx.signal(engine::DELIVER);
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
        let notice = Notice { key: &key, purpose: "test", channels: &ChannelKind::ALL };
        Self::tell(tx, &caller.account_id, &recipients, &notice, |lang| texts::test(lang, name))
    }
}

/// How a channel is served; `None` for one that is only kept.
fn medium(kind: ChannelKind) -> Option<Medium> {
    match kind {
        ChannelKind::Mail => Some(Medium::Mail),
        ChannelKind::Sms => Some(Medium::Sms),
        ChannelKind::DingTalk => Some(Medium::DingTalk),
        ChannelKind::AliIm => None,
    }
}
