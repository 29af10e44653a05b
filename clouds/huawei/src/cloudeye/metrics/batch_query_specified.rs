//! The latest samples of one metric of all resources of a kind.

use muster_core::Timestamp;
use muster_metrics::{SeriesFilter, SeriesPage};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{INSTANTS, numbers, scope};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(crate) struct BatchListSpecifiedMetricData {
    filter: SeriesFilter,
    namespace: String,
    metric_name: String,
    metric_dimension: String,
    span: (Timestamp, Timestamp),
    limit: usize,
    offset: usize,
}

/// The longest span in milliseconds.
const LONGEST_MS: i64 = 300_000;
/// Series that are read at once.
const SERIES: u64 = 1000;

#[derive(Deserialize)]
struct Body {
    namespace: Option<String>,
    metric_name: Option<String>,
    metric_dimension: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
    limit: Option<i64>,
    offset: Option<i64>,
}

impl Operation<CloudEye> for BatchListSpecifiedMetricData {
    const NAME: &'static str = "BatchListSpecifiedMetricData/v2";
    const PERMISSION: &'static str = "ces:metricData:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: Body = request.body()?;
        let namespace = required("namespace", body.namespace)?;
        validate::namespace("namespace", &namespace)?;
        let metric_name = required("metric_name", body.metric_name)?;
        validate::metric_name("metric_name", &metric_name)?;
        let metric_dimension = required("metric_dimension", body.metric_dimension)?;
        let names: Vec<String> = metric_dimension.split(',').map(str::to_owned).collect();
        validate::count("metric_dimension", &names, 1..=4)?;
        for name in &names {
            validate::dimension_name("metric_dimension", name)?;
        }
        let (from, to) = (required("from", body.from)?, required("to", body.to)?);
        if !INSTANTS.contains(&from) || !INSTANTS.contains(&to) || from >= to || to - from > LONGEST_MS {
            let why = "must be milliseconds since 1970, from before to, at most five minutes apart";
            return Err(Malformed::field("from, to", why).into());
        }
        let limit = body.limit.unwrap_or(100);
        if !(1..=1000).contains(&limit) {
            return Err(Malformed::field("limit", "must be a whole number from 1 to 1000").into());
        }
        let offset = usize::try_from(body.offset.unwrap_or(0))
            .map_err(|_| Malformed::field("offset", "must be a whole number from 0"))?;
        Ok(Self {
            filter: SeriesFilter {
                namespace: Some(namespace.clone()),
                metric: Some(metric_name.clone()),
                dimension_names: Some(names),
                ..SeriesFilter::default()
            },
            namespace,
            metric_name,
            metric_dimension,
            span: (Timestamp::from_millis(from), Timestamp::from_millis(to)),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            offset,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        let (mut points, mut passed, mut after) = (Vec::new(), 0, None::<String>);
        while points.len() < self.limit {
            let page = SeriesPage { after: after.as_deref(), descending: false, limit: SERIES };
            let found = metrics.list(cx.tx, scope, &self.filter, page)?;
            let Some(last) = found.last() else { break };
            after = Some(last.name.text().to_owned());
            for series in found {
                let samples = metrics.samples(cx.tx, &series, self.span.0, self.span.1)?;
                let wanted = samples.len().min(self.offset.saturating_sub(passed));
                passed += wanted;
                let room = self.limit - points.len();
                // What a host's own agent hashed is not known here: the value is its own origin.
                let dimensions: Value = series
                    .name
                    .dimensions()
                    .into_iter()
                    .map(|(name, value)| json!({"name": name, "value": value, "origin_value": value}))
                    .collect();
                for sample in samples.into_iter().skip(wanted).take(room) {
                    points.push(json!({
                        "dimensions": dimensions,
                        "timestamp": sample.at.millis(),
                        "value": numbers::sample(sample.value, series.kind),
                        "unit": &*series.unit,
                    }));
                }
            }
        }
        Ok(Reply::ok(json!({
            "namespace": self.namespace,
            "metric_name": self.metric_name,
            "metric_dimension": self.metric_dimension,
            "data_points": points,
        })))
    }
}
