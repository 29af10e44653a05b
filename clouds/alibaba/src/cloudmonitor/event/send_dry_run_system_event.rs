//! `SendDryRunSystemEvent`: an event that did not happen, for which rules tell as if it had.

use muster_core::Timestamp;
use muster_events::{Facts, Kind, Repeats};
use muster_wire::{Access, Cx, Operation};
use serde_json::Value;

use super::{group_id, scope, short, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const LONGEST_NAME: usize = 256;
const LONGEST_CONTENT: usize = 65_536;

/// The input; its time is that of the call.
pub(in crate::cloudmonitor) struct SendDryRunSystemEvent(Facts);

impl Operation<CloudMonitor> for SendDryRunSystemEvent {
    const NAME: &'static str = "SendDryRunSystemEvent";
    const PERMISSION: &'static str = "cms:SendDryRunSystemEvent";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let source = short("Product", parameters.required("Product")?, LONGEST_NAME)?;
        let name = short("EventName", parameters.required("EventName")?, LONGEST_NAME)?;
        let content =
            short("EventContent", parameters.word("EventContent").unwrap_or("{}"), LONGEST_CONTENT)?;
        let said: Value = serde_json::from_str(&content).unwrap_or_default();
        if !said.is_object() {
            return Err(Refusal::illegal("EventContent", "must be a JSON object"));
        }
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        // The last part of a name of three is how the thing is.
        let state = name.rsplit_once(':').filter(|(before, _)| before.contains(':')).map(|(_, state)| state);
        let state = Some(text("status")).filter(|state| !state.is_empty()).or(state.map(str::to_owned));
        Ok(Self(Facts {
            kind: Kind::System,
            category: words::read_category(&text("eventType")),
            source,
            level: words::read_level(&text("level")),
            state: state.unwrap_or_default(),
            at: Timestamp::default(),
            group_id: group_id(parameters)?,
            resource_id: text("resourceId"),
            resource_name: text("instanceName"),
            dimensions: Vec::new(),
            region: text("regionId"),
            user: String::new(),
            content: inner(&said).unwrap_or(content),
            name,
            drill: true,
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let facts = Facts { at: cx.tx.now(), ..self.0.clone() };
        cx.services.events.report(cx.tx, scope(cx.caller), &[facts], Repeats::Another)?;
        Ok(answer::spelled_success_with(Value::Null))
    }
}

/// The content inside of a whole event.
fn inner(said: &Value) -> Option<String> {
    said.get("content").map(|content| content.as_str().map_or_else(|| content.to_string(), str::to_owned))
}
