//! Topics: names under which messages are published, and who subscribes to them.
//!
//! A topic is a contact group with a name on a wire. Whoever subscribes with an address of a person becomes a contact in
//! the group, and confirms as every contact does; a callback is the subscription's own. So people may be moved in and out
//! from either side, and whatever tells contact groups can tell topics.

use std::collections::BTreeMap;

use muster_core::Timestamp;

/// Somewhere to publish to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Number within this server.
    pub id: i64,
    /// 32 hexadecimal digits.
    pub uid: String,
    /// Its name on the wire, unique within the account.
    pub key: String,
    /// Its name, unique within the project.
    pub name: String,
    /// What mails name as their sender.
    pub title: String,
    /// Free text.
    pub introduction: String,
    /// Who may publish, in the vendor's words: kept for its wire, since rights are policies' here.
    pub access_policy: String,
    /// Tags, sorted by key.
    pub tags: BTreeMap<String, String>,
    /// The enterprise project that owns it.
    pub enterprise_project_id: String,
    /// The contact group of its people.
    pub group: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is needed to make a topic.
#[derive(Clone, Debug, Default)]
pub struct NewTopic {
    /// Its name on the wire.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What mails name as their sender.
    pub title: String,
    /// The enterprise project that owns it.
    pub enterprise_project_id: String,
}

/// What is to change about a topic. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TopicPatch {
    /// What mails name as their sender.
    pub title: Option<String>,
    /// Free text.
    pub introduction: Option<String>,
    /// The vendor's policy.
    pub access_policy: Option<String>,
    /// All tags.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Which topics are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct TopicFilter {
    /// With this name.
    pub name: Option<String>,
    /// With this in its name.
    pub name_contains: Option<String>,
    /// With this in its title.
    pub title_contains: Option<String>,
    /// With this uid.
    pub uid: Option<String>,
    /// Owned by this enterprise project.
    pub enterprise_project_id: Option<String>,
}

/// How a subscriber is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// E-mail.
    Mail,
    /// Text messages.
    Sms,
    /// A DingTalk robot.
    DingTalk,
    /// A callback.
    Webhook,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Mail, Self::Sms, Self::DingTalk, Self::Webhook];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::DingTalk => "dingtalk",
            Self::Webhook => "webhook",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == word)
    }
}

/// A subscriber of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Number within this server.
    pub id: i64,
    /// 32 hexadecimal digits.
    pub uid: String,
    /// The topic's name on the wire.
    pub topic: String,
    /// How the subscriber is reached.
    pub protocol: Protocol,
    /// Where.
    pub endpoint: String,
    /// Free text.
    pub remark: String,
    /// The contact that it made or found; none for a callback.
    pub contact: Option<String>,
    /// Whether messages reach the subscriber.
    pub standing: Standing,
}

/// Whether messages reach a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not before the owner of the address has confirmed it.
    Unconfirmed,
    /// They do.
    Confirmed,
    /// The contact has left the group, or has another address now.
    Cancelled,
}

/// Which subscriptions are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionFilter {
    /// Of this topic, by number.
    pub topic_id: Option<i64>,
    /// Reached so.
    pub protocol: Option<Protocol>,
    /// Whose endpoint begins with this: `http:` and `https:` are one protocol here.
    pub scheme: Option<&'static str>,
    /// With exactly this endpoint.
    pub endpoint: Option<String>,
    /// With this in the remark.
    pub remark_contains: Option<String>,
    /// That stand so.
    pub standing: Option<Standing>,
}
