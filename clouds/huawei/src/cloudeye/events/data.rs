//! What events of one name say of one resource: how the configurations of hosts are looked up.

use muster_core::PageRequest;
use muster_events::EventFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{instant, text};
use crate::cloudeye::metrics::{as_parameter, query_dimensions};
use crate::cloudeye::{CloudEye, Refused, validate};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

/// No more are answered: the API has no pages here.
const MOST: u64 = 1_000;

pub(crate) struct ShowEventData {
    name: String,
    filter: EventFilter,
}

impl Operation<CloudEye> for ShowEventData {
    const NAME: &'static str = "ShowEventData/v1";
    const PERMISSION: &'static str = "ces:sapEventData:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let given = |name: &'static str| -> Result<String, Malformed> {
            text(request, name)?.ok_or_else(|| Malformed::parameter(name, "must be given"))
        };
        let namespace = given("namespace")?;
        as_parameter("namespace", validate::namespace("namespace", &namespace))?;
        let mut dimensions = query_dimensions(request)?;
        if dimensions.is_empty() {
            return Err(Malformed::parameter("dim.0", "must be given").into());
        }
        dimensions.sort_unstable();
        let name = given("type")?;
        let (from, to) = (instant(request, "from")?, instant(request, "to")?);
        match from.zip(to) {
            Some((from, to)) if from < to => {}
            _ => return Err(Malformed::parameter("from", "and to must be given, from before to").into()),
        }
        let filter = EventFilter {
            source: Some(namespace),
            name: Some(name.clone()),
            dimensions: Some(dimensions),
            from,
            to,
            ..EventFilter::default()
        };
        Ok(Self { name, filter })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let filter = EventFilter { project_id: Some(cx.caller.project_id.clone()), ..self.filter.clone() };
        let page = PageRequest { offset: 0, limit: MOST };
        let found = cx.services.events.list(cx.tx, &cx.caller.account_id, &filter, page)?;
        let point = |event: &muster_events::Event| json!({"type": self.name, "timestamp": event.facts.at.millis(), "value": event.facts.content});
        let points: Vec<Value> = found.items.iter().rev().map(point).collect();
        Ok(Reply::ok(json!({"datapoints": points})))
    }
}
