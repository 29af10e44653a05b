//! Alarms: rules over metrics and events, how each thing that they watch stands, and who is told.
//!
//! A [`Rule`] aims at a [`Target`]; each [`Policy`] of it, on each series of the target, is one unit with a state of its
//! own. A unit that goes into alarm opens an [`Episode`]; whatever people were told of it, or why they were not, is a
//! [`Notice`]. Both vendors' rules are kept in these words, and one engine moves them all.

pub mod masks;
mod model;

pub use model::{
    Against, Comparison, Condition, Delivery, Dimensions, Direction, Ending, Episode, Gap, Hours, Level,
    LevelCondition, NoData, Notice, NoticeKind, Origin, Policy, Quantity, Recipient, Rule, RuleSpec, Silence,
    State, Subject, Target, Telling, Unit, Watch,
};
