//! Lists rules by the time of their making. `start` is the last rule of the page before.

use muster_alarms::RuleFilter;
use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::write_all;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::groups::v2::query_enterprise_project;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarms {
    start: Option<AlarmId>,
    filter: RuleFilter,
    limit: u64,
}

impl Operation<CloudEye> for ListAlarms {
    const NAME: &'static str = "ListAlarms/v1";
    const PERMISSION: &'static str = "ces:alarms:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let start = request.query("start")?.filter(|text| !text.is_empty()).map(|text| {
            AlarmId::parse(&text)
                .ok_or_else(|| Malformed::parameter("start", format!("must be {}", AlarmId::form())))
        });
        let oldest_first = match request.query("order")?.as_deref() {
            None | Some("" | "desc") => false,
            Some("asc") => true,
            Some(_) => return Err(Malformed::parameter("order", "must be asc or desc").into()),
        };
        Ok(Self {
            start: start.transpose()?,
            filter: RuleFilter {
                enterprise_project_id: query_enterprise_project(request, "enterprise_project_id")?,
                oldest_first,
                ..RuleFilter::default()
            },
            limit: request.number("limit", 1..=100, 100)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let (alarms, owner) = (&cx.services.alarms, owner(cx.caller));
        let mut filter = self.filter.clone();
        if let Some(start) = self.start {
            // A rule that is gone was made just before its own number.
            let known = alarms.find(cx.tx, owner, &start.to_string())?;
            filter.after = Some(known.map_or(start.get(), |rule| rule.id));
        }
        // One more tells whether there is another page.
        let page = PageRequest { offset: 0, limit: self.limit + 1 };
        let mut found = alarms.list(cx.tx, owner, &filter, page)?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = found.items.len() > limit;
        found.items.truncate(limit);
        let marker = found.items.last().filter(|_| has_more).map(|rule| rule.key.clone()).unwrap_or_default();
        let meta = json!({"count": found.items.len(), "total": found.total, "marker": marker});
        Ok(Reply::ok(json!({"metric_alarms": write_all(cx, &found.items)?, "meta_data": meta})))
    }
}
