//! `DescribeMetricLast`: the newest point of each series.

use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::lines::{Place, Reader};
use super::query::{Query, datapoints};
use super::token;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Points of an answer where `Length` is absent.
const DEFAULT_LENGTH: usize = 1000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricLast {
    query: Query,
    after: Option<Place>,
}

impl Operation<CloudMonitor> for DescribeMetricLast {
    const NAME: &'static str = "DescribeMetricLast";
    const PERMISSION: &'static str = "cms:DescribeMetricLast";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let query = Query::read(parameters, DEFAULT_LENGTH)?;
        Ok(Self { query, after: token::read(parameters, "NextToken")? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let Self { query, after } = self;
        let span = query.span(cx.tx.now())?;
        let lines = query.lines(cx, span.0, false)?;
        let look = cx.services.metrics.look(cx.tx)?;
        let reader = Reader { look, lines: &lines, period: query.period };
        let (mut points, more) = reader.latest(cx.tx, span, after.as_ref(), query.length)?;
        let next = points.last().filter(|_| more).map(|last| token::write(&reader.place(last)));
        points.sort_by_key(|point| (point.window.start, point.line));
        let mut data = json!({
            "Datapoints": datapoints(&reader, &points),
            "Period": query.period.seconds().to_string(),
        });
        if let Some(next) = next {
            data["NextToken"] = next.into();
        }
        Ok(answer::success_with(data))
    }
}
