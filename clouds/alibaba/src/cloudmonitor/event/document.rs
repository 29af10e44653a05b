//! Events as CloudMonitor's callbacks carry them.

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_events::rules::{Rule, Wording};
use muster_events::{Event, Kind};
use serde_json::{Value, json};

use super::words;

/// The zone of times in events, in hours east of Greenwich.
const ZONE_HOURS: i8 = 8;

/// How CloudMonitor writes events: what callbacks carry, and what the conditions of event rules look into.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventDocuments;

impl Wording for EventDocuments {
    fn document(&self, rule: &Rule, event: &Event) -> Value {
        let facts = &event.facts;
        let group = facts.group_id.map(|group| group.to_string());
        let mut document = match facts.kind {
            Kind::Custom => json!({
                "id": event.id.to_string(),
                "eventName": facts.name,
                "content": facts.content,
                "groupId": group.as_deref().unwrap_or("0"),
                "time": time(facts.at),
                "userId": event.account_id,
                "ruleName": rule.name,
            }),
            Kind::System => json!({
                "eventTime": time(facts.at),
                "id": event.id.to_string(),
                "level": facts.level.map_or("", words::level),
                "name": facts.name,
                "product": facts.source,
                "regionId": facts.region,
                "resourceId": facts.resource_id,
                "instanceName": facts.resource_name,
                "userId": event.account_id,
                "ver": "1.0",
                "traceId": event.id.to_string(),
                "status": facts.state,
                "content": content(&facts.content),
            }),
        };
        if facts.kind == Kind::System && group.is_some() {
            document["groupId"] = json!(group);
        }
        if facts.drill {
            document["drill"] = json!(true);
        }
        document
    }
}

/// A content that is JSON stands there as such.
fn content(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// `20181226T220114.058+0800`.
pub(super) fn time(at: Timestamp) -> String {
    let zone = TimeZone::fixed(jiff::tz::offset(ZONE_HOURS));
    let instant = jiff::Timestamp::from_millisecond(at.millis());
    instant.map_or_else(
        |_| at.to_string(),
        |instant| instant.to_zoned(zone).strftime("%Y%m%dT%H%M%S%.3f%z").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_a_zone() {
        assert_eq!(time(Timestamp::from_millis(1_768_465_800_058)), "20260115T163000.058+0800");
    }
}
