//! Cloud Eye's words for kinds, levels, operators and health.

use muster_resources::{Health, Joined, Kind, Level, Operator};

/// Spellings of one enumeration.
pub(in crate::cloudeye) struct Words<T: 'static>(pub(in crate::cloudeye) &'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Words<T> {
    /// What a word stands for; case matters.
    pub(in crate::cloudeye) fn read(&self, word: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }

    /// The word for a value.
    pub(in crate::cloudeye) fn write(&self, value: T) -> &'static str {
        self.0.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
    }

    /// All words, for people.
    pub(in crate::cloudeye) fn list(&self) -> String {
        self.0.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }
}

pub(super) const KINDS: Words<Kind> = Words(&[
    ("Manual", Kind::Manual),
    ("TAG", Kind::Tags),
    ("EPS", Kind::EnterpriseProjects),
    ("NAME", Kind::Names),
    ("COMB", Kind::Combination),
]);

pub(super) const LEVELS: Words<Level> =
    Words(&[("dimension", Level::Dimension), ("product", Level::Product)]);

pub(super) const OPERATORS: Words<Operator> = Words(&[
    ("equal", Operator::Equal),
    ("include", Operator::Contains),
    ("prefix", Operator::StartsWith),
    ("suffix", Operator::EndsWith),
    ("notInclude", Operator::NotContains),
    ("all", Operator::Any),
]);

pub(super) const JOINED: Words<Joined> = Words(&[("ALL", Joined::All), ("ANY", Joined::Any)]);

pub(super) const HEALTH_V2: Words<Health> = Words(&[
    ("health", Health::Healthy),
    ("unhealthy", Health::Unhealthy),
    ("no_alarm_rule", Health::NotWatched),
]);

/// The older version says `unhealth`.
pub(super) const HEALTH_V1: Words<Health> = Words(&[
    ("health", Health::Healthy),
    ("unhealth", Health::Unhealthy),
    ("no_alarm_rule", Health::NotWatched),
]);
