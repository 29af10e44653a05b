//! Alarms: rules over metrics and events, how each thing that they watch stands, and who is told.
//!
//! A [`Rule`] aims at a [`Target`]; each [`Policy`] of it, on each series of the target, is one unit with a state of its
//! own. A unit that goes into alarm opens an [`Episode`]; whatever people were told of it, or why they were not, is a
//! [`Notice`]. Both vendors' rules are kept in these words, and one engine moves them all.

pub mod engine;
pub mod events;
mod judge;
pub mod masks;
mod migrations;
mod model;
mod rules;
pub mod telling;
pub mod templates;
mod units;
mod watching;

pub use migrations::MIGRATIONS;
pub use model::{
    Against, Comparison, Condition, Delivery, Dimensions, Direction, Ending, Episode, EpisodeFilter,
    EpisodeOrder, Gap, Hours, Level, LevelCondition, NoData, Notice, NoticeFilter, NoticeKind, Order, Origin,
    Owner, Policy, Quantity, Recipient, Rule, RuleFilter, RuleSpec, Silence, State, StateCounts, Subject,
    Tally, Target, Telling, Unit, UnitFilter, Watch,
};
pub use rules::{Limits, Service};
pub use watching::Watching;
