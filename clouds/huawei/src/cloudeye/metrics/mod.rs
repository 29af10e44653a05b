//! Metric data: samples in, samples and windows out.

mod batch_query;
mod batch_query_specified;
mod create;
mod list;
mod numbers;
mod query;
mod trust;

pub(crate) use batch_query::BatchListMetricData;
pub(crate) use batch_query_specified::BatchListSpecifiedMetricData;
pub(crate) use create::CreateMetricData;
pub(crate) use list::ListMetrics;
pub(crate) use query::ShowMetricData;
pub use trust::{TrustedReporters, is_reserved};

use std::borrow::Cow;

use muster_core::Timestamp;
use muster_db::Tx;
use muster_identity::Caller;
use muster_metrics::{Period, Scope, Series, SeriesName, Statistic};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::validate;
use crate::request::{Malformed, Object, Request};

/// The word for a statistic, in the query and as the name of what a point holds.
const FILTERS: [(&str, Statistic); 5] = [
    ("average", Statistic::Average),
    ("variance", Statistic::Variance),
    ("min", Statistic::Minimum),
    ("max", Statistic::Maximum),
    ("sum", Statistic::Sum),
];

/// What the points of a query are: one of the aggregations, or with the period 1 the samples themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    /// Under which name a point's number stands.
    filter: &'static str,
    statistic: Statistic,
    /// None for single samples.
    period: Option<Period>,
}

/// A point as it is shown.
struct Point {
    at: Timestamp,
    value: Value,
}

impl Shown {
    fn read(filter: &str, period_s: u64) -> Result<Self, &'static str> {
        let (filter, statistic) = FILTERS
            .into_iter()
            .find(|(word, _)| *word == filter)
            .ok_or("filter must be one of average, variance, min, max and sum")?;
        const PERIODS: [u64; 7] = [1, 60, 300, 1200, 3600, 14_400, 86_400];
        if !PERIODS.contains(&period_s) {
            return Err("period must be one of 1, 60, 300, 1200, 3600, 14400 and 86400");
        }
        Ok(Self { filter, statistic, period: Period::from_seconds(period_s) })
    }

    /// The points of a series whose instants lie from `from`, rounded down to the period, to `to`.
    fn points(
        self,
        tx: &mut Tx<'_>,
        metrics: &muster_metrics::Service,
        series: &Series,
        (from, to): (Timestamp, Timestamp),
    ) -> muster_core::Result<Vec<Point>> {
        let Some(period) = self.period else {
            let samples = metrics.samples(tx, series, from, to)?;
            let point = |sample: muster_metrics::Sample| Point {
                at: sample.at,
                value: numbers::sample(sample.value, series.kind),
            };
            return Ok(samples.into_iter().map(point).collect());
        };
        let windows = metrics.windows(tx, series.id, period, from, to)?;
        let point = |window: muster_metrics::Window| {
            let value = window.aggregate.value(self.statistic)?;
            Some(Point { at: window.start, value: numbers::figure(value, series.kind) })
        };
        Ok(windows.into_iter().filter_map(point).collect())
    }

    /// A point with nothing but its number and its instant.
    fn write(self, point: Point) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert(self.filter.to_owned(), point.value);
        object.insert("timestamp".to_owned(), json!(point.at.millis()));
        object
    }
}

/// A dimension of a body. Text is borrowed from the body: a call brings thousands of them.
#[derive(Deserialize)]
pub(super) struct DimensionBody<'b> {
    #[serde(borrow)]
    pub(super) name: Option<Cow<'b, str>>,
    #[serde(borrow)]
    pub(super) value: Option<Cow<'b, str>>,
}

/// The name of a series from the parts of a body at `place`.
fn read_series(
    place: &str,
    namespace: &str,
    metric_name: &str,
    dimensions: Vec<Object<DimensionBody<'_>>>,
) -> Result<SeriesName, Malformed> {
    // The place is worded only when something is wrong there.
    let at = |malformed: Malformed| match malformed {
        Malformed::Field { field, why } => Malformed::field(format!("{place}{field}"), why),
        other => other,
    };
    validate::namespace("namespace", namespace).map_err(at)?;
    validate::metric_name("metric_name", metric_name).map_err(at)?;
    validate::count("dimensions", &dimensions, 1..=4).map_err(at)?;
    let mut pairs = Vec::with_capacity(dimensions.len());
    for Object(dimension) in dimensions {
        let name = dimension.name.ok_or(Malformed::MissingField("dimensions.name"))?;
        let value = dimension.value.ok_or(Malformed::MissingField("dimensions.value"))?;
        validate::dimension_name("dimensions.name", &name).map_err(at)?;
        validate::length("dimensions.value", &value, 1..=256).map_err(at)?;
        pairs.push((name, value));
    }
    SeriesName::new(namespace, metric_name, pairs).map_err(|error| Malformed::field(place, error.to_string()))
}

/// The dimensions `dim.0` to `dim.3` of a query, each `name,value`. A value may hold commas.
pub(super) fn query_dimensions(request: &Request) -> Result<Vec<(String, String)>, Malformed> {
    let mut dimensions = Vec::new();
    for parameter in ["dim.0", "dim.1", "dim.2", "dim.3"] {
        let Some(text) = request.query(parameter)?.filter(|text| !text.is_empty()) else { continue };
        let pair = text.split_once(',').filter(|(_, value)| (1..=256).contains(&value.chars().count()));
        let (name, value) = pair.ok_or_else(|| Malformed::parameter(parameter, "must be name,value"))?;
        as_parameter(parameter, validate::dimension_name(parameter, name))?;
        dimensions.push((name.to_owned(), value.to_owned()));
    }
    Ok(dimensions)
}

/// What is wrong with a field, said of a parameter of the URL.
pub(super) fn as_parameter(name: &str, checked: Result<(), Malformed>) -> Result<(), Malformed> {
    checked.map_err(|malformed| match malformed {
        Malformed::Field { why, .. } => Malformed::parameter(name, why),
        other => other,
    })
}

/// The instants that a query may name: milliseconds of thirteen digits.
pub(super) const INSTANTS: std::ops::RangeInclusive<i64> = 1_111_111_111_111..=9_999_999_999_999;

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

fn write_dimensions(series: &SeriesName) -> Value {
    let dimensions = series.dimensions().into_iter();
    dimensions.map(|(name, value)| json!({"name": name, "value": value})).collect()
}
