//! The points of many series at once.

use std::borrow::Cow;

use muster_core::Timestamp;
use muster_metrics::SeriesName;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DimensionBody, INSTANTS, Point, Shown, read_series, scope, write_dimensions};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct BatchListMetricData {
    series: Vec<SeriesName>,
    shown: Shown,
    span: (Timestamp, Timestamp),
}

/// Points of an answer.
const POINTS: i64 = 3000;
const HOUR_MS: i64 = 3_600_000;

#[derive(Deserialize)]
struct Body<'b> {
    #[serde(borrow)]
    metrics: Option<Vec<Object<MetricBody<'b>>>>,
    period: Option<PeriodBody>,
    filter: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
}

#[derive(Deserialize)]
struct MetricBody<'b> {
    #[serde(borrow)]
    namespace: Option<Cow<'b, str>>,
    #[serde(borrow)]
    metric_name: Option<Cow<'b, str>>,
    #[serde(borrow)]
    dimensions: Option<Vec<Object<DimensionBody<'b>>>>,
}

/// The vendor's type is a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum PeriodBody {
    Text(String),
    Number(u64),
}

impl Operation<CloudEye> for BatchListMetricData {
    const NAME: &'static str = "BatchListMetricData/v1";
    const PERMISSION: &'static str = "ces:metricData:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let Object(body): Object<Body<'_>> = request.body_borrowed()?;
        let metrics = required("metrics", body.metrics)?;
        validate::count("metrics", &metrics, 1..=500)?;
        let mut series = Vec::with_capacity(metrics.len());
        for (place, Object(metric)) in metrics.into_iter().enumerate() {
            let namespace = required("metrics.namespace", metric.namespace)?;
            let name = required("metrics.metric_name", metric.metric_name)?;
            let dimensions = required("metrics.dimensions", metric.dimensions)?;
            series.push(read_series(&format!("metrics[{place}]."), &namespace, &name, dimensions)?);
        }
        let period = match required("period", body.period)? {
            PeriodBody::Number(seconds) => seconds,
            PeriodBody::Text(text) => {
                text.parse().map_err(|_| Malformed::field("period", "must be a number of seconds"))?
            }
        };
        let filter = required("filter", body.filter)?;
        let shown = Shown::read(&filter, period).map_err(|why| Malformed::field("filter, period", why))?;
        let (from, to) = (required("from", body.from)?, required("to", body.to)?);
        for (name, instant) in [("from", from), ("to", to)] {
            if !INSTANTS.contains(&instant) {
                return Err(Malformed::field(name, "must be milliseconds since 1970").into());
            }
        }
        if from >= to {
            return Err(Malformed::field("from", "must be before to").into());
        }
        let from = narrowed(from, to, shown, series.len());
        Ok(Self { series, shown, span: (Timestamp::from_millis(from), Timestamp::from_millis(to)) })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let metrics = &cx.services.metrics;
        let most = usize::try_from(POINTS).unwrap_or(usize::MAX) / self.series.len();
        let mut answers = Vec::with_capacity(self.series.len());
        for name in &self.series {
            let (mut points, mut unit) = (Vec::new(), String::new());
            if let Some(series) = metrics.find(cx.tx, scope(cx.caller), name)? {
                points = self.shown.points(cx.tx, metrics, &series, self.span)?;
                unit = series.unit.to_string();
            }
            // Windows fit by the choice of `from`, save one at its edge; single samples may stand closer.
            let skipped = points.len().saturating_sub(most);
            let write = |point: Point| Value::Object(self.shown.write(point));
            let datapoints: Vec<Value> = points.into_iter().skip(skipped).map(write).collect();
            answers.push(json!({
                "namespace": name.namespace(),
                "metric_name": name.metric(),
                "dimensions": write_dimensions(name),
                "unit": unit,
                "datapoints": datapoints,
            }));
        }
        Ok(Reply::ok(json!({"metrics": answers})))
    }
}

/// Where a query begins that may show so much of each period only, and so many points in all.
fn narrowed(from: i64, to: i64, shown: Shown, series: usize) -> i64 {
    let seconds = shown.period.map_or(1, muster_metrics::Period::seconds);
    let longest = match seconds {
        300 => 24 * HOUR_MS,
        1200 => 72 * HOUR_MS,
        3600 => 240 * HOUR_MS,
        14_400 => 720 * HOUR_MS,
        86_400 => 4320 * HOUR_MS,
        _ => 4 * HOUR_MS,
    };
    // Single samples are reckoned one a minute, as services report them.
    let step = i64::from(seconds.max(60)) * 1000;
    let series = i64::try_from(series).unwrap_or(i64::MAX);
    from.max(to - longest).max(to - POINTS / series * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_begins_where_its_points_fit() {
        const TO: i64 = 1_768_465_800_000;
        for (period, series, asked_hours, hours) in [
            (1, 1, 10, 4),
            (60, 1, 10, 4),
            (300, 1, 48, 24),
            (300, 20, 24, 12),
            (300, 500, 24, 0),
            (1200, 1, 100, 72),
            (3600, 1, 1000, 240),
            (14_400, 1, 1000, 720),
            (86_400, 1, 10_000, 4320),
            (3600, 1, 5, 5),
        ] {
            let shown = Shown::read("max", period).unwrap();
            let from = narrowed(TO - asked_hours * HOUR_MS, TO, shown, series);
            assert_eq!((TO - from) / HOUR_MS, hours, "{period} {series}");
        }
        let half_an_hour = narrowed(TO - 24 * HOUR_MS, TO, Shown::read("sum", 300).unwrap(), 500);
        assert_eq!(TO - half_an_hour, HOUR_MS / 2);
    }
}
