//! What lists are asked for. Every field that is given must fit; none fits all.

use muster_core::Timestamp;

use super::rule::{Dimensions, Level};
use super::standing::{Delivery, Ending, NoticeKind, State};

/// Which rules are wanted.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// With one of these ids on the wire; none for all.
    pub keys: Vec<String>,
    /// With one of these numbers; none for all.
    pub ids: Vec<i64>,
    /// In one of these projects of the account, in place of the owner's; none for the owner's alone.
    pub projects: Vec<String>,
    /// This text is in the name.
    pub name_contains: Option<String>,
    /// Of this namespace.
    pub namespace: Option<String>,
    /// With a policy on this metric or event.
    pub metric: Option<String>,
    /// The first policy is on this metric or event.
    pub first_metric: Option<String>,
    /// Aimed at this group.
    pub group_id: Option<i64>,
    /// Following this template.
    pub template_id: Option<i64>,
    /// Of this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// Switched on, or off.
    pub enabled: Option<bool>,
    /// About events, or about metrics.
    pub is_event: Option<bool>,
    /// Standing so, taken over all of its units: an alarm of whatever level counts as one.
    pub state: Option<State>,
    /// Naming exactly this set of dimensions.
    pub dimensions: Option<Dimensions>,
    /// Naming a set of dimensions with these values, in the order of their names, joined by commas.
    pub values: Option<String>,
    /// The oldest first instead of the newest.
    pub oldest_first: bool,
    /// Only those after this one in the list's order.
    pub after: Option<i64>,
}

/// How many rules stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// Some unit is in alarm.
    pub alarm: u64,
    /// None is, and of some, or of the whole rule, nothing is known.
    pub unknown: u64,
    /// All are well.
    pub ok: u64,
    /// Switched off: these are in no other number.
    pub disabled: u64,
}

/// Which units are wanted.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter {
    /// Of one of these rules, by number; none for all.
    pub rule_ids: Vec<i64>,
    /// Only those in alarm.
    pub in_alarm: bool,
    /// With exactly one of these sets of dimensions; none for all.
    pub dimensions: Vec<Dimensions>,
    /// Of a rule aimed at this group.
    pub group_id: Option<i64>,
    /// Of a rule of this namespace.
    pub namespace: Option<String>,
    /// Standing so since before this instant.
    pub since_before: Option<Timestamp>,
}

/// Which episodes are wanted.
#[derive(Clone, Debug, Default)]
pub struct EpisodeFilter {
    /// With one of these numbers; none for all.
    pub ids: Vec<i64>,
    /// Of rules with one of these ids on the wire; none for all.
    pub keys: Vec<String>,
    /// This text is in the rule's name.
    pub name_contains: Option<String>,
    /// The rule has exactly this name.
    pub name: Option<String>,
    /// With one of these ends; none for all.
    pub endings: Vec<Ending>,
    /// At one of these levels; none for all.
    pub levels: Vec<Level>,
    /// Of this namespace.
    pub namespace: Option<String>,
    /// Of this metric or event.
    pub metric: Option<String>,
    /// Of a rule aimed at this group.
    pub group_id: Option<i64>,
    /// Whether a mask covered its beginning.
    pub masked: Option<bool>,
    /// About events, or about metrics.
    pub is_event: Option<bool>,
    /// On one of these sets of dimensions; none for all.
    pub dimensions: Vec<Dimensions>,
    /// On dimensions with these values, in the order of their names, joined by commas.
    pub values: Option<String>,
    /// Begun at or after, and at or before.
    pub began: (Option<Timestamp>, Option<Timestamp>),
    /// Changed last at or after, and at or before.
    pub updated: (Option<Timestamp>, Option<Timestamp>),
}

/// By what episodes are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EpisodeOrder {
    /// By the last change.
    #[default]
    Updated,
    /// By the beginning.
    Began,
    /// By the level, the worst counting as the least.
    Level,
    /// By number.
    Id,
}

/// In which order, and from which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: EpisodeOrder,
    /// From the least to the greatest.
    pub ascending: bool,
}

/// Which notices are wanted.
#[derive(Clone, Debug, Default)]
pub struct NoticeFilter {
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Of rules with one of these ids on the wire; none for all.
    pub keys: Vec<String>,
    /// Of these episodes; none for all.
    pub episodes: Vec<i64>,
    /// This text is in the rule's name.
    pub name_contains: Option<String>,
    /// Of this namespace.
    pub namespace: Option<String>,
    /// Of namespaces of a product: of exactly this name, or going on after it with `_`.
    pub product: Option<String>,
    /// Of this metric or event.
    pub metric: Option<String>,
    /// Of a rule aimed at this group.
    pub group_id: Option<i64>,
    /// Of a rule that tells this contact group.
    pub contact_group: Option<String>,
    /// Leading to one of these states; none for all.
    pub after: Vec<State>,
    /// Of these kinds; none for all.
    pub kinds: Vec<NoticeKind>,
    /// With one of these outcomes, whichever mask it was; none for all.
    pub deliveries: Vec<Delivery>,
    /// This text is in the rule's name, in a dimension's value or in the name of a contact group.
    pub text: Option<String>,
    /// The oldest first instead of the newest.
    pub oldest_first: bool,
}

/// By what notices are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// The namespace of the metric.
    Namespace,
    /// The namespace and the metric.
    Metric,
    /// The state that they led to.
    State,
    /// The number of the group that the rule is aimed at; empty for none.
    Group,
    /// The contact groups that the rule tells, each between commas.
    ContactGroups,
}
