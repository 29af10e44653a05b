//! Lists the series that were reported lately.

use muster_metrics::{SeriesFilter, SeriesPage};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{as_parameter, query_dimensions, scope, write_dimensions};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListMetrics {
    filter: SeriesFilter,
    start: Option<String>,
    limit: usize,
    descending: bool,
}

impl Operation<CloudEye> for ListMetrics {
    const NAME: &'static str = "ListMetrics/v1";
    const PERMISSION: &'static str = "ces:metrics:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let some = |name: &str| -> Result<Option<String>, Malformed> {
            Ok(request.query(name)?.filter(|text| !text.is_empty()))
        };
        let (namespace, metric) = (some("namespace")?, some("metric_name")?);
        if let Some(namespace) = &namespace {
            as_parameter("namespace", validate::namespace("namespace", namespace))?;
        }
        if let Some(metric) = &metric {
            as_parameter("metric_name", validate::metric_name("metric_name", metric))?;
        }
        let descending = match some("order")?.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Malformed::parameter("order", "must be asc or desc").into()),
        };
        let dimensions = query_dimensions(request)?;
        Ok(Self {
            filter: SeriesFilter { namespace, metric, dimensions, ..SeriesFilter::default() },
            start: some("start")?,
            limit: usize::try_from(request.number("limit", 1..=1000, 1000)?).unwrap_or(1000),
            descending,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (metrics, scope) = (&cx.services.metrics, scope(cx.caller));
        // One more than asked tells whether another page follows: clients stop at an empty marker.
        let limit = self.limit as u64 + 1;
        let page = SeriesPage { after: self.start.as_deref(), descending: self.descending, limit };
        let mut found = metrics.list(cx.tx, scope, &self.filter, page)?;
        let total = metrics.count(cx.tx, scope, &self.filter)?;
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let marker = found.last().filter(|_| has_more).map_or("", |series| series.name.text());
        let list: Vec<Value> = found
            .iter()
            .map(|series| {
                json!({
                    "namespace": series.name.namespace(),
                    "dimensions": write_dimensions(&series.name),
                    "metric_name": series.name.metric(),
                    "unit": &*series.unit,
                })
            })
            .collect();
        let meta = json!({"count": list.len(), "total": total, "marker": marker});
        Ok(Reply::ok(json!({"metrics": list, "meta_data": meta})))
    }
}
