//! The vendor's words for levels, operators, statistics and states.

use muster_alarms::{Against, Comparison, Direction, Level, State};
use muster_metrics::Statistic;

/// The levels of a rule, worst first: as a member of `Escalations`, as a value, as a code in logs, and as a number.
const LEVELS: [(Level, &str, &str, &str, i64); 3] = [
    (Level::Critical, "Critical", "CRITICAL", "P2", 2),
    (Level::Major, "Warn", "WARN", "P3", 3),
    (Level::Info, "Info", "INFO", "P4", 4),
];

/// The levels in the order in which they are written, with their names in `Escalations`.
pub(super) fn levels() -> impl Iterator<Item = (Level, &'static str)> {
    LEVELS.into_iter().map(|(level, member, ..)| (level, member))
}

/// Reads `CRITICAL`, `WARN` or `INFO`.
pub(super) fn level(word: &str) -> Option<Level> {
    LEVELS.into_iter().find(|(_, _, value, ..)| *value == word).map(|(level, ..)| level)
}

/// The row of a level. This API makes no rules of the level between warnings and information.
fn row(level: Level) -> (Level, &'static str, &'static str, &'static str, i64) {
    match level {
        Level::Critical => LEVELS[0],
        Level::Major => LEVELS[1],
        Level::Minor | Level::Info => LEVELS[2],
    }
}

/// `CRITICAL`, `WARN` or `INFO`.
pub(in crate::cloudmonitor) fn level_word(level: Level) -> &'static str {
    row(level).2
}

/// The level's name in `Escalations`.
pub(super) fn level_member(level: Level) -> &'static str {
    row(level).1
}

/// `P2`, `P3` or `P4`.
pub(in crate::cloudmonitor) fn level_code(level: Level) -> &'static str {
    row(level).3
}

/// 2, 3 or 4.
pub(super) fn level_number(level: Level) -> i64 {
    row(level).4
}

/// How the log writes a state: a level's code, `OK`, or that data are missing.
pub(in crate::cloudmonitor) fn state_code(state: State) -> &'static str {
    match state {
        State::Alarm(level) => level_code(level),
        State::Ok => "OK",
        State::Unknown => "INSUFFICIENT_DATA",
    }
}

/// `ALARM`, `OK` or `INSUFFICIENT_DATA`.
pub(in crate::cloudmonitor) fn state_word(state: State) -> &'static str {
    match state {
        State::Alarm(_) => "ALARM",
        State::Ok => "OK",
        State::Unknown => "INSUFFICIENT_DATA",
    }
}

const fn change(direction: Direction, against: Against) -> Comparison {
    Comparison::Change { direction, against, inclusive: false }
}

/// The operators: their names in `Escalations`, and the signs in custom rules and in texts.
const OPERATORS: [(Comparison, &str, &str); 12] = [
    (Comparison::AtLeast, "GreaterThanOrEqualToThreshold", ">="),
    (Comparison::Above, "GreaterThanThreshold", ">"),
    (Comparison::AtMost, "LessThanOrEqualToThreshold", "<="),
    (Comparison::Below, "LessThanThreshold", "<"),
    (Comparison::NotEqual, "NotEqualToThreshold", "!="),
    (Comparison::Equal, "EqualToThreshold", "="),
    (change(Direction::Up, Against::Yesterday), "GreaterThanYesterday", "> yesterday"),
    (change(Direction::Down, Against::Yesterday), "LessThanYesterday", "< yesterday"),
    (change(Direction::Up, Against::LastWeek), "GreaterThanLastWeek", "> last week"),
    (change(Direction::Down, Against::LastWeek), "LessThanLastWeek", "< last week"),
    (change(Direction::Up, Against::Previous), "GreaterThanLastPeriod", "> last period"),
    (change(Direction::Down, Against::Previous), "LessThanLastPeriod", "< last period"),
];

/// Reads an operator's name.
pub(super) fn operator(name: &str) -> Option<Comparison> {
    OPERATORS.into_iter().find(|(_, known, _)| *known == name).map(|(comparison, ..)| comparison)
}

