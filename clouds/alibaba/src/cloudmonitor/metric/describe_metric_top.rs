//! `DescribeMetricTop`: the series with the largest or the smallest latest points.

use muster_metrics::Statistic;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::lines::{Point, Reader};
use super::query::{Query, datapoint};
use super::statistics;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Points of an answer where `Length` is absent.
const DEFAULT_LENGTH: usize = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMetricTop {
    query: Query,
    order_by: Statistic,
    ascending: bool,
}

impl Operation<CloudMonitor> for DescribeMetricTop {
    const NAME: &'static str = "DescribeMetricTop";
    const PERMISSION: &'static str = "cms:DescribeMetricTop";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let order_by = statistics::named(parameters.required("Orderby")?)
            .ok_or_else(|| Refusal::illegal("Orderby", "must be a statistic such as Average"))?;
        // The vendor's parameter means the opposite of its name.
        let ascending = parameters.boolean("OrderDesc")?.unwrap_or(false);
        Ok(Self { query: Query::read(parameters, DEFAULT_LENGTH)?, order_by, ascending })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let Self { query, order_by, ascending } = self;
        let span = query.span(cx.tx.now())?;
        let lines = query.lines(cx, span.0, false)?;
        let look = cx.services.metrics.look(cx.tx)?;
        let reader = Reader { look, lines: &lines, period: query.period };
        let (points, _) = reader.latest(cx.tx, span, None, usize::MAX)?;
        let with_figure = |point: Point| Some((point.window.statistic(*order_by)?, point));
        let mut ranked: Vec<(f64, Point)> = points.into_iter().filter_map(with_figure).collect();
        // Equals stay in the order of their dimensions.
        ranked.sort_by(
            |(one, _), (other, _)| {
                if *ascending { one.total_cmp(other) } else { other.total_cmp(one) }
            },
        );
        let write = |(place, (_, point)): (usize, &(f64, Point))| {
            let mut written = datapoint(&reader, point);
            written.insert("order".to_owned(), Value::from(place + 1));
            Value::Object(written)
        };
        let points: Vec<Value> = ranked.iter().take(query.length).enumerate().map(write).collect();
        Ok(answer::unsaid_success_with(json!({
            "Datapoints": Value::Array(points).to_string(),
            "Period": query.period.seconds().to_string(),
        })))
    }
}
