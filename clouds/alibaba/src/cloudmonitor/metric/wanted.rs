//! Which series a request is about.

use std::collections::{BTreeMap, BTreeSet};

use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_metrics::{Scope, Series, SeriesFilter, SeriesName, SeriesPage};
use serde_json::Value;

use super::labels::{self, GROUP, PAIRS, USER};
use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// Sets of dimensions of one request.
const SETS: usize = 50;
/// Series that are listed at once.
const PAGE: u64 = 1000;

type Pairs = BTreeMap<String, String>;

/// Sets of dimensions: a series is wanted that has all of one of them. All series are where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted(Vec<Pairs>);

impl Wanted {
    /// One set.
    pub(super) fn one(pairs: Pairs) -> Self {
        Self(if pairs.is_empty() { Vec::new() } else { vec![pairs] })
    }

    /// Reads `Dimensions`: a JSON object, a list of them, or `name:value` as older clients write it.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        const NAME: &str = "Dimensions";
        let illegal =
            || Refusal::illegal(NAME, "must be a JSON object of texts, or up to 50 of them in a list");
        let Some(text) = parameters.word(NAME).map(str::trim) else { return Ok(Self::default()) };
        let objects = match serde_json::from_str(text) {
            Ok(Value::Array(objects)) => objects,
            Ok(object @ Value::Object(_)) => vec![object],
            Ok(_) => return Err(illegal()),
            Err(_) => {
                let pair = text.split_once(':').filter(|_| !text.starts_with(['{', '[']));
                let (name, value) = pair.ok_or_else(illegal)?;
                return Ok(Self::one([(name.trim().to_owned(), value.trim().to_owned())].into()));
            }
        };
        if objects.len() > SETS {
            return Err(illegal());
        }
        let mut sets = Vec::with_capacity(objects.len());
        for object in objects {
            let Value::Object(members) = object else { return Err(illegal()) };
            let mut pairs = Pairs::new();
            for (name, value) in members {
                let value = match value {
                    Value::String(text) => text,
                    Value::Number(number) => number.to_string(),
                    _ => return Err(illegal()),
                };
                pairs.insert(name, value);
            }
            sets.push(pairs);
        }
        // A set without dimensions wants everything.
        if sets.iter().any(Pairs::is_empty) {
            sets.clear();
        }
        Ok(Self(sets))
    }

    /// The wanted series of a metric that were reported since, in the order of their names.
    pub(super) fn find(
        &self,
        tx: &mut Tx<'_>,
        metrics: &muster_metrics::Service,
        scope: Scope<'_>,
        (namespace, metric): (&str, &str),
        since: Timestamp,
    ) -> Result<Vec<Series>> {
        let mut found = BTreeMap::new();
        let everything = [Pairs::new()];
        let sets = if self.0.is_empty() { &everything[..] } else { &self.0 };
        for set in sets {
            let whole = set.get(PAIRS).zip(set.get(GROUP)).filter(|_| labels::is_custom(namespace));
            if let Some((pairs, group)) = whole {
                let dimensions =
                    vec![(GROUP.into(), group.into()), (PAIRS.into(), labels::in_order(pairs).into())];
                let Ok(name) = SeriesName::new(namespace, metric, dimensions) else { continue };
                let series = metrics.find(tx, scope, &name)?;
                let is_wanted = |series: &Series| has(set, &series.name, scope.account_id);
                found.extend(series.filter(is_wanted).map(|series| (series.name.clone(), series)));
                continue;
            }
            let filter = SeriesFilter {
                namespace: Some(namespace.to_owned()),
                metric: Some(metric.to_owned()),
                dimensions: stored_pairs(set, namespace),
                reported_since: Some(since),
                ..SeriesFilter::default()
            };
            let list = all(tx, metrics, scope, &filter)?;
            let wanted = list.into_iter().filter(|series| has(set, &series.name, scope.account_id));
            found.extend(wanted.map(|series| (series.name.clone(), series)));
        }
        Ok(found.into_values().collect())
    }
}

