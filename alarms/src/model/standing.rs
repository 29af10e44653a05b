//! How things stand, what happened to them, and what people were told.

use std::sync::Arc;

use muster_core::Timestamp;
use muster_metrics::Sample;

use super::rule::{Dimensions, Level, Rule};
use super::words::words;

/// How a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is known: no point yet, or none for too long.
    Unknown,
    /// The condition is not met.
    Ok,
    /// It is met, at this level.
    Alarm(Level),
}

impl State {
    /// The level, in alarm.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Alarm(level) => Some(level),
            Self::Unknown | Self::Ok => None,
        }
    }

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Alarm(level) => level.as_str(),
        }
    }

    /// The one with this word.
    pub fn from_text(word: &str) -> Option<Self> {
        match word {
            "unknown" => Some(Self::Unknown),
            "ok" => Some(Self::Ok),
            level => Level::from_text(level).map(Self::Alarm),
        }
    }

    /// The worse of two: an alarm is worse than not knowing, which is worse than nothing.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |state| match state {
            Self::Alarm(level) => 4 - level as i8,
            Self::Unknown => 0,
            Self::Ok => -1,
        };
        if rank(self) >= rank(other) { self } else { other }
    }
}

impl muster_db::ToValue for State {
    fn to_value(&self) -> muster_db::Value<'_> {
        muster_db::Value::Text(self.as_str().into())
    }
}

/// A policy on one series: what has a state. Kept on disk from its first change on.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The rule's number.
    pub rule_id: i64,
    /// The policy's number.
    pub policy_id: i64,
    /// Of the series; empty for a policy that is evaluated once over all.
    pub dimensions: Dimensions,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The episode that is open.
    pub episode_id: Option<i64>,
    /// When people were told last in this episode.
    pub told_at: Option<Timestamp>,
    /// The last point that was looked at.
    pub last: Option<Sample>,
}

/// One alarm from its beginning to its end, as the rule was at that time.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The rule as it was.
    pub rule: Arc<Rule>,
    /// Which of its policies.
    pub policy_id: i64,
    /// Of the series.
    pub dimensions: Dimensions,
    /// The level.
    pub level: Level,
    /// Whether and how it ended.
    pub ending: Ending,
    /// Whether a mask kept people from being told when it began.
    pub masked: bool,
    /// When it began.
    pub began_at: Timestamp,
    /// When the condition was met last.
    pub last_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When this row changed last.
    pub updated_at: Timestamp,
    /// The points that began it.
    pub points: Vec<Sample>,
    /// The event that began it.
    pub event_id: Option<i64>,
}

words! {
    /// Whether and how an episode ended.
    Ending {
        /// It goes on.
        Open = "open",
        /// The condition is no longer met.
        Recovered = "recovered",
        /// Another level took its place.
        LevelChanged = "level_changed",
        /// Data stopped.
        NoData = "no_data",
        /// Its rule was disabled, changed or deleted, or the thing left the rule's target.
        Invalid = "invalid",
        /// Somebody closed it.
        ByHand = "by_hand",
    }
}

/// What people were told at one moment of an episode, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The episode.
    pub episode_id: i64,
    /// What happened.
    pub kind: NoticeKind,
    /// How it stood before.
    pub before: State,
    /// How it stands now.
    pub after: State,
    /// The figure.
    pub value: Option<f64>,
    /// What became of it.
    pub delivery: Delivery,
    /// Keys of the outbox's messages begin so; each ends in the contact and the way.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

words! {
    /// What happened at one moment of an episode.
    NoticeKind {
        /// It began.
        Began = "began",
        /// It goes on.
        GoesOn = "goes_on",
        /// Its level is another.
        LevelChanged = "level_changed",
        /// It is over.
        Recovered = "recovered",
        /// Data stopped.
        NoData = "no_data",
    }
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Messages were queued, or a webhook was called.
    Told,
    /// It is not the hour.
    Gap(Gap),
    /// A mask covers it: its number and name.
    Masked {
        /// The mask's number.
        mask_id: i64,
        /// Its id on the wire.
        key: String,
        /// Its name at that time.
        name: String,
    },
    /// The rule tells nobody, or none of those it names can be reached.
    Nobody,
}

words! {
    /// Why nobody is told at this hour.
    Gap {
        /// Outside of the rule's hours.
        Hours = "hours",
        /// Too soon after the last message.
        Repeat = "repeat",
    }
}
