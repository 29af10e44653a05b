//! `PutCustomEvent`: takes custom events in.

use muster_core::Timestamp;
use muster_events::{Facts, Kind, Repeats};
use muster_wire::{Access, Cx, Operation};

use super::words::CUSTOM_PRODUCT;
use super::{group_id, scope, short};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, time};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Events of one call.
const MOST: usize = 100;
const LONGEST_NAME: usize = 256;
const LONGEST_CONTENT: usize = 65_536;
const OLDEST_MS: i64 = 7 * 86_400_000;
const AHEAD_MS: i64 = 600_000;

/// The input: events, without a time where they happen now.
pub(in crate::cloudmonitor) struct PutCustomEvent(Vec<(Option<Timestamp>, Facts)>);

impl Operation<CloudMonitor> for PutCustomEvent {
    const NAME: &'static str = "PutCustomEvent";
    const PERMISSION: &'static str = "cms:PutCustomEvent";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let items = parameters.items("EventInfo")?;
        if items.is_empty() {
            return Err(crate::rpc::Fault::missing("EventInfo").into());
        }
        if items.len() > MOST {
            return Err(Refusal::illegal("EventInfo", &format!("must have at most {MOST} items")));
        }
        let read = |item: &Parameters| {
            let at = time::instant(item, "Time")?;
            let facts = Facts {
                kind: Kind::Custom,
                category: None,
                source: CUSTOM_PRODUCT.to_owned(),
                name: short("EventName", item.required("EventName")?, LONGEST_NAME)?,
                level: None,
                state: String::new(),
                at: at.unwrap_or_default(),
                group_id: group_id(item)?,
                resource_id: String::new(),
                resource_name: String::new(),
                dimensions: Vec::new(),
                region: String::new(),
                user: String::new(),
                content: short("Content", item.required("Content")?, LONGEST_CONTENT)?,
                drill: false,
            };
            Ok((at, facts))
        };
        Ok(Self(items.iter().map(read).collect::<Result<_, Refusal>>()?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let now = cx.tx.now();
        let mut events = Vec::with_capacity(self.0.len());
        for (at, facts) in &self.0 {
            let at = at.unwrap_or(now);
            if at < now.plus_ms(-OLDEST_MS) || at > now.plus_ms(AHEAD_MS) {
                return Err(Refusal::illegal(
                    "Time",
                    "must be in the last seven days or the next ten minutes",
                ));
            }
            events.push(Facts { at, ..facts.clone() });
        }
        cx.services.events.report(cx.tx, scope(cx.caller), &events, Repeats::Another)?;
        Ok(answer::unsaid_success_with(serde_json::Value::Null))
    }
}
