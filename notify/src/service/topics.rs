//! Topics, and who subscribes to them.

use std::collections::BTreeMap;

use muster_core::{Error, Page, PageRequest, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::Service;
use super::contacts::check_description;
use super::tell::{Notice, Recipients};
use crate::model::{ChannelKind, ContactFilter, Content, Medium, PutContact, PutContactGroup};
use crate::store::{contacts, topics};
use crate::topic::{NewTopic, Protocol, Subscription, SubscriptionFilter, Topic, TopicFilter, TopicPatch};
use crate::{address, names};

/// What `Error::NotFound` calls a topic.
const TOPIC: &str = "topic";
const SUBSCRIPTION: &str = "subscription";
const MOST_TOPICS: u64 = 3_000;
const LONGEST_TITLE: usize = 192;
const LONGEST_POLICY: usize = 30_000;
const MOST_TAGS: usize = 20;
const LONGEST_TAG_KEY: usize = 128;
const LONGEST_TAG_VALUE: usize = 255;
const LONGEST_REMARK: usize = 128;
/// What people of a topic are told by.
pub(crate) const MEDIA: [Medium; 3] = [Medium::Mail, Medium::Sms, Medium::DingTalk];

impl Service {
    /// Makes a topic in the caller's project, with a contact group of its name unless there is one; a topic of this name
    /// stays as it is. Whether it was made.
    ///
    /// # Errors
    /// `Invalid` on a bad name or title, `Quota` when the project has 3,000 topics.
    pub fn create_topic(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewTopic) -> Result<(Topic, bool)> {
        names::check("name", &new.name)?;
        check_title(&new.title)?;
        let account = &caller.account_id;
        if let Some(topic) = topics::find(tx, account, &new.key)? {
            return Ok((topic, false));
        }
        if topics::count(tx, scope(caller))? >= MOST_TOPICS {
            return Err(Error::Quota { what: "topics", limit: MOST_TOPICS });
        }
        let made_group = self.ensure_contact_group(tx, caller, &new.name)?;
        topics::insert(tx, scope(caller), new, made_group)?;
        Ok((self.get_topic(tx, caller, &new.key)?, true))
    }

    /// The topic with this name on the wire.
    ///
    /// # Errors
    /// `NotFound` "topic".
    pub fn get_topic(&self, tx: &mut Tx<'_>, caller: &Caller, key: &str) -> Result<Topic> {
        topics::find(tx, &caller.account_id, key)?.ok_or_else(|| Error::not_found(TOPIC, key))
    }

    /// Topics of the caller's project, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_topics(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &TopicFilter,
        page: PageRequest,
    ) -> Result<Page<Topic>> {
        topics::list(tx, scope(caller), filter, page)
    }

    /// Changes what is given; the topic as it is then.
    ///
    /// # Errors
    /// `NotFound` "topic", `Invalid` on a bad title, introduction, policy or tag.
    pub fn update_topic(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &str,
        patch: &TopicPatch,
    ) -> Result<Topic> {
        let mut topic = self.get_topic(tx, caller, key)?;
        if let Some(title) = &patch.title {
            check_title(title)?;
            topic.title.clone_from(title);
        }
        if let Some(introduction) = &patch.introduction {
            check_description(introduction)?;
            topic.introduction.clone_from(introduction);
        }
        if let Some(policy) = &patch.access_policy {
            if policy.len() > LONGEST_POLICY {
                let why = format!("must have at most {LONGEST_POLICY} bytes");
                return Err(Error::invalid("access_policy", why));
            }
            topic.access_policy.clone_from(policy);
        }
        if let Some(tags) = &patch.tags {
            check_tags(tags)?;
            topic.tags.clone_from(tags);
        }
        topics::update(tx, &topic)?;
        Ok(topic)
    }

    /// Removes a topic with its subscriptions, with the contacts that were made for them alone, and with the contact group
    /// if it was made for it.
    ///
    /// # Errors
    /// `NotFound` "topic".
    pub fn delete_topic(&self, tx: &mut Tx<'_>, caller: &Caller, key: &str) -> Result<()> {
        let topic = self.get_topic(tx, caller, key)?;
        let filter = SubscriptionFilter { topic_id: Some(topic.id), ..SubscriptionFilter::default() };
        for subscription in topics::subscriptions(tx, scope(caller), &filter, PageRequest::ALL)?.items {
            self.leave(tx, caller, &topic, &subscription)?;
        }
        let made_group = topics::delete(tx, topic.id)?;
        if made_group && !topics::any_with_group(tx, &caller.account_id, &topic.group)? {
            match self.delete_contact_group(tx, caller, &topic.group) {
                // Somebody may have removed it already.
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Subscribes an address; its subscription. A second time changes nothing. A person's address becomes a contact, if no
    /// contact has it yet, whose owner is asked to confirm it.
    ///
    /// # Errors
    /// `NotFound` "topic", `Invalid` on a bad address or remark, or when the topic's contact group is full.
    pub fn subscribe(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        topic: &str,
        to: (Protocol, &str),
        remark: &str,
    ) -> Result<Subscription> {
        let topic = self.get_topic(tx, caller, topic)?;
        check_remark(remark)?;
        let (protocol, endpoint) = to;
        let filter = SubscriptionFilter {
            topic_id: Some(topic.id),
            protocol: Some(protocol),
            endpoint: Some(endpoint.to_owned()),
            ..SubscriptionFilter::default()
        };
        let known = topics::subscriptions(tx, scope(caller), &filter, PageRequest { offset: 0, limit: 1 })?;
        if let Some(known) = known.items.into_iter().next() {
            return Ok(known);
        }
        let contact = match channel(protocol) {
            Some(kind) => Some(self.join(tx, caller, &topic, kind, endpoint)?),
            None if address::is_http_url(endpoint) => None,
            None => {
                let why = "must be an http or https address without user and password";
                return Err(Error::invalid("endpoint", why));
            }
        };
        let made = contact.as_ref().map(|(name, made)| (name.as_str(), *made));
        let uid = topics::subscribe(tx, scope(caller), topic.id, to, remark, made)?;
        self.get_subscription(tx, caller, &uid)
    }

    /// The contact with this address, in the topic's group; its name, and whether it was made for it.
    fn join(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        topic: &Topic,
        kind: ChannelKind,
        endpoint: &str,
    ) -> Result<(String, bool)> {
        address::check(kind, endpoint)?;
        let filter = ContactFilter {
            channel: Some(kind),
            channel_value: Some(endpoint.to_owned()),
            ..ContactFilter::default()
        };
        let found = self.list_contacts(tx, caller, &filter, PageRequest { offset: 0, limit: 1 })?;
        let (name, made) = match found.items.into_iter().next() {
            Some(contact) => (contact.name, false),
            None => {
                let name = self.free_name(tx, caller, endpoint)?;
                let channels = vec![(kind, endpoint.to_owned())];
                self.put_contact(
                    tx,
                    caller,
                    &PutContact { name: name.clone(), channels, ..PutContact::default() },
                )?;
                (name, true)
            }
        };
        self.ensure_contact_group(tx, caller, &topic.group)?;
        let mut members = self.get_contact_group(tx, caller, &topic.group)?.members;
        if !members.contains(&name) {
            members.push(name.clone());
            self.set_members(tx, caller, &topic.group, members)?;
        }
        Ok((name, made))
    }

    fn set_members(&self, tx: &mut Tx<'_>, caller: &Caller, group: &str, members: Vec<String>) -> Result<()> {
        let put =
            PutContactGroup { name: group.to_owned(), members: Some(members), ..PutContactGroup::default() };
        self.put_contact_group(tx, caller, &put).map(drop)
    }

    /// A name for the contact with this address that nobody has.
    fn free_name(&self, tx: &mut Tx<'_>, caller: &Caller, endpoint: &str) -> Result<String> {
        let base = name_of(endpoint);
        let mut name = base.clone();
        let mut number = 1;
        while contacts::exists(tx, &caller.account_id, &name)? {
            number += 1;
            let suffix = format!("-{number}");
            let kept: String = base.chars().take(names::LONGEST - suffix.len()).collect();
            name = kept + &suffix;
        }
        Ok(name)
    }

    /// The subscription with this uid.
    ///
    /// # Errors
    /// `NotFound` "subscription".
    pub fn get_subscription(&self, tx: &mut Tx<'_>, caller: &Caller, uid: &str) -> Result<Subscription> {
        let found = topics::subscription(tx, &caller.account_id, uid)?;
        found.ok_or_else(|| Error::not_found(SUBSCRIPTION, uid))
    }

    /// Subscriptions in the caller's project, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list_subscriptions(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        filter: &SubscriptionFilter,
        page: PageRequest,
    ) -> Result<Page<Subscription>> {
        topics::subscriptions(tx, scope(caller), filter, page)
    }

    /// Changes the remark of a subscription.
    ///
    /// # Errors
    /// `NotFound` "subscription", `Invalid` on a bad remark.
    pub fn update_subscription(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        uid: &str,
        remark: &str,
    ) -> Result<()> {
        let subscription = self.get_subscription(tx, caller, uid)?;
        check_remark(remark)?;
        topics::set_remark(tx, subscription.id, remark)
    }

    /// Ends a subscription: its contact leaves the topic's group, and is removed when it was made for subscriptions and
    /// nobody else names it.
    ///
    /// # Errors
    /// `NotFound` "subscription".
    pub fn unsubscribe(&self, tx: &mut Tx<'_>, caller: &Caller, uid: &str) -> Result<()> {
        let subscription = self.get_subscription(tx, caller, uid)?;
        let topic = self.get_topic(tx, caller, &subscription.topic)?;
        self.leave(tx, caller, &topic, &subscription)
    }

    fn leave(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        topic: &Topic,
        subscription: &Subscription,
    ) -> Result<()> {
        let made = topics::unsubscribe(tx, subscription.id)?;
        let Some(name) = &subscription.contact else { return Ok(()) };
        // A person may subscribe with an address of another kind too.
        let filter = SubscriptionFilter { topic_id: Some(topic.id), ..SubscriptionFilter::default() };
        let others = topics::subscriptions(tx, scope(caller), &filter, PageRequest::ALL)?.items;
        if !others.iter().any(|other| other.contact.as_ref() == Some(name)) {
            match self.get_contact_group(tx, caller, &topic.group) {
                Ok(group) => {
                    let members = group.members.into_iter().filter(|member| member != name).collect();
                    self.set_members(tx, caller, &topic.group, members)?;
                }
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if made && !topics::inherit_contact(tx, &caller.account_id, name)? {
            match self.get_contact(tx, caller, name) {
                Ok(contact) if contact.groups.is_empty() => self.delete_contact(tx, caller, name)?,
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Publishes a message to everybody who subscribes; its id, which `content` is given too.
    ///
    /// # Errors
    /// `NotFound` "topic".
    pub fn publish(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        topic: &str,
        content: impl Fn(Medium, &str) -> Content,
    ) -> Result<String> {
        let topic = self.get_topic(tx, caller, topic)?;
        let id = tx.new_uuid().simple().to_string();
        let key = format!("topic/{id}");
        let recipients = Recipients { topics: vec![topic.key], ..Recipients::default() };
        let notice = Notice { key: &key, purpose: "topic", media: &MEDIA, silenced: &[] };
        Self::tell(tx, &caller.account_id, &recipients, &notice, |_, medium| content(medium, &id))?;
        Ok(id)
    }
}

fn scope(caller: &Caller) -> (&str, &str) {
    (&caller.account_id, &caller.project_id)
}

fn channel(protocol: Protocol) -> Option<ChannelKind> {
    match protocol {
        Protocol::Mail => Some(ChannelKind::Mail),
        Protocol::Sms => Some(ChannelKind::Sms),
        Protocol::DingTalk => Some(ChannelKind::DingTalk),
        Protocol::Webhook => None,
    }
}

/// What a contact is called of whom nothing but the address is known.
fn name_of(endpoint: &str) -> String {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest));
    let readable = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+') { c } else { '-' };
    let name: String = host.replace('@', "-at-").chars().map(readable).take(names::LONGEST).collect();
    if name.is_empty() { "subscriber".to_owned() } else { name }
}

fn check_title(title: &str) -> Result<()> {
    if title.len() > LONGEST_TITLE || title.chars().any(char::is_control) {
        let why = format!("must have at most {LONGEST_TITLE} bytes without control characters");
        return Err(Error::invalid("display_name", why));
    }
    Ok(())
}

fn check_remark(remark: &str) -> Result<()> {
    check_description(remark)?;
    if remark.chars().count() > LONGEST_REMARK {
        return Err(Error::invalid("remark", format!("must have at most {LONGEST_REMARK} characters")));
    }
    Ok(())
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > MOST_TAGS {
        return Err(Error::invalid("tags", format!("must be at most {MOST_TAGS}")));
    }
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    let good = |(key, value): (&String, &String)| {
        !key.is_empty() && fits(key, LONGEST_TAG_KEY) && fits(value, LONGEST_TAG_VALUE)
    };
    if !tags.iter().all(good) {
        let why =
            "need keys of 1 to 128 characters and values of at most 255, none of them control characters";
        return Err(Error::invalid("tags", why));
    }
    Ok(())
}
