//! `DescribeCustomEventAttribute`, `DescribeCustomEventCount`, `DescribeCustomEventHistogram`: custom events, listed,
//! counted by name, and along time.

use muster_core::PageRequest;
use muster_events::{Count, CountBy, Event, Kind};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::query::{ALL, Query, group};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input of the list.
pub(in crate::cloudmonitor) struct DescribeCustomEventAttribute {
    query: Query,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeCustomEventAttribute {
    const NAME: &'static str = "DescribeCustomEventAttribute";
    const PERMISSION: &'static str = "cms:DescribeCustomEventAttribute";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let query = Query::read(parameters, Kind::Custom)?;
        Ok(Self { query, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let filter = self.query.filter(cx.tx.now());
        let found = cx.services.events.list(cx.tx, &cx.caller.account_id, &filter, self.page)?;
        let item = |event: &Event| {
            json!({
                "Id": event.id.to_string(),
                "Name": event.facts.name,
                "Content": event.facts.content,
                "GroupId": group(event),
                "Time": event.facts.at.millis().to_string(),
            })
        };
        let events: Vec<Value> = found.items.iter().map(item).collect();
        Ok(answer::spelled_success_with(json!({"CustomEvents": {"CustomEvent": events}})))
    }
}

/// The input of the counts.
pub(in crate::cloudmonitor) struct DescribeCustomEventCount(Query);

impl Operation<CloudMonitor> for DescribeCustomEventCount {
    const NAME: &'static str = "DescribeCustomEventCount";
    const PERMISSION: &'static str = "cms:DescribeCustomEventCount";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Query::read(parameters, Kind::Custom).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let filter = self.0.filter(cx.tx.now());
        let found = cx.services.events.count(cx.tx, &cx.caller.account_id, &filter, CountBy::Name, ALL)?;
        let item = |counted: &Count| {
            let facts = &counted.latest.facts;
            json!({"Name": facts.name, "Num": counted.count, "Time": facts.at.millis()})
        };
        let counts: Vec<Value> = found.items.iter().map(item).collect();
        Ok(answer::success_with(json!({"CustomEventCounts": {"CustomEventCount": counts}})))
    }
}

/// The input of the counts along time.
pub(in crate::cloudmonitor) struct DescribeCustomEventHistogram(Query);

impl Operation<CloudMonitor> for DescribeCustomEventHistogram {
    const NAME: &'static str = "DescribeCustomEventHistogram";
    const PERMISSION: &'static str = "cms:DescribeCustomEventHistogram";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Query::read(parameters, Kind::Custom).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let buckets = self.0.histogram(cx)?;
        Ok(answer::spelled_success_with(json!({"EventHistograms": {"EventHistogram": buckets}})))
    }
}
