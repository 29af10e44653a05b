//! `Escalations`: up to three levels, each with a condition of its own.

use std::collections::BTreeMap;

use muster_alarms::{Condition, LevelCondition, Quantity};
use serde_json::{Map, Value, json};

use super::kept::{Kept, LevelTexts};
use super::words;
use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// So many points in a row may be asked for.
const MOST_TIMES: i64 = 1_440;

/// The condition in `Escalations`, and its texts as they were put; none where no level is named.
pub(super) type Escalations = Option<(Condition, BTreeMap<String, LevelTexts>)>;

/// Reads them.
pub(super) fn read(parameters: &Parameters) -> Result<Escalations, Refusal> {
    let (mut conditions, mut texts) = (Vec::new(), BTreeMap::new());
    for (level, member) in words::levels() {
        let path = format!("Escalations.{member}");
        let given = parameters.members(&path);
        if given.iter().all(|(_, value)| value.is_empty()) {
            continue;
        }
        let needed = |name: &str| {
            let incomplete =
                || Refusal::illegal(&format!("{path}.{name}"), "is missing: a level needs all four members");
            given.word(name).ok_or_else(incomplete)
        };
        let refuse = |name: &str, why: &str| Refusal::illegal(&format!("{path}.{name}"), why);
        let statistics = needed("Statistics")?;
        let comparison = words::operator(needed("ComparisonOperator")?)
            .ok_or_else(|| refuse("ComparisonOperator", "is no operator"))?;
        let threshold = needed("Threshold")?;
        needed("Times")?;
        let times = times(&given, "Times").map_err(|why| refuse("Times", why))?;
        conditions.push(LevelCondition {
            level,
            quantity: Quantity::Statistic(
                words::statistic(statistics).ok_or_else(|| refuse("Statistics", "is no statistic"))?,
            ),
            comparison,
            threshold: number(threshold).ok_or_else(|| refuse("Threshold", "must be a decimal number"))?,
            times,
        });
        texts.insert(
            member.to_owned(),
            LevelTexts {
                statistics: statistics.to_owned(),
                threshold: threshold.to_owned(),
                pre_condition: given.text("PreCondition").unwrap_or_default().to_owned(),
                n: given.integer("N")?,
            },
        );
    }
    Ok((!conditions.is_empty()).then_some((Condition::Levels(conditions), texts)))
}

/// How many points in a row must be true.
pub(super) fn times(parameters: &Parameters, name: &str) -> Result<u32, &'static str> {
    let wrong = "must be a whole number from 1 to 1440";
    let times = parameters.integer(name).map_err(|_| wrong)?.filter(|times| (1..=MOST_TIMES).contains(times));
    times.and_then(|times| u32::try_from(times).ok()).ok_or(wrong)
}

/// A threshold as a number that can be compared.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && text.len() <= 64)
}

/// The levels of a condition; only those that there are.
pub(super) fn written(condition: &Condition, kept: &Kept) -> Value {
    let Condition::Levels(conditions) = condition else { return json!({}) };
    let mut levels = Map::new();
    for (level, member) in words::levels() {
        let Some(condition) = conditions.iter().find(|condition| condition.level == level) else { continue };
        let texts = kept.levels.get(member);
        let statistics = match condition.quantity {
            Quantity::Statistic(statistic) => words::statistic_word(statistic),
            Quantity::Events => "SampleCount".to_owned(),
        };
        let mut entry = json!({
            "ComparisonOperator": words::operator_words(condition.comparison).0,
            "Statistics": texts.map_or(statistics, |texts| texts.statistics.clone()),
            "Threshold": texts.map_or_else(|| condition.threshold.to_string(), |texts| texts.threshold.clone()),
            "Times": condition.times,
        });
        let extras = texts.map(|texts| (&texts.pre_condition, texts.n));
        if let (Some(entry), Some((pre_condition, n))) = (entry.as_object_mut(), extras) {
            if !pre_condition.is_empty() {
                entry.insert("PreCondition".to_owned(), json!(pre_condition));
            }
            if let Some(n) = n {
                entry.insert("N".to_owned(), json!(n));
            }
        }
        levels.insert(member.to_owned(), entry);
    }
    Value::Object(levels)
}

#[cfg(test)]
mod tests {
    use muster_alarms::{Comparison, Level};

    use super::*;

    fn parameters(text: &str) -> Parameters {
        Parameters::from_pairs(text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (format!("Escalations.{name}"), value.to_owned())
        }))
    }

    const CRITICAL: &str = "Critical.Statistics=Average&Critical.ComparisonOperator=GreaterThanThreshold\
                            &Critical.Threshold=90.0&Critical.Times=3";

    #[test]
    fn levels_come_back_as_they_were_put() {
        let given = format!(
            "{CRITICAL}&Info.Statistics=$Maximum&Info.ComparisonOperator=LessThanYesterday&Info.Threshold=-5&Info.Times=1"
        );
        let (condition, levels) = read(&parameters(&given)).unwrap().unwrap();
        let Condition::Levels(conditions) = &condition else { panic!("no levels") };
        let read: Vec<_> =
            conditions.iter().map(|one| (one.level, one.comparison, one.threshold, one.times)).collect();
        let words = words::operator("LessThanYesterday").unwrap();
        assert_eq!(read, [(Level::Critical, Comparison::Above, 90.0, 3), (Level::Info, words, -5.0, 1)]);
        let kept = Kept { levels, ..Kept::default() };
        assert_eq!(
            written(&condition, &kept),
            json!({
                "Critical": {"ComparisonOperator": "GreaterThanThreshold", "Statistics": "Average",
                             "Threshold": "90.0", "Times": 3},
                "Info": {"ComparisonOperator": "LessThanYesterday", "Statistics": "$Maximum", "Threshold": "-5", "Times": 1},
            })
        );
        assert_eq!(read_none(""), None);
        assert_eq!(read_none("Warn.Statistics=&Warn.Threshold="), None);
    }

    fn read_none(text: &str) -> Escalations {
        read(&parameters(text)).unwrap()
    }

    #[test]
    fn an_incomplete_or_absurd_level_is_refused() {
        for member in
            ["Statistics=Average", "ComparisonOperator=GreaterThanThreshold", "Threshold=90.0", "Times=3"]
        {
            let without =
                CRITICAL.split('&').filter(|pair| !pair.ends_with(member)).collect::<Vec<_>>().join("&");
            assert!(read(&parameters(&without)).is_err(), "{without}");
        }
        for (right, wrong) in [
            ("Average", "not one"),
            ("GreaterThanThreshold", ">"),
            ("90.0", "high"),
            ("90.0", "NaN"),
            ("90.0", "1e999"),
            ("Times=3", "Times=0"),
            ("Times=3", "Times=1.5"),
            ("Times=3", "Times=100000"),
        ] {
            assert!(read(&parameters(&CRITICAL.replace(right, wrong))).is_err(), "{wrong}");
        }
    }
}
