//! Cloud Eye's words for what rules are made of.

use muster_alarms::{Against, Comparison, Direction, Ending, Level, State};
use muster_metrics::Statistic;
use serde::{Deserialize, Serialize};

use crate::cloudeye::groups::words::Words;

/// What a rule is about, and how it names what it watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The resources that it lists.
    #[default]
    Listed,
    /// All resources with certain dimensions.
    All,
    /// The members of a resource group.
    Group,
    /// Events of the cloud's services.
    SystemEvent,
    /// The users' own events.
    CustomEvent,
    /// Checks of names, which report like any other metric.
    NameCheck,
}

impl Kind {
    pub(crate) fn is_event(self) -> bool {
        matches!(self, Self::SystemEvent | Self::CustomEvent)
    }
}

pub(crate) const KINDS: Words<Kind> = Words(&[
    ("MULTI_INSTANCE", Kind::Listed),
    ("ALL_INSTANCE", Kind::All),
    ("RESOURCE_GROUP", Kind::Group),
    ("EVENT.SYS", Kind::SystemEvent),
    ("EVENT.CUSTOM", Kind::CustomEvent),
    ("DNSHealthCheck", Kind::NameCheck),
]);

pub(crate) const STATISTICS: Words<Statistic> = Words(&[
    ("average", Statistic::Average),
    ("variance", Statistic::Variance),
    ("min", Statistic::Minimum),
    ("max", Statistic::Maximum),
    ("sum", Statistic::Sum),
]);

pub(crate) const COMPARISONS: Words<Comparison> = Words(&[
    (">", Comparison::Above),
    ("<", Comparison::Below),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("=", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("cycle_decrease", change(Direction::Down)),
    ("cycle_increase", change(Direction::Up)),
    ("cycle_wave", change(Direction::Either)),
]);

const fn change(direction: Direction) -> Comparison {
    Comparison::Change { direction, against: Against::Previous, inclusive: true }
}

/// Levels are numbers, the worst being 1.
const LEVELS: [Level; 4] = [Level::Critical, Level::Major, Level::Minor, Level::Info];

pub(crate) fn read_level(number: i64) -> Option<Level> {
    LEVELS.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
}

pub(crate) fn write_level(level: Level) -> usize {
    LEVELS.iter().position(|known| *known == level).map_or(0, |place| place + 1)
}

/// How a rule stands, as V1.0 says it. An alarm of whatever level is one.
pub(crate) fn write_state(state: State) -> &'static str {
    match state {
        State::Alarm(_) => "alarm",
        State::Ok => "ok",
        State::Unknown => "insufficient_data",
    }
}

/// What became of a record. An alarm whose level changed is over, and another one began.
pub(crate) fn write_ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Open => "alarm",
        Ending::Recovered | Ending::LevelChanged => "ok",
        Ending::NoData => "insufficient_data",
        Ending::Invalid => "invalid",
        Ending::ByHand => "ok_manual",
    }
}

/// The records that a word asks for.
pub(crate) fn read_ending(word: &str) -> Option<Vec<Ending>> {
    let found: Vec<Ending> =
        Ending::ALL.iter().copied().filter(|ending| write_ending(*ending) == word).collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_numbers_from_one_to_four() {
        for number in 1..=4 {
            let level = read_level(number).unwrap();
            assert_eq!(i64::try_from(write_level(level)), Ok(number));
        }
        for number in [i64::MIN, -1, 0, 5] {
            assert_eq!(read_level(number), None, "{number}");
        }
    }

    #[test]
    fn each_end_of_a_record_has_a_word_that_finds_it() {
        for ending in Ending::ALL {
            assert!(read_ending(write_ending(*ending)).unwrap().contains(ending));
        }
        assert_eq!(read_ending("OK"), None);
    }
}
