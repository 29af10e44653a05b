//! Rules, what they watch, how it stands and what people were told: in our own words.

mod filter;
mod rule;
mod standing;
mod words;

pub use filter::{
    EpisodeFilter, EpisodeOrder, NoticeFilter, Order, RuleFilter, StateCounts, Tally, UnitFilter,
};
pub use rule::{
    Against, Comparison, Condition, Dimensions, Direction, Hours, Level, LevelCondition, NoData, Origin,
    Owner, Policy, Quantity, Recipient, Rule, RuleSpec, Silence, Subject, Target, Telling, Watch,
};
pub use standing::{Delivery, Ending, Episode, Gap, Notice, NoticeKind, State, Unit};

/// Numbers that come back from the store exactly as they went in.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<f64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
