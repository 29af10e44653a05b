//! Takes samples in.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use muster_core::Timestamp;
use muster_metrics::{Admission, NewSample, Sample, ValueKind};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;

use super::{DimensionBody, read_series, scope};
use crate::cloudeye::{CloudEye, Refused, report, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateMetricData(Vec<NewSample>);

/// Three days back and ten minutes ahead, less ten seconds for the way of a request. What comes more than ten minutes
/// late is kept but counted in no window.
const ADMISSION: Admission = Admission {
    oldest_ms: 3 * 86_400_000 - 10_000,
    ahead_ms: 600_000 - 10_000,
    late_ms: 600_000,
    counted: true,
};

#[derive(Deserialize)]
struct Item<'b> {
    #[serde(borrow)]
    metric: Option<Object<MetricBody<'b>>>,
    ttl: Option<i64>,
    collect_time: Option<i64>,
    value: Option<f64>,
    #[serde(borrow)]
    unit: Option<Cow<'b, str>>,
    #[serde(borrow)]
    r#type: Option<Cow<'b, str>>,
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

impl Operation<CloudEye> for CreateMetricData {
    const NAME: &'static str = "CreateMetricData/v1";
    const PERMISSION: &'static str = "ces:metricData:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let items: Vec<Object<Item<'_>>> = report::items(request)?;
        let mut samples: Vec<NewSample> = Vec::with_capacity(items.len());
        for (place, Object(item)) in items.into_iter().enumerate() {
            // Units repeat from item to item.
            let known = samples.last().map(|before| &before.unit);
            let sample = item.read(known).map_err(|malformed| report::at(place, malformed))?;
            samples.push(sample);
        }
        Ok(Self(samples))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let mut checked = None;
        for sample in &self.0 {
            let namespace = sample.series.namespace();
            if checked != Some(namespace) && !cx.services.trusted_reporters.allow(cx.caller, namespace) {
                return Err(Refused::reserved_namespace(namespace));
            }
            checked = Some(namespace);
        }
        cx.services.metrics.add(cx.tx, scope(cx.caller), &self.0, ADMISSION)?;
        Ok(Reply { status: StatusCode::CREATED, body: None, headers: HeaderMap::new() })
    }
}

impl Item<'_> {
    fn read(self, known_unit: Option<&Arc<str>>) -> Result<NewSample, Malformed> {
        let Object(metric) = required("metric", self.metric)?;
        let namespace = required("metric.namespace", metric.namespace)?;
        let metric_name = required("metric.metric_name", metric.metric_name)?;
        let dimensions = required("metric.dimensions", metric.dimensions)?;
        let series = read_series("metric.", &namespace, &metric_name, dimensions)?;
        let ttl = required("ttl", self.ttl)?;
        if !(1..=604_800).contains(&ttl) {
            return Err(Malformed::field("ttl", "must be a whole number from 1 to 604800"));
        }
        let at = Timestamp::from_millis(required("collect_time", self.collect_time)?);
        let value = required("value", self.value)?;
        let unit = self.unit.unwrap_or_default();
        let unit = match known_unit {
            Some(known) if **known == *unit => Arc::clone(known),
            _ => {
                validate::printable("unit", &unit, 0..=32)?;
                Arc::from(unit)
            }
        };
        let kind = match self.r#type.as_deref() {
            None | Some("" | "float") => ValueKind::Float,
            Some("int") => ValueKind::Integer,
            Some(_) => return Err(Malformed::field("type", "must be int or float")),
        };
        Ok(NewSample { series, unit, kind, ttl_ms: ttl * 1000, sample: Sample { at, value } })
    }
}