/// The series of custom metrics, of one metric and of one app group where they are named.
pub(super) fn pushed(
    tx: &mut Tx<'_>,
    metrics: &muster_metrics::Service,
    scope: Scope<'_>,
    namespace: &str,
    (metric, group_id): (Option<&str>, Option<&str>),
) -> Result<Vec<Series>> {
    let filter = SeriesFilter {
        namespace: Some(namespace.to_owned()),
        metric: metric.map(str::to_owned),
        dimensions: group_id.map(|id| (GROUP.to_owned(), id.to_owned())).into_iter().collect(),
        reported_since: Some(Timestamp::default()),
        ..SeriesFilter::default()
    };
    all(tx, metrics, scope, &filter)
}

fn all(
    tx: &mut Tx<'_>,
    metrics: &muster_metrics::Service,
    scope: Scope<'_>,
    filter: &SeriesFilter,
) -> Result<Vec<Series>> {
    let mut found: Vec<Series> = Vec::new();
    loop {
        let after = found.last().map(|last| last.name.clone());
        let page = SeriesPage { after: after.as_ref().map(SeriesName::text), descending: false, limit: PAGE };
        let list = metrics.list(tx, scope, filter, page)?;
        let is_last = u64::try_from(list.len()).is_ok_and(|length| length < PAGE);
        found.extend(list);
        if is_last {
            return Ok(found);
        }
    }
}

/// Those pairs that the store knows as dimensions of its own.
fn stored_pairs(set: &Pairs, namespace: &str) -> Vec<(String, String)> {
    let is_stored = |name: &str| if labels::is_custom(namespace) { name == GROUP } else { name != USER };
    let pairs = set.iter().filter(|(name, _)| is_stored(name));
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether a series has all of these dimensions.
fn has(set: &Pairs, name: &SeriesName, account_id: &str) -> bool {
    if set.is_empty() {
        return true;
    }
    let labels = labels::labels(name, account_id);
    let is_custom = labels::is_custom(name.namespace());
    let pushed: BTreeSet<&str> = labels
        .iter()
        .filter(|(label, _)| is_custom && label == PAIRS)
        .flat_map(|(_, text)| text.split('&'))
        .collect();
    set.iter().all(|(name, value)| {
        let is_label = labels.iter().any(|(label, is)| {
            label == name && (is == value || is_custom && name == PAIRS && *is == labels::in_order(value))
        });
        is_label || pushed.contains(format!("{name}={value}").as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted, Refusal> {
        Wanted::read(&Parameters::from_pairs([("Dimensions".to_owned(), text.to_owned())]))
    }

    #[test]
    fn dimensions_in_all_their_spellings() {
        let one = |name: &str, value: &str| Wanted::one([(name.to_owned(), value.to_owned())].into());
        assert_eq!(read(r#"{"host":"a"}"#), Ok(one("host", "a")));
        assert_eq!(read(r#"[{"host":"a"}]"#), Ok(one("host", "a")));
        assert_eq!(read("host:a"), Ok(one("host", "a")));
        assert_eq!(read(r#"{"groupId":7}"#), Ok(one("groupId", "7")));
        for everything in ["", "{}", "[]", r#"[{"host":"a"},{}]"#] {
            assert_eq!(read(everything), Ok(Wanted::default()), "{everything}");
        }
        let many = vec![r#"{"host":"a"}"#; 51].join(",");
        for bad in ["host", "7", r#"{"host":["a"]}"#, r#"["host"]"#, "{host:a", &format!("[{many}]")] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_custom_series_is_found_by_its_pushed_pairs_and_by_their_text() {
        let dimensions = vec![("groupId".into(), "7".into()), ("dimension".into(), "host=a&zone=b".into())];
        let name = SeriesName::new("acs_customMetric_1000", "load", dimensions).unwrap();
        for (set, expected) in [
            (r#"{"host":"a"}"#, true),
            (r#"{"host":"a","zone":"b"}"#, true),
            (r#"{"host":"a","groupId":"7","userId":"1000"}"#, true),
            (r#"{"dimension":"zone=b&host=a"}"#, true),
            (r#"{"host":"b"}"#, false),
            (r#"{"host":"a","groupId":"0"}"#, false),
            (r#"{"userId":"2000"}"#, false),
            (r#"{"dimension":"host=a"}"#, false),
        ] {
            assert_eq!(has(&read(set).unwrap().0[0], &name, "1000"), expected, "{set}");
        }
    }
}
