//! What a mask is.

use muster_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::When;
use crate::{Dimensions, Origin};

/// By which means a mask was made. Each has lists of its own, and covers only rules of its own API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Cloud Eye's notification masks.
    Notification,
    /// CloudMonitor's blacklists.
    Blacklist,
    /// CloudMonitor's policies that pause the messages of a group.
    Pause,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Notification, Self::Blacklist, Self::Pause];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Blacklist => "blacklist",
            Self::Pause => "pause",
        }
    }

    /// Whose rules it may cover.
    pub fn origin(self) -> Origin {
        match self {
            Self::Notification => Origin::CloudEye,
            Self::Blacklist | Self::Pause => Origin::CloudMonitor,
        }
    }
}

/// A mask as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// By which means it was made.
    pub kind: Kind,
    /// The project whose rules it covers; empty where it covers those of the whole account.
    pub project_id: String,
    /// Its id on the wire, unique within project and kind.
    pub key: String,
    /// Whether it is heeded.
    pub enabled: bool,
    /// What its owner wants.
    pub spec: MaskSpec,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner changed it last.
    pub updated_at: Timestamp,
}

/// A mask to be made.
#[derive(Clone, Debug)]
pub struct NewMask {
    /// By which means.
    pub kind: Kind,
    /// Its id on the wire; the text of its number where absent.
    pub key: Option<String>,
    /// What its owner wants.
    pub spec: MaskSpec,
}

/// A mask as its owner wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskSpec {
    /// For people; not unique.
    pub name: String,
    /// What it covers.
    pub covers: Covers,
    /// When it does.
    pub when: When,
    /// What becomes of what it covers.
    pub effect: Effect,
    /// What the vendor's wire must give back although nobody else reads it.
    #[serde(default)]
    pub kept_for_wire: serde_json::Value,
}

/// What becomes of what a mask covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nobody is told; the alarm itself goes on.
    #[default]
    MutesMessages,
    /// There is no alarm.
    MutesAlarm,
}

/// What a mask covers: what fulfils every list that is not empty. Never all of them empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Covers {
    /// These rules, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<i64>,
    /// These policies, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<i64>,
    /// What belongs to these groups, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<i64>,
    /// These resources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<CoveredResource>,
    /// These metrics, or events of these names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<CoveredMetric>,
    /// Metrics, events, or both.
    pub subjects: Subjects,
}

/// Whether a mask is about metrics or about events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subjects {
    /// Both.
    #[default]
    All,
    /// Only events.
    Events,
}

/// Resources that a mask covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoveredResource {
    /// The namespace of their metrics.
    pub namespace: String,
    /// Series that have these dimensions, whatever others they have. Sorted.
    pub dimensions: Dimensions,
    /// Series that have dimensions of these names, whatever their values. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dimension_names: Vec<String>,
}

/// A metric that a mask covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoveredMetric {
    /// The metric's, or the event's, name.
    pub name: String,
    /// Only series that have these dimensions as well. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Dimensions,
    /// Only series that have dimensions of these names as well. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dimension_names: Vec<String>,
}

/// A thing with a number that masks may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A rule.
    Rule(i64),
    /// A policy of a rule.
    Policy(i64),
    /// A group.
    Group(i64),
}

impl Target {
    pub(super) fn word_and_id(self) -> (&'static str, i64) {
        match self {
            Self::Rule(id) => ("rule", id),
            Self::Policy(id) => ("policy", id),
            Self::Group(id) => ("group", id),
        }
    }
}

impl Covers {
    /// Everything with a number that is named here, each once.
    pub(super) fn targets(&self) -> Vec<Target> {
        let rules = self.rules.iter().map(|id| Target::Rule(*id));
        let policies = self.policies.iter().map(|id| Target::Policy(*id));
        let groups = self.groups.iter().map(|id| Target::Group(*id));
        let mut targets: Vec<Target> = rules.chain(policies).chain(groups).collect();
        targets.sort_unstable_by_key(|target| target.word_and_id());
        targets.dedup();
        targets
    }

    /// The same without `gone`; nothing when a list was emptied by that, for then it would demand less than before.
    pub(super) fn without(mut self, gone: &[Target]) -> Option<Self> {
        fn shorten(ids: &mut Vec<i64>, is_gone: impl Fn(i64) -> bool) -> bool {
            let had_some = !ids.is_empty();
            ids.retain(|id| !is_gone(*id));
            !had_some || !ids.is_empty()
        }
        let left = shorten(&mut self.rules, |id| gone.contains(&Target::Rule(id)))
            && shorten(&mut self.policies, |id| gone.contains(&Target::Policy(id)))
            && shorten(&mut self.groups, |id| gone.contains(&Target::Group(id)));
        left.then_some(self)
    }

    pub(super) fn is_empty(&self) -> bool {
        let numbered = self.rules.is_empty() && self.policies.is_empty() && self.groups.is_empty();
        numbered && self.resources.is_empty() && self.metrics.is_empty()
    }
}

/// Which masks are wanted; all that is given must hold. Other conditions are the caller's own.
#[derive(Clone, Debug, Default)]
pub struct MaskFilter<'f> {
    /// With one of these ids on the wire; empty for any.
    pub keys: &'f [String],
    /// Whose name holds this text, whatever its case.
    pub name_contains: Option<&'f str>,
    /// That name one of these things; empty for any.
    pub targets: &'f [Target],
}
