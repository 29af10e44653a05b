//! Events, counted by name.

use muster_core::PageRequest;
use muster_events::{CountBy, EventFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{KINDS, page, read_filter, sub_type, text};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct ListEvents {
    filter: EventFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ListEvents {
    const NAME: &'static str = "ListEvents/v1";
    const PERMISSION: &'static str = "ces:events:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let filter = EventFilter { name: text(request, "event_name")?, ..read_filter(request)? };
        Ok(Self { filter, page: page(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let filter = EventFilter { project_id: Some(cx.caller.project_id.clone()), ..self.filter.clone() };
        let events = &cx.services.events;
        let found = events.count(cx.tx, &cx.caller.account_id, &filter, CountBy::Name, self.page)?;
        let item = |counted: &muster_events::Count| {
            let facts = &counted.latest.facts;
            json!({
                "event_name": facts.name,
                "event_type": KINDS.write(facts.kind),
                "sub_event_type": sub_type(facts),
                "event_count": counted.count,
                "latest_occur_time": facts.at.millis(),
                "latest_event_source": facts.source,
            })
        };
        let items: Vec<Value> = found.items.iter().map(item).collect();
        Ok(Reply::ok(json!({"events": items, "meta_data": {"total": found.total}})))
    }
}