/// Reads one of the six signs of custom rules.
pub(super) fn sign(sign: &str) -> Option<Comparison> {
    OPERATORS[..6].iter().find(|(_, _, known)| *known == sign).map(|(comparison, ..)| *comparison)
}

/// The name and the sign of a comparison. Other APIs know comparisons that have none here: those read as their nearest.
pub(super) fn operator_words(comparison: Comparison) -> (&'static str, &'static str) {
    let exact = OPERATORS.iter().find(|(known, ..)| *known == comparison);
    let (_, name, sign) = exact.unwrap_or(&OPERATORS[0]);
    (name, sign)
}

/// The statistics that name a figure of a window.
const STATISTICS: [(&str, Statistic); 9] = [
    ("Average", Statistic::Average),
    ("Minimum", Statistic::Minimum),
    ("Maximum", Statistic::Maximum),
    ("Sum", Statistic::Sum),
    ("SampleCount", Statistic::Count),
    ("LastValue", Statistic::Last),
    ("Value", Statistic::Last),
    ("SumPerSecond", Statistic::SumPerSecond),
    ("CountPerSecond", Statistic::CountPerSecond),
];

/// Reads a statistic, with or without the `$` of expressions.
///
/// Some products of the vendor report figures of their own under such names (`ErrorCodeMaximum`, `Availability`, `Rate`).
/// Whoever pushes those here pushes them as samples, so that the figure is the average, or the extreme that the name
/// ends in.
pub(super) fn statistic(word: &str) -> Option<Statistic> {
    let word = word.strip_prefix('$').unwrap_or(word);
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if word.is_empty() || word.len() > 64 || !is_word {
        return None;
    }
    if let Some((_, statistic)) = STATISTICS.into_iter().find(|(name, _)| *name == word) {
        return Some(statistic);
    }
    if let Some(percent) = percentile(word) {
        return Some(Statistic::Percentile(percent));
    }
    Some(match word {
        _ if word.ends_with("Maximum") => Statistic::Maximum,
        _ if word.ends_with("Minimum") => Statistic::Minimum,
        _ => Statistic::Average,
    })
}

/// `P50` and its kin.
fn percentile(word: &str) -> Option<u8> {
    let digits = word.strip_prefix('P').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().filter(|percent| (1..=99).contains(percent))
}

/// The name of a statistic.
pub(super) fn statistic_word(statistic: Statistic) -> String {
    match statistic {
        Statistic::Percentile(percent) => format!("P{percent}"),
        _ => STATISTICS
            .into_iter()
            .find(|(_, known)| *known == statistic)
            .map_or_else(|| "Average".to_owned(), |(name, _)| name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for (level_of, member) in levels() {
            assert_eq!(level(level_word(level_of)), Some(level_of), "{member}");
        }
        for (comparison, name, _) in OPERATORS {
            assert_eq!(operator(name), Some(comparison));
            assert_eq!(operator_words(comparison).0, name);
        }
        assert_eq!(sign("!="), Some(Comparison::NotEqual));
        assert_eq!((sign("> yesterday"), sign("=="), operator(">=")), (None, None, None));
        assert_eq!((level("warn"), level("P2")), (None, None));
    }

    #[test]
    fn statistics() {
        assert_eq!(statistic_word(Statistic::Percentile(75)), "P75");
        for (word, expected) in [
            ("Average", Some(Statistic::Average)),
            ("$Maximum", Some(Statistic::Maximum)),
            ("Value", Some(Statistic::Last)),
            ("P99", Some(Statistic::Percentile(99))),
            ("P0", Some(Statistic::Average)),
            ("SumPerSecond", Some(Statistic::SumPerSecond)),
            ("ErrorCodeMaximum", Some(Statistic::Maximum)),
            ("Availability", Some(Statistic::Average)),
            ("", None),
            ("$", None),
            ("a b", None),
        ] {
            assert_eq!(statistic(word), expected, "{word}");
        }
    }
}
