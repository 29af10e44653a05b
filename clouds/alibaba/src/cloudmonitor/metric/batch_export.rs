//! `BatchExport`: the next points behind a cursor.

use muster_core::Timestamp;
use muster_metrics::Period;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Map, Value, json};

use super::cursor::Export;
use super::lines::{Point, Reader, lines};
use super::query::{first_behind, read_period};
use super::wanted::Wanted;
use super::{scope, statistics, token};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// Points of an answer.
const POINTS: u64 = 10_000;

/// The input.
pub(in crate::cloudmonitor) struct BatchExport {
    export: Export,
    period: Period,
    length: usize,
    measurements: Vec<String>,
}

impl Operation<CloudMonitor> for BatchExport {
    const NAME: &'static str = "BatchExport";
    const PERMISSION: &'static str = "cms:BatchExport";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let (namespace, metric) = (parameters.required("Namespace")?, parameters.required("Metric")?);
        let export: Export = token::read(parameters, "Cursor")?.ok_or_else(|| Fault::missing("Cursor"))?;
        if (namespace, metric) != (export.namespace.as_str(), export.metric.as_str()) {
            return Err(Refusal::illegal("Cursor", "was given for another metric"));
        }
        let length = parameters.integer("Length")?.ok_or_else(|| Fault::missing("Length"))?;
        let length = u64::try_from(length).ok().filter(|length| (1..=POINTS).contains(length));
        let length = length.ok_or_else(|| Refusal::illegal("Length", "must be between 1 and 10000"))?;
        let measurements = parameters.texts("Measurements")?;
        if measurements.iter().any(|name| statistics::named(name).is_none()) {
            return Err(Refusal::illegal("Measurements", "must be statistics such as Average"));
        }
        Ok(Self { period: read_period(export.period)?, export, length: length as usize, measurements })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let Self { export, period, length, measurements } = self;
        let (metrics, now) = (&cx.services.metrics, cx.tx.now());
        let wanted = Wanted::one(export.matchers.clone());
        let metric = (export.namespace.as_str(), export.metric.as_str());
        let series = wanted.find(cx.tx, metrics, scope(cx.caller), metric, export.start)?;
        let lines = lines(&series, &cx.caller.account_id, None);
        let reader = Reader { look: metrics.look(cx.tx)?, lines: &lines, period: *period };
        let (last, is_bounded) = last_window(export.end, now, *period);
        let span = (first_behind(*period, export.start), last);
        let (points, more) = reader.points(cx.tx, span, export.after.as_ref(), *length)?;
        let after = points.last().map(|last| reader.place(last)).or_else(|| export.after.clone());
        let has_next = more || !is_bounded;
        let cursor = has_next.then(|| token::write(&Export { after, ..export.clone() }));
        let anchor = points.last().map_or(export.start, |last| last.window.start);
        let results: Vec<Value> =
            points.iter().map(|point| result(&reader, point, export, measurements)).collect();
        Ok(answer::numbered_success_with(json!({
            "DataResults": results,
            "Cursor": cursor,
            "HasNext": has_next,
            "Length": points.len(),
            "Anchor": anchor.millis(),
        })))
    }
}

/// The last instant at which an exported window may begin, and whether the export ends there. One that goes on waits for
/// a window to be over, since it passes each only once.
fn last_window(end: Option<Timestamp>, now: Timestamp, period: Period) -> (Timestamp, bool) {
    match end {
        Some(end) if end <= now => (end, true),
        end => {
            let over = period.floor(now).plus_ms(-period.millis());
            (end.map_or(over, |end| end.min(over)), false)
        }
    }
}

fn result(reader: &Reader<'_>, point: &Point, export: &Export, measurements: &[String]) -> Value {
    let labels = &reader.lines[point.line].labels;
    let dimensions: Value =
        labels.iter().map(|(label, value)| json!({"Label": label, "Value": value})).collect();
    let mut figures = Map::new();
    statistics::write(&mut figures, &point.window, measurements);
    json!({
        "Namespace": export.namespace,
        "Metric": export.metric,
        "Period": export.period,
        "Timestamp": point.window.start.millis(),
        "LogTime": null,
        "Dimensions": dimensions,
        "Measurements": figures,
        "Associated": {},
    })
}
