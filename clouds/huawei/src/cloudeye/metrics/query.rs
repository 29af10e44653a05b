//! The points of one series.

use std::borrow::Cow;

use muster_core::Timestamp;
use muster_metrics::SeriesName;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{INSTANTS, Shown, as_parameter, query_dimensions, scope};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ShowMetricData {
    series: SeriesName,
    shown: Shown,
    span: (Timestamp, Timestamp),
}

impl Operation<CloudEye> for ShowMetricData {
    const NAME: &'static str = "ShowMetricData/v1";
    const PERMISSION: &'static str = "ces:metricData:get";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let namespace = needed(request, "namespace")?;
        as_parameter("namespace", validate::namespace("namespace", &namespace))?;
        let metric = needed(request, "metric_name")?;
        as_parameter("metric_name", validate::metric_name("metric_name", &metric))?;
        needed(request, "dim.0")?;
        let pairs = query_dimensions(request)?;
        let dimensions =
            pairs.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))).collect();
        let series = SeriesName::new(&namespace, &metric, dimensions)
            .map_err(|error| Malformed::parameter("dim", error.to_string()))?;
        let filter = needed(request, "filter")?;
        needed(request, "period")?;
        let period = request.number("period", 1..=86_400, 1)?;
        let shown =
            Shown::read(&filter, period).map_err(|why| Malformed::parameter("filter, period", why))?;
        let (from, to) = (instant(request, "from")?, instant(request, "to")?);
        if from >= to {
            return Err(Malformed::parameter("from", "must be before to").into());
        }
        Ok(Self { series, shown, span: (from, to) })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let metrics = &cx.services.metrics;
        let mut datapoints = Vec::new();
        if let Some(series) = metrics.find(cx.tx, scope(cx.caller), &self.series)? {
            for point in self.shown.points(cx.tx, metrics, &series, self.span)? {
                let mut point = self.shown.write(point);
                point.insert("unit".to_owned(), json!(&*series.unit));
                datapoints.push(Value::Object(point));
            }
        }
        Ok(Reply::ok(json!({"datapoints": datapoints, "metric_name": self.series.metric()})))
    }
}

fn needed(request: &Request, name: &str) -> Result<String, Malformed> {
    let value = request.query(name)?.filter(|text| !text.is_empty());
    value.ok_or_else(|| Malformed::parameter(name, "is mandatory"))
}

fn instant(request: &Request, name: &str) -> Result<Timestamp, Malformed> {
    needed(request, name)?;
    let range = INSTANTS.start().cast_unsigned()..=INSTANTS.end().cast_unsigned();
    let millis = request.number(name, range, 0)?;
    Ok(Timestamp::from_millis(millis.cast_signed()))
}
