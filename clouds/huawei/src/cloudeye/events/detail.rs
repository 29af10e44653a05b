//! The events of one name, one by one.

use muster_core::PageRequest;
use muster_events::{Event, EventFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{KINDS, LEVELS, STATES, level, page, read_filter, sub_type, text, word};
use crate::cloudeye::ids::{EventId, GroupId};
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListEventDetail {
    name: String,
    filter: EventFilter,
    page: PageRequest,
}

impl Operation<CloudEye> for ListEventDetail {
    const NAME: &'static str = "ListEventDetail/v1";
    const PERMISSION: &'static str = "ces:events:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let name = request.path("event_name").to_owned();
        let filter = read_filter(request)?;
        if filter.kind.is_none() {
            return Err(Malformed::parameter("event_type", "must be given").into());
        }
        let state = text(request, "event_state")?;
        if state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
            let why = format!("must be one of {}", STATES.join(", "));
            return Err(Malformed::parameter("event_state", why).into());
        }
        let filter = EventFilter {
            name: Some(name.clone()),
            source: text(request, "event_source")?,
            levels: word(request, "event_level", &LEVELS)?.into_iter().collect(),
            state,
            user: text(request, "event_user")?,
            ..filter
        };
        Ok(Self { name, filter, page: page(request)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let filter = EventFilter { project_id: Some(cx.caller.project_id.clone()), ..self.filter.clone() };
        let (events, account) = (&cx.services.events, &cx.caller.account_id);
        let found = events.list(cx.tx, account, &filter, self.page)?;
        let (sources, users) = events.sources_and_users(cx.tx, account, &filter)?;
        let kind = self.filter.kind.map_or("", |kind| KINDS.write(kind));
        let finer = found.items.first().map_or("", |event| sub_type(&event.facts));
        let info: Vec<Value> = found.items.iter().map(item).collect();
        Ok(Reply::ok(json!({
            "event_name": self.name,
            "event_type": kind,
            "sub_event_type": finer,
            "event_users": users,
            "event_sources": sources,
            "event_info": info,
            "meta_data": {"total": found.total},
        })))
    }
}

fn item(event: &Event) -> Value {
    let facts = &event.facts;
    let mut detail = json!({
        "content": facts.content,
        "resource_id": facts.resource_id,
        "resource_name": facts.resource_name,
        "event_state": facts.state,
        "event_level": level(event),
        "event_user": facts.user,
        "event_type": KINDS.write(facts.kind),
        "sub_event_type": sub_type(facts),
        "dimensions": facts.dimensions.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
    });
    if let Some(group) = facts.group_id {
        detail["group_id"] = json!(GroupId::new(group).to_string());
    }
    json!({
        "event_name": facts.name,
        "event_source": facts.source,
        "time": facts.at.millis(),
        "detail": detail,
        "event_id": EventId::new(event.id).to_string(),
    })
}
