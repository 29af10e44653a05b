//! The records of rules.

use muster_alarms::Level;
use muster_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Category, Event, Kind};

/// A rule as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Number within this server.
    pub id: i64,
    /// The account it belongs to.
    pub account_id: String,
    /// The key within the account.
    pub name: String,
    /// What its owner wants.
    pub spec: RuleSpec,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was put last.
    pub updated_at: Timestamp,
}

/// A rule as its owner wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSpec {
    /// For people.
    pub description: String,
    /// Which events it looks at.
    pub kind: Kind,
    /// Whether it looks at any.
    pub enabled: bool,
    /// Only events in this group, by number.
    pub group_id: Option<i64>,
    /// How long nobody is told again of the same name and resource, in milliseconds.
    pub silence_ms: i64,
    /// An event must fit one of them.
    pub patterns: Vec<Pattern>,
}

/// What an event must be. What an event does not have, such as the level of a custom one, is not asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// From this source; from any where absent.
    pub source: Option<String>,
    /// Of these categories.
    pub categories: OneOf<Category>,
    /// Of these levels. A pattern knows three: a minor event counts as a major one.
    pub levels: OneOf<Level>,
    /// Of these names.
    pub names: OneOf<String>,
    /// In these states.
    pub states: OneOf<String>,
    /// What its content must hold; nothing where empty.
    pub keyword: String,
    /// A [`Filter`](super::Filter) over the event as its readers see it; none where empty.
    pub condition: String,
}

/// Which values will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OneOf<T> {
    /// All: nothing was said.
    #[default]
    Unsaid,
    /// All, and it was said.
    Any,
    /// One of these.
    These(Vec<T>),
}

/// Which rules are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// Whose name begins so.
    pub name_prefix: Option<String>,
    /// Of this group.
    pub group_id: Option<i64>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
}

/// Somebody or something that a rule tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Which of its owner's lists it stands in.
    pub list: String,
    /// Its key within that list.
    pub id: String,
    /// Who or what it is.
    pub aim: Aim,
}

/// Who or what is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// The people of a contact group.
    ContactGroup {
        /// Its name, as it is when they are told.
        name: String,
        /// By which ways.
        reach: Reach,
    },
    /// An address that is called.
    Webhook {
        /// The address.
        url: String,
        /// Whether the event stands in the address, in place of a body.
        get: bool,
    },
    /// Something in a vendor's cloud: told through a bridge that the operator configured.
    Bridge {
        /// What it is called there.
        address: String,
        /// Its parts, which the wire must give back.
        kept_for_wire: Value,
    },
}

/// How hard people are sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// By phone and all that follows.
    Call,
    /// By text message and all that follows.
    Text,
    /// By mail and robot.
    Write,
}

/// An event that fitted a rule, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The account.
    pub account_id: String,
    /// The rule.
    pub rule_id: i64,
    /// The rule's name at that time.
    pub rule_name: String,
    /// The event.
    pub event_id: i64,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The same for each target.
    pub told: Vec<Told>,
}

/// What became of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody has decided yet.
    Pending,
    /// Messages were queued.
    Told,
    /// Somebody was told of the same a short while before.
    Silenced,
    /// There was nobody to tell, or none could be reached.
    Nobody,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Pending, Self::Told, Self::Silenced, Self::Nobody];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Told => "told",
            Self::Silenced => "silenced",
            Self::Nobody => "nobody",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What became of a match for one of its rule's targets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The list in which the target stands; empty for what concerns the match as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub list: String,
    /// The target's key in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The messages of the outbox that were queued for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<i64>,
    /// Who or what could not be told, and why; empty when all were.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Which matches are wanted, newest first; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct MatchFilter {
    /// Of this event.
    pub event_id: Option<i64>,
    /// Only matches with a smaller number: the next page begins after the last one of this page.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// How the readers of a cloud's callbacks see an event: what is sent to targets, and what conditions look into.
pub trait Wording: Send + Sync {
    /// The event as an object.
    fn document(&self, rule: &Rule, event: &Event) -> Value;
}

/// Events in our own words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Wording for Plain {
    fn document(&self, rule: &Rule, event: &Event) -> Value {
        let facts = &event.facts;
        let content = serde_json::from_str(&facts.content).unwrap_or_else(|_| json!(facts.content));
        json!({"rule": rule.name, "source": facts.source, "name": facts.name, "content": content})
    }
}
