//! `DescribeMetricList`: series along time, page by page.

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
pub(in crate::cloudmonitor) struct DescribeMetricList {
    query: Query,
    after: Option<Place>,
}

impl Operation<CloudMonitor> for DescribeMetricList {
    const NAME: &'static str = "DescribeMetricList";
    const PERMISSION: &'static str = "cms:DescribeMetricList";
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
        let (points, more) = reader.points(cx.tx, span, after.as_ref(), query.length)?;
        let mut data = json!({
            "Datapoints": datapoints(&reader, &points),
            "Period": query.period.seconds().to_string(),
        });
        if let Some(last) = points.last().filter(|_| more) {
            data["NextToken"] = token::write(&reader.place(last)).into();
        }
        Ok(answer::success_with(data))
    }
}
