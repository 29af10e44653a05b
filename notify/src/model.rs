//! The records of this feature: people, groups of people, and messages to them.

use muster_core::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// The language in which a contact is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Lang {
    /// The tag on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-cn",
        }
    }

    /// Reads a tag; `None` if there is no such language here.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag {
            "en" => Some(Self::En),
            "zh-cn" => Some(Self::ZhCn),
            _ => None,
        }
    }
}

/// A way to reach a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChannelKind {
    /// E-mail.
    Mail,
    /// Text messages.
    Sms,
    /// A DingTalk group robot.
    DingTalk,
    /// Aliwangwang: kept and shown, never delivered to.
    AliIm,
}

impl ChannelKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Mail, Self::Sms, Self::DingTalk, Self::AliIm];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::DingTalk => "dingtalk",
            Self::AliIm => "aliim",
        }
    }

    /// Reads the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the owner of the address must confirm it first.
    pub fn needs_activation(self) -> bool {
        matches!(self, Self::Mail | Self::Sms)
    }
}

/// Whether a channel may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Its owner has not confirmed it yet.
    Pending,
    /// Messages go to it.
    Active,
}

impl ChannelState {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Active].into_iter().find(|state| state.as_str() == word)
    }
}

/// One channel of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// What it is.
    pub kind: ChannelKind,
    /// Address, number or URL.
    pub value: String,
    /// Whether it may be used.
    pub state: ChannelState,
}

/// Somebody who can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Number within this server.
    pub id: i64,
    /// The key within the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The language of messages.
    pub lang: Lang,
    /// At most one channel of each kind, in the order of [`ChannelKind::ALL`].
    pub channels: Vec<Channel>,
    /// Names of the groups that hold the contact, oldest first.
    pub groups: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last put.
    pub updated_at: Timestamp,
}

impl Contact {
    /// The channel of `kind`, in whatever state.
    pub fn channel(&self, kind: ChannelKind) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.kind == kind)
    }
}

/// A contact as its owner wants it: made if it is new, changed if it exists.
#[derive(Clone, Debug, Default)]
pub struct PutContact {
    /// The key.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Kept when absent; the server's default for a new contact.
    pub lang: Option<Lang>,
    /// All wanted channels: those not named here are removed.
    pub channels: Vec<(ChannelKind, String)>,
}

/// Which contacts are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct ContactFilter {
    /// Exactly this name.
    pub name: Option<String>,
    /// Has a channel of this kind, active or not.
    pub channel: Option<ChannelKind>,
    /// Has a channel with exactly this value (of the kind above, if that is given).
    pub channel_value: Option<String>,
    /// The name begins with this.
    pub name_prefix: Option<String>,
}

/// People who are told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactGroup {
    /// Number within this server.
    pub id: i64,
    /// The key within the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether the members want the weekly report.
    pub subscribed: bool,
    /// Names of members in the order given; a name without a contact waits for one.
    pub members: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last put.
    pub updated_at: Timestamp,
}

/// A contact group as its owner wants it; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PutContactGroup {
    /// The key.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Whether the members want the weekly report.
    pub subscribed: Option<bool>,
    /// The members in place of the former ones; repeated names count once.
    pub members: Option<Vec<String>>,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// SMTP, or a file where no gateway is configured.
    Mail,
    /// The operator's SMS gateway.
    Sms,
    /// The operator's phone gateway.
    Phone,
    /// A DingTalk robot.
    DingTalk,
    /// An HTTP callback.
    Webhook,
}

impl Medium {
    const ALL: [Self; 5] = [Self::Mail, Self::Sms, Self::Phone, Self::DingTalk, Self::Webhook];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Phone => "phone",
            Self::DingTalk => "dingtalk",
            Self::Webhook => "webhook",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|medium| medium.as_str() == word)
    }
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// One line: a mail's subject, a robot's title.
    pub subject: String,
    /// The text for people: a mail's plain part, a robot's Markdown, an SMS.
    pub text: String,
    /// A mail's second part; made from `text` when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub html: String,
    /// The key of an earlier message that this one answers: mail programs then show the two together.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub references: String,
    /// Of a robot's text: whether everybody in the chat is called.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_all: bool,
    /// Of a webhook: the body, as it goes out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Of a webhook: what the body is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content_type: String,
    /// Of a webhook: whether the address is asked for, without a body, in place of a post.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub get: bool,
}

/// A message to be sent once.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// What it is about; a second message with the same key is not queued within one account.
    pub key: String,
    /// Why it is sent: `activation`, `alarm`, `test` …
    pub purpose: &'static str,
    /// The contact it is for, if it is for one.
    pub contact: Option<String>,
    /// How it travels.
    pub medium: Medium,
    /// Address, number or URL.
    pub target: String,
    /// What it says.
    pub content: Content,
}

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// Waits for its next attempt.
    Queued,
    /// An attempt is under way.
    Sending,
    /// The gateway or the target has taken it over.
    Delivered,
    /// No gateway is configured: it was written into the outbox folder.
    Written,
    /// It was given up; the last attempt says why.
    Failed,
    /// It was withdrawn before it went out, because its contact or channel was removed.
    Cancelled,
    /// A rule kept it from being sent; the detail says which.
    Silenced,
}

impl MessageState {
    /// All states, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sending,
        Self::Delivered,
        Self::Written,
        Self::Failed,
        Self::Cancelled,
        Self::Silenced,
    ];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Written => "written",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Silenced => "silenced",
        }
    }

    /// Reads the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub struct Message {
    /// Number within this server.
    pub id: i64,
    /// What it is about; repeats of one message carry the same key.
    pub key: String,
    /// Why it is sent.
    pub purpose: String,
    /// The contact it is for, if it is for one.
    pub contact: Option<String>,
    /// How it travels.
    pub medium: Medium,
    /// Address, number or URL.
    pub target: String,
    /// What it says.
    pub content: Content,
    /// What has become of it.
    pub state: MessageState,
    /// What the gateway said last, or why the message was withdrawn.
    pub detail: String,
    /// Attempts begun so far.
    pub attempts: i64,
    /// When the next attempt is due, while it is queued.
    pub next_attempt_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it reached its last state.
    pub finished_at: Option<Timestamp>,
}

/// One try to hand a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When its end was written down; absent while it runs, or when the server was killed in the middle of
    /// it.
    pub finished_at: Option<Timestamp>,
    /// `running`, `delivered`, `written`, `retry`, `failed`, or `interrupted`.
    pub outcome: String,
    /// What the gateway said.
    pub detail: String,
}

/// Which messages are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// In this state.
    pub state: Option<MessageState>,
    /// For this contact.
    pub contact: Option<String>,
    /// Only messages with a smaller number: the next page begins after the last one of this page.
    pub before: Option<i64>,
}

/// A word of the store that this program does not know: a newer version wrote it, or the row is damaged.
pub(crate) fn stored<T>(parsed: Option<T>, column: &str, word: &str) -> Result<T> {
    parsed.ok_or_else(|| Error::internal(format!("unknown {column} {word:?} in the store")))
}
