//! `DescribeSystemEventAttribute`, `DescribeSystemEventCount`, `DescribeSystemEventHistogram`,
//! `DescribeSystemEventMetaList`: events of the system, listed, counted, along time, and which there are.

use muster_core::PageRequest;
use muster_events::{Count, CountBy, Event, EventFilter, Kind};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::query::{ALL, Query, group};
use super::words;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

fn item(event: &Event) -> Value {
    let facts = &event.facts;
    json!({
        "Product": facts.source,
        "Name": facts.name,
        "Level": facts.level.map_or("", words::level),
        "Status": facts.state,
        "Content": facts.content,
        "ResourceId": facts.resource_id,
        "InstanceName": facts.resource_name,
        "RegionId": facts.region,
        "GroupId": group(event),
        "Time": facts.at.millis(),
    })
}

/// The input of the list.
pub(in crate::cloudmonitor) struct DescribeSystemEventAttribute {
    query: Query,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeSystemEventAttribute {
    const NAME: &'static str = "DescribeSystemEventAttribute";
    const PERMISSION: &'static str = "cms:DescribeSystemEventAttribute";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let query = Query::read(parameters, Kind::System)?;
        Ok(Self { query, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let filter = self.query.filter(cx.tx.now());
        let found = cx.services.events.list(cx.tx, &cx.caller.account_id, &filter, self.page)?;
        let with_id = |event: &Event| {
            let mut item = item(event);
            item["Id"] = json!(event.id.to_string());
            item
        };
        let events: Vec<Value> = found.items.iter().map(with_id).collect();
        Ok(answer::spelled_success_with(json!({"SystemEvents": {"SystemEvent": events}})))
    }
}

/// The input of the counts.
pub(in crate::cloudmonitor) struct DescribeSystemEventCount(Query);

impl Operation<CloudMonitor> for DescribeSystemEventCount {
    const NAME: &'static str = "DescribeSystemEventCount";
    const PERMISSION: &'static str = "cms:DescribeSystemEventCount";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Query::read(parameters, Kind::System).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (filter, by) = (self.0.filter(cx.tx.now()), CountBy::NameAndState);
        let found = cx.services.events.count(cx.tx, &cx.caller.account_id, &filter, by, ALL)?;
        let counted = |counted: &Count| {
            let mut item = item(&counted.latest);
            item["Num"] = json!(counted.count);
            item
        };
        let counts: Vec<Value> = found.items.iter().map(counted).collect();
        Ok(answer::spelled_success_with(json!({"SystemEventCounts": {"SystemEventCount": counts}})))
    }
}

/// The input of the counts along time.
pub(in crate::cloudmonitor) struct DescribeSystemEventHistogram(Query);

impl Operation<CloudMonitor> for DescribeSystemEventHistogram {
    const NAME: &'static str = "DescribeSystemEventHistogram";
    const PERMISSION: &'static str = "cms:DescribeSystemEventHistogram";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Query::read(parameters, Kind::System).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let buckets = self.0.histogram(cx)?;
        Ok(answer::spelled_success_with(json!({"SystemEventHistograms": {"SystemEventHistogram": buckets}})))
    }
}

/// Which events of the system there are: those that the account has seen, since no list of all products' events could
/// be true of a server that has other ones.
pub(in crate::cloudmonitor) struct DescribeSystemEventMetaList;

impl Operation<CloudMonitor> for DescribeSystemEventMetaList {
    const NAME: &'static str = "DescribeSystemEventMetaList";
    const PERMISSION: &'static str = "cms:DescribeSystemEventMetaList";
    const ACCESS: Access = Access::Read;

    fn decode(_parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let filter = EventFilter { kind: Some(Kind::System), ..EventFilter::default() };
        let events = &cx.services.events;
        let found = events.count(cx.tx, &cx.caller.account_id, &filter, CountBy::NameAndState, ALL)?;
        let item = |counted: &Count| {
            let facts = &counted.latest.facts;
            json!({
                "Product": facts.source,
                "EventType": facts.category.map_or("", words::category),
                "Name": facts.name,
                "NameDesc": facts.name,
                "NameDesc.En": facts.name,
                "Level": facts.level.map_or("", words::level),
                "Status": facts.state,
                "StatusDesc": facts.state,
            })
        };
        let kinds: Vec<Value> = found.items.iter().map(item).collect();
        Ok(answer::numbered_success_with(json!({"Data": {"Resource": kinds}})))
    }
}
