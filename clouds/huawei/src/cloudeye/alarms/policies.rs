//! Policies as bodies and answers have them.

use muster_alarms::{Comparison, Condition, Level, LevelCondition, Policy, Quantity, Subject, Watch};
use muster_metrics::Period;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::kept::{EventCondition, KeptPolicy};
use super::words::{COMPARISONS, Kind, STATISTICS, read_level, write_level};
use crate::cloudeye::validate;
use crate::request::{Malformed, Object, required};

const PERIODS: [i64; 7] = [0, 1, 300, 1200, 3600, 14_400, 86_400];
const COUNTS: [i64; 12] = [1, 2, 3, 4, 5, 10, 15, 30, 60, 90, 120, 180];
const SUPPRESSIONS: [i64; 10] = [0, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400];
/// No threshold is farther from zero.
const LARGEST: f64 = 1.797_693_134_862_315_7e108;

/// A policy as clients write it; templates and V1.0 write parts of it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct PolicyBody {
    pub(crate) metric_name: Option<String>,
    pub(crate) period: Option<i64>,
    pub(crate) filter: Option<String>,
    pub(crate) comparison_operator: Option<String>,
    pub(crate) value: Option<f64>,
    pub(crate) hierarchical_value: Option<Object<LevelsBody>>,
    pub(crate) unit: Option<String>,
    pub(crate) count: Option<i64>,
    pub(crate) suppress_duration: Option<i64>,
    /// Templates call it `alarm_level`.
    #[serde(alias = "alarm_level")]
    pub(crate) level: Option<i64>,
    pub(crate) namespace: Option<String>,
    pub(crate) dimension_name: Option<String>,
    pub(crate) enabled: Option<bool>,
}

/// A threshold for each level.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct LevelsBody {
    critical: Option<f64>,
    major: Option<f64>,
    minor: Option<f64>,
    info: Option<f64>,
}

impl LevelsBody {
    fn thresholds(self) -> Vec<(Level, f64)> {
        let all = [
            (Level::Critical, self.critical),
            (Level::Major, self.major),
            (Level::Minor, self.minor),
            (Level::Info, self.info),
        ];
        all.into_iter().filter_map(|(level, threshold)| Some((level, threshold?))).collect()
    }
}

/// How many there may be, and whether each must say what it is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Of a rule on a whole product: each names its namespace and dimensions.
    pub(crate) by_product: bool,
}

/// All policies of a rule.
pub(crate) fn read_policies(
    policies: Vec<Object<PolicyBody>>,
    shape: Shape,
) -> Result<Vec<(Policy, KeptPolicy)>, Malformed> {
    policies
        .into_iter()
        .enumerate()
        .map(|(place, Object(policy))| policy.read(&format!("policies[{place}]"), shape))
        .collect()
}

impl PolicyBody {
    /// Reads it; `field` is where it stands.
    pub(crate) fn read(self, field: &str, shape: Shape) -> Result<(Policy, KeptPolicy), Malformed> {
        let at = |name: &str| format!("{field}.{name}");
        let is_event = shape.kind.is_event();
        let metric = required("policies.metric_name", self.metric_name)?;
        validate::metric_name(&at("metric_name"), &metric)?;
        let period = one_of(&at("period"), required("policies.period", self.period)?, &PERIODS)?;
        if (period == 0 && !is_event) || (period == 1 && is_event) {
            return Err(Malformed::field(at("period"), "does not fit the type of the rule"));
        }
        let filter = self.filter.unwrap_or_else(|| "average".to_owned());
        let statistic = word(&at("filter"), &STATISTICS, &filter)?;
        let operator = required("policies.comparison_operator", self.comparison_operator)?;
        let comparison = word(&at("comparison_operator"), &COMPARISONS, &operator)?;
        if is_event && matches!(comparison, Comparison::Change { .. }) {
            return Err(Malformed::field(at("comparison_operator"), "does not fit events"));
        }
        let count = required("policies.count", self.count)?;
        let fits = if is_event { (1..=180).contains(&count) } else { COUNTS.contains(&count) };
        let times = u32::try_from(count)
            .ok()
            .filter(|_| fits)
            .ok_or_else(|| Malformed::field(at("count"), "is none of the counts"))?;
        let suppression =
            one_of(&at("suppress_duration"), self.suppress_duration.unwrap_or(0), &SUPPRESSIONS)?;
        let unit = self.unit.unwrap_or_default();
        validate::printable(&at("unit"), &unit, 0..=32)?;
        let number = self.level.unwrap_or(2);
        let level =
            read_level(number).ok_or_else(|| Malformed::field(at("level"), "must be 1, 2, 3 or 4"))?;
        let value = self.value.unwrap_or(if is_event { 1.0 } else { 0.0 });
        let several = self.hierarchical_value.map(|Object(levels)| levels.thresholds()).unwrap_or_default();
        let hierarchical = !several.is_empty() && !is_event;
        let thresholds = if hierarchical { several } else { vec![(level, value)] };
        if thresholds.iter().any(|(_, threshold)| threshold.abs() > LARGEST) {
            return Err(Malformed::field(at("value"), "is too large"));
        }
        if let Some(namespace) = &self.namespace.as_ref().filter(|text| !text.is_empty()) {
            validate::namespace(&at("namespace"), namespace)?;
        }
        let names = dimension_names(&at("dimension_name"), self.dimension_name.as_deref())?;
        if shape.by_product && (self.namespace.is_none() || names.is_none()) {
            return Err(Malformed::MissingField("policies.namespace and policies.dimension_name"));
        }
        let condition = |(level, threshold): (Level, f64)| {
            if is_event {
                // The number of events counts: how often in a row is no question of events.
                let threshold = f64::from(times);
                let (quantity, comparison) = (Quantity::Events, Comparison::AtLeast);
                LevelCondition { level, quantity, comparison, threshold, times: 1 }
            } else {
                LevelCondition {
                    level,
                    quantity: Quantity::Statistic(statistic),
                    comparison,
                    threshold,
                    times,
                }
            }
        };
        let subject = if is_event {
            Subject::Event { source: self.namespace.filter(|text| !text.is_empty()), name: metric }
        } else {
            Subject::Metric {
                namespace: self.namespace.filter(|text| !text.is_empty()),
                metric,
                dimension_names: names,
            }
        };
        let conditions = thresholds.into_iter().map(condition).collect();
        let policy = Policy {
            repeat_ms: Some(suppression * 1000).filter(|ms| *ms > 0),
            unit,
            enabled: self.enabled.unwrap_or(true),
            ..Policy::new(subject, watch(period), Condition::Levels(conditions))
        };
        let event = EventCondition { filter, comparison_operator: operator, value, count: times };
        Ok((policy, KeptPolicy { hierarchical, event: is_event.then_some(event) }))
    }
}

