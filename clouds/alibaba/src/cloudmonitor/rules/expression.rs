//! Conditions as people read them: `$Average>90`.

use muster_alarms::{Condition, Level, LevelCondition, Policy, Quantity};

use super::kept::Kept;
use super::words;

/// The condition of the level that counts, or of the worst that there is.
pub(super) fn condition(policy: &Policy, level: Level) -> Option<&LevelCondition> {
    let Condition::Levels(levels) = &policy.condition else { return None };
    levels.iter().find(|condition| condition.level == level).or_else(|| levels.first())
}

/// The statistic and the threshold of a level as they were put.
pub(super) fn texts(condition: &LevelCondition, kept: &Kept) -> (String, String) {
    let put = kept.levels.get(words::level_member(condition.level));
    let statistics = match condition.quantity {
        Quantity::Statistic(statistic) => words::statistic_word(statistic),
        Quantity::Events => "SampleCount".to_owned(),
    };
    match put {
        Some(put) => (put.statistics.trim_start_matches('$').to_owned(), put.threshold.clone()),
        None => (statistics, condition.threshold.to_string()),
    }
}

/// The condition of a level as text, and how many points in a row must meet it.
pub(in crate::cloudmonitor) fn text(policy: &Policy, kept: &Kept, level: Level) -> (String, u32) {
    match &policy.condition {
        Condition::Expression { text, times, .. } => {
            let put = kept.composite.as_ref().map(|composite| &composite.raw).filter(|raw| !raw.is_empty());
            (put.unwrap_or(text).clone(), *times)
        }
        Condition::Levels(_) => condition(policy, level).map_or_else(Default::default, |condition| {
            let (statistics, threshold) = texts(condition, kept);
            let sign = words::operator_words(condition.comparison).1;
            // A comparison with an earlier figure has words after its sign, and its threshold is in percent.
            let text = match sign.split_once(' ') {
                Some((sign, against)) => format!("${statistics}{sign}{threshold}% of {against}"),
                None => format!("${statistics}{sign}{threshold}"),
            };
            (text, condition.times)
        }),
    }
}
