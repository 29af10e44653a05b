//! `ReadSchedulerxCalendar`: a page of the years of calendars.

use muster_core::PageRequest;
use muster_jobs::calendars::{self, Calendar, CalendarFilter};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault};
use crate::schedulerx::{Refusal, SchedulerX, answer};

const DEFAULT_ROWS: i64 = 20;
const MOST_ROWS: u64 = 100;

/// The input.
pub(in crate::schedulerx) struct ReadSchedulerxCalendar {
    filter: CalendarFilter,
    with_days: bool,
}

impl Operation<SchedulerX> for ReadSchedulerxCalendar {
    const NAME: &'static str = "ReadSchedulerxCalendar";
    const PERMISSION: &'static str = "edas:ReadSchedulerxCalendar";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        parameters.required("RegionId")?;
        let offset = match parameters.word("NextToken") {
            Some(token) => {
                token.parse().map_err(|_| Fault::invalid("NextToken", "it is not a token of ours"))?
            }
            None => 0,
        };
        let limit = u64::try_from(parameters.integer("MaxResults")?.unwrap_or(DEFAULT_ROWS))
            .ok()
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| Refusal::out_of_domain("MaxResults", "1 to 100 are allowed"))?;
        let filter = CalendarFilter {
            name: parameters.word("CalendarName").map(str::to_owned),
            year: parameters.integer("Year")?,
            with_system: parameters.boolean("FetchSystemCalendar")?.unwrap_or(false),
            page: PageRequest { offset, limit },
        };
        Ok(Self { filter, with_days: parameters.boolean("FetchCalendarDetail")?.unwrap_or(false) })
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let page = calendars::list(cx.tx, cx.caller, &self.filter)?;
        let PageRequest { offset, limit } = self.filter.page;
        let records: Vec<Value> = page.items.iter().map(|calendar| self.record(calendar)).collect();
        let end = offset.saturating_add(records.len() as u64);
        // Empty at the end.
        let next = if end < page.total && !records.is_empty() { end.to_string() } else { String::new() };
        Ok(answer::success_with(json!({
            "Records": records,
            "NextToken": next,
            "MaxResults": limit,
            "Total": page.total,
        })))
    }
}

impl ReadSchedulerxCalendar {
    fn record(&self, calendar: &Calendar) -> Value {
        let mut record = json!({
            "CalendarName": calendar.name,
            "Year": calendar.year,
            "Creator": calendar.creator,
            "SystemCalendar": calendar.is_system,
        });
        if self.with_days {
            record["MonthDaysContent"] = calendar.months.as_str().into();
        }
        record
    }
}
