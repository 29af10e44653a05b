//! What the questions about events have in common.

use muster_core::{PageRequest, Timestamp};
use muster_events::{Bucket, Event, EventFilter, Keywords, Kind};
use muster_wire::Cx;
use serde_json::{Value, json};

use super::{group_id, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, time};
use crate::rpc::Parameters;

/// Without a range, the last day is meant.
const DAY_MS: i64 = 86_400_000;
/// Groups of events that are counted, and shown, in one answer without pages.
pub(super) const ALL: PageRequest = PageRequest { offset: 0, limit: 1_000 };

/// A question.
pub(super) struct Query {
    filter: EventFilter,
}

impl Query {
    /// Reads what questions about events of this kind may ask.
    pub(super) fn read(parameters: &Parameters, kind: Kind) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        let (from, to) = (time::instant(parameters, "StartTime")?, time::instant(parameters, "EndTime")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Refusal::illegal("StartTime", "must not be after EndTime"));
        }
        let levels = match parameters.word("Level") {
            None => Vec::new(),
            Some("WARN") => vec![muster_alarms::Level::Major, muster_alarms::Level::Minor],
            Some(word) => vec![
                words::read_level(word)
                    .ok_or_else(|| Refusal::illegal("Level", "must be CRITICAL, WARN or INFO"))?,
            ],
        };
        let category = parameters.word("EventType").map(|word| {
            words::read_category(word).ok_or_else(|| {
                Refusal::illegal("EventType", "must be StatusNotification, Exception or Maintenance")
            })
        });
        let filter = EventFilter {
            // Whatever is no number names no event.
            id: parameters.word("EventId").map(|id| id.parse().unwrap_or_default()),
            kind: Some(kind),
            categories: category.transpose()?.into_iter().collect(),
            source: text("Product"),
            name: text("Name"),
            levels,
            state: text("Status"),
            group_id: group_id(parameters)?,
            keywords: Keywords::parse(parameters.text("SearchKeywords").unwrap_or_default()),
            from,
            to,
            ..EventFilter::default()
        };
        Ok(Self { filter })
    }

    /// What is wanted, with the range that is meant now.
    pub(super) fn filter(&self, now: Timestamp) -> EventFilter {
        let to = self.filter.to.unwrap_or(now.plus_ms(DAY_MS / 24));
        let from = self.filter.from.unwrap_or_else(|| self.filter.to.unwrap_or(now).plus_ms(-DAY_MS));
        EventFilter { from: Some(from), to: Some(to), ..self.filter.clone() }
    }

    /// The events along time.
    pub(super) fn histogram(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Vec<Value>, Refusal> {
        let now = cx.tx.now();
        let filter = self.filter(now);
        let span = (filter.from.unwrap_or(now), filter.to.unwrap_or(now));
        let buckets = cx.services.events.histogram(cx.tx, &cx.caller.account_id, &filter, span)?;
        let bucket = |bucket: &Bucket| {
            json!({
                "StartTime": bucket.from.millis(),
                "EndTime": bucket.to.millis(),
                "Count": bucket.count,
            })
        };
        Ok(buckets.iter().map(bucket).collect())
    }
}

/// The application group of an event.
pub(super) fn group(event: &Event) -> String {
    event.facts.group_id.map_or_else(|| "0".to_owned(), |group| group.to_string())
}
