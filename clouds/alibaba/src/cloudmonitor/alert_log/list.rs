//! `DescribeAlertLogList`: what happened, the newest first.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::outcome::Outcome;
use super::row;
use super::wanted::Wanted;
use crate::cloudmonitor::rules::{group_names, owner};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Rows of a page at most: each has messages of its own.
const LARGEST: u64 = 1_000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeAlertLogList {
    wanted: Wanted,
    number: i64,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeAlertLogList {
    const NAME: &'static str = "DescribeAlertLogList";
    const PERMISSION: &'static str = "cms:DescribeAlertLogList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let page = paging::read(parameters, 10)?;
        if page.limit > LARGEST {
            return Err(Refusal::illegal("PageSize", "must be between 1 and 1000"));
        }
        let number = parameters.integer("PageNumber")?.unwrap_or(1);
        Ok(Self { wanted: Wanted::read(parameters)?, number, page })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let mut rows: Vec<Value> = Vec::new();
        if let Some((filter, ..)) = self.wanted.at(cx.tx.now()) {
            let page = cx.services.alarms.notices(cx.tx, owner(cx.caller), &filter, self.page)?;
            let groups = page.items.iter().filter_map(|(_, episode)| row::group_id(episode));
            let names = group_names(cx, groups)?;
            for (notice, episode) in &page.items {
                let messages = cx.services.notify.messages_of_notice(cx.tx, cx.caller, &notice.key)?;
                let outcome = Outcome::of(messages, notice, episode);
                let group = row::group_id(episode).and_then(|id| names.get(&id)).map(String::as_str);
                rows.push(row::written(notice, episode, &outcome, group, &cx.caller.region));
            }
        }
        Ok(answer::success_with(json!({
            "AlertLogList": rows,
            "PageNumber": self.number,
            "PageSize": self.page.limit,
        })))
    }
}
