//! `DescribeMetricData`: all wanted series joined, or those of each group.

use muster_core::Timestamp;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::lines::Reader;
use super::query::{Query, datapoints};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Points of an answer where `Length` is absent.
const DEFAULT_LENGTH: usize = 1000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricData(Query);

impl Operation<CloudMonitor> for DescribeMetricData {
    const NAME: &'static str = "DescribeMetricData";
    const PERMISSION: &'static str = "cms:DescribeMetricData";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Query::read(parameters, DEFAULT_LENGTH).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let Self(query) = self;
        let span = query.span(cx.tx.now())?;
        let lines = query.lines(cx, span.0, true)?;
        let look = cx.services.metrics.look(cx.tx)?;
        let reader = Reader { look, lines: &lines, period: query.period };
        let points = if query.has_times() {
            reader.points(cx.tx, span, None, query.length)?.0
        } else {
            // The last period only, of those lines that are as late as the latest one.
            let (mut points, _) = reader.latest(cx.tx, span, None, usize::MAX)?;
            let last: Option<Timestamp> = points.iter().map(|point| point.window.start).max();
            points.retain(|point| Some(point.window.start) == last);
            points.truncate(query.length);
            points
        };
        Ok(answer::unsaid_success_with(json!({
            "Datapoints": datapoints(&reader, &points),
            "Period": query.period.seconds().to_string(),
        })))
    }
}
