//! What the four queries share.

use muster_core::Timestamp;
use muster_metrics::{Period, Series};
use muster_wire::Cx;
use serde_json::{Map, Value};

use super::lines::{Line, Point, Reader};
use super::wanted::Wanted;
use super::{scope, statistics};
use crate::cloudmonitor::{CloudMonitor, Refusal, time};
use crate::rpc::Parameters;

/// Periods in seconds that can be asked for.
pub(super) const PERIODS: [u64; 5] = [15, 60, 300, 900, 3600];
/// Points of an answer.
const POINTS: u64 = 1440;
const MINUTE_MS: i64 = 60_000;
/// The longest span.
const SPAN_MS: i64 = 31 * 1440 * MINUTE_MS;

/// The input of a query.
#[derive(Clone, Debug)]
pub(super) struct Query {
    namespace: String,
    metric: String,
    pub(super) period: Period,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    wanted: Wanted,
    pub(super) length: usize,
    group_by: Option<Vec<String>>,
}

impl Query {
    pub(super) fn read(parameters: &Parameters, default_length: usize) -> Result<Self, Refusal> {
        let (start, end) = (time::instant(parameters, "StartTime")?, time::instant(parameters, "EndTime")?);
        if let (Some(start), Some(end)) = (start, end) {
            check_span(start, end)?;
        }
        let length = parameters.integer("Length")?.map(u64::try_from);
        let length = match length {
            None => default_length,
            Some(Ok(length @ 1..=POINTS)) => length as usize,
            Some(_) => return Err(Refusal::illegal("Length", &format!("must be between 1 and {POINTS}"))),
        };
        Ok(Self {
            namespace: parameters.required("Namespace")?.to_owned(),
            metric: parameters.required("MetricName")?.to_owned(),
            period: period(parameters)?,
            start,
            end,
            wanted: Wanted::read(parameters)?,
            length,
            group_by: group_by(parameters)?,
        })
    }

    /// Whether an instant is named at all.
    pub(super) fn has_times(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// The starts of the first and of the last window: behind `StartTime`, up to `EndTime`.
    pub(super) fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
        let end = self.end.unwrap_or(now);
        let start = self.start.unwrap_or_else(|| end.plus_ms(-look_back_ms(self.period)));
        check_span(start, end)?;
        Ok((first_behind(self.period, start), end))
    }

    /// The wanted series: each a line of its own, or joined as the request groups them. What is joined although no
    /// groups are named becomes one line.
    pub(super) fn lines(
        &self,
        cx: &mut Cx<'_, '_, CloudMonitor>,
        from: Timestamp,
        joined: bool,
    ) -> Result<Vec<Line>, Refusal> {
        let series = self.series(cx, from)?;
        let group_by = self.group_by.as_deref().or(joined.then_some(&[]));
        Ok(super::lines::lines(&series, &cx.caller.account_id, group_by))
    }

    fn series(&self, cx: &mut Cx<'_, '_, CloudMonitor>, from: Timestamp) -> Result<Vec<Series>, Refusal> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        Ok(self.wanted.find(cx.tx, metrics, scope, (&self.namespace, &self.metric), from)?)
    }
}

/// The first window that begins behind an instant.
pub(super) fn first_behind(period: Period, at: Timestamp) -> Timestamp {
    period.floor(at).plus_ms(period.millis())
}

fn check_span(start: Timestamp, end: Timestamp) -> Result<(), Refusal> {
    match end.since(start) {
        ..=0 => Err(Refusal::illegal("StartTime", "must be before EndTime")),
        1..=SPAN_MS => Ok(()),
        _ => Err(Refusal::illegal("StartTime", "must be at most 31 days before EndTime")),
    }
}

/// How far back a query goes that names no start.
fn look_back_ms(period: Period) -> i64 {
    match period.seconds() {
        ..60 => 20 * MINUTE_MS,
        60..900 => 120 * MINUTE_MS,
        _ => 2 * 1440 * MINUTE_MS,
    }
}

/// The period, 60 seconds where none is named.
fn period(parameters: &Parameters) -> Result<Period, Refusal> {
    let seconds = parameters.integer("Period")?.unwrap_or(60);
    read_period(seconds)
}

/// A period of so many seconds.
pub(super) fn read_period(seconds: i64) -> Result<Period, Refusal> {
    let known = u64::try_from(seconds).ok().filter(|seconds| PERIODS.contains(seconds));
    known
        .and_then(Period::from_seconds)
        .ok_or_else(|| Refusal::illegal("Period", "must be 15, 60, 300, 900 or 3600"))
}

/// `Express` with its one member, `{"groupby":["instanceId"]}`.
fn group_by(parameters: &Parameters) -> Result<Option<Vec<String>>, Refusal> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Express {
        groupby: Option<Vec<String>>,
    }
    let Some(text) = parameters.word("Express") else { return Ok(None) };
    let express: Result<Express, _> = serde_json::from_str(text);
    let express = express
        .map_err(|_| Refusal::illegal("Express", "must be {\"groupby\":[…]} with names of dimensions"))?;
    Ok(express.groupby.filter(|names| !names.is_empty()))
}

/// A point as clients read it.
pub(super) fn datapoint(reader: &Reader<'_>, point: &Point) -> Map<String, Value> {
    let mut written = Map::new();
    for (name, value) in &reader.lines[point.line].labels {
        written.insert(name.clone(), Value::from(value.as_str()));
    }
    written.insert("timestamp".to_owned(), Value::from(point.window.start.millis()));
    statistics::write(&mut written, &point.window, &[]);
    written
}

/// Points as the text that answers hold.
pub(super) fn datapoints(reader: &Reader<'_>, points: &[Point]) -> String {
    let points: Vec<Value> = points.iter().map(|point| datapoint(reader, point).into()).collect();
    Value::Array(points).to_string()
}