/// Dimension names joined by commas; sorted, nothing when there are none.
pub(crate) fn dimension_names(field: &str, text: Option<&str>) -> Result<Option<Vec<String>>, Malformed> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let mut names: Vec<String> = text.split(',').map(str::to_owned).collect();
    validate::count(field, &names, 1..=4)?;
    for name in &names {
        validate::dimension_name(field, name)?;
    }
    names.sort_unstable();
    names.dedup();
    Ok(Some(names))
}

fn watch(period: i64) -> Watch {
    let windows = u64::try_from(period).ok().filter(|period| *period > 1).and_then(Period::of_rule);
    windows.map_or(Watch::Each, Watch::Windows)
}

fn one_of(field: &str, number: i64, known: &[i64]) -> Result<i64, Malformed> {
    if known.contains(&number) {
        return Ok(number);
    }
    let known: Vec<String> = known.iter().map(i64::to_string).collect();
    Err(Malformed::field(field, format!("must be one of {}", known.join(", "))))
}

fn word<T: Copy + PartialEq>(
    field: &str,
    words: &crate::cloudeye::groups::words::Words<T>,
    text: &str,
) -> Result<T, Malformed> {
    words.read(text).ok_or_else(|| Malformed::field(field, format!("must be one of {}", words.list())))
}

/// A policy as V2 shows it, with the id by which masks name it.
pub(crate) fn write_policy(policy: &Policy, kept: &KeptPolicy) -> Value {
    let mut body = write_condition(policy, kept, None);
    body.insert("alarm_policy_id".to_owned(), json!(policy.id.to_string()));
    body.insert("metric_name".to_owned(), json!(policy.subject.name()));
    body.insert("enabled".to_owned(), json!(policy.enabled));
    if let Condition::Levels(levels) = &policy.condition {
        body.insert("level".to_owned(), json!(levels.first().map(|first| write_level(first.level))));
        if kept.hierarchical || levels.len() > 1 {
            let name = |level| ["", "critical", "major", "minor", "info"][write_level(level)];
            let each: Map<String, Value> =
                levels.iter().map(|one| (name(one.level).to_owned(), json!(one.threshold))).collect();
            body.insert("hierarchical_value".to_owned(), Value::Object(each));
        }
    }
    match &policy.subject {
        Subject::Metric { namespace, dimension_names, .. } => {
            if let Some(namespace) = namespace {
                body.insert("namespace".to_owned(), json!(namespace));
            }
            if let Some(names) = dimension_names {
                body.insert("dimension_name".to_owned(), json!(names.join(",")));
            }
        }
        Subject::Event { source, .. } => {
            if let Some(source) = source {
                body.insert("namespace".to_owned(), json!(source));
            }
        }
    }
    Value::Object(body)
}

/// What a policy demands, as records and V1.0 show it; of one level, or of the worst.
pub(crate) fn write_condition(
    policy: &Policy,
    kept: &KeptPolicy,
    level: Option<Level>,
) -> Map<String, Value> {
    let period = match policy.watch {
        Watch::Windows(period) => period.seconds(),
        Watch::Each => u32::from(!policy.subject.is_event()),
    };
    let condition = match &policy.condition {
        Condition::Levels(levels) => levels.iter().find(|one| Some(one.level) == level).or(levels.first()),
        Condition::Expression { .. } => None,
    };
    let (mut filter, mut operator, mut value, mut count) = ("average".to_owned(), ">=".to_owned(), 1.0, 1);
    if let Some(condition) = condition {
        match condition.quantity {
            Quantity::Statistic(statistic) => {
                STATISTICS.write(statistic).clone_into(&mut filter);
                COMPARISONS.write(condition.comparison).clone_into(&mut operator);
                (value, count) = (condition.threshold, condition.times);
            }
            // Clients write the number of events as the count.
            Quantity::Events => count = condition.threshold as u32,
        }
    }
    if let Some(event) = &kept.event {
        (filter, operator) = (event.filter.clone(), event.comparison_operator.clone());
        (value, count) = (event.value, event.count);
    }
    let body = json!({
        "period": period,
        "filter": filter,
        "comparison_operator": operator,
        "value": value,
        "unit": policy.unit,
        "count": count,
        "suppress_duration": policy.repeat_ms.unwrap_or(0) / 1000,
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}
