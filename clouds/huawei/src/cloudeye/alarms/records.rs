//! Records of alarms, as both versions see them.

use muster_alarms::{Episode, Policy};
use muster_core::{Result, Timestamp};
use muster_resources::Dimension;
use muster_wire::Cx;
use serde_json::{Map, Value, json};

use super::kept::{Kept, KeptPolicy};
use super::policies::write_condition;
use crate::cloudeye::ids::EventId;
use crate::cloudeye::{CloudEye, scope};

/// What a record is shown with: the rule as it was, and which of its policies the record is of.
pub(super) struct Record<'e> {
    pub(super) episode: &'e Episode,
    pub(super) kept: Kept,
    policy: Option<(&'e Policy, KeptPolicy)>,
}

impl<'e> Record<'e> {
    pub(super) fn of(episode: &'e Episode) -> Self {
        let spec = &episode.rule.spec;
        let kept = Kept::of(spec);
        let policy = kept.policies(spec).into_iter().find(|(policy, _)| policy.id == episode.policy_id);
        Self { episode, policy, kept }
    }

    /// What was watched.
    pub(super) fn metric(&self) -> Value {
        let dimensions: Vec<Value> = self
            .episode
            .dimensions
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        json!({
            "namespace": self.namespace(),
            "metric_name": self.policy.as_ref().map_or("", |(policy, _)| policy.subject.name()),
            "dimensions": dimensions,
        })
    }

    /// The namespace of what was watched.
    pub(super) fn namespace(&self) -> &str {
        self.policy
            .as_ref()
            .and_then(|(policy, _)| policy.subject.namespace())
            .unwrap_or(&self.episode.rule.spec.namespace)
    }

    /// What had to hold.
    pub(super) fn condition(&self) -> Map<String, Value> {
        let policy = self.policy.as_ref();
        policy
            .map(|(policy, kept)| write_condition(policy, kept, Some(self.episode.level)))
            .unwrap_or_default()
    }

    /// The resource, and the event if one was the cause.
    pub(super) fn additional_info(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Value> {
        let values: Vec<&str> = self.episode.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        let dimensions = self.episode.dimensions.iter();
        let facet = muster_resources::Facet {
            namespace: self.namespace().to_owned(),
            dimensions: dimensions
                .map(|(name, value)| Dimension { name: name.clone(), value: value.clone() })
                .collect(),
        };
        let name = cx.services.resources.name_of(cx.tx, scope(cx.caller), &facet)?;
        Ok(json!({
            "resource_id": values.join(","),
            "resource_name": name.unwrap_or_default(),
            "event_id": self.episode.event_id.map(|id| EventId::new(id).to_string()).unwrap_or_default(),
        }))
    }
}

/// An instant in a query: ISO 8601 with an offset, or milliseconds as V1.0 has them.
pub(super) fn read_instant(text: &str) -> Option<Timestamp> {
    if text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Timestamp::from_millis);
    }
    // A plus in a query may have become a blank.
    let text = text.trim().replace(' ', "+");
    text.parse::<jiff::Timestamp>().ok().map(|instant| Timestamp::from_millis(instant.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_an_offset() {
        let expected = Some(Timestamp::from_millis(1_644_458_746_000));
        for text in [
            "2022-02-10T10:05:46+08:00",
            "2022-02-10T02:05:46Z",
            "2022-02-10T10:05:46 08:00",
            "1644458746000",
        ] {
            assert_eq!(read_instant(text), expected, "{text}");
        }
        for text in ["", "2022-02-10", "+164445874600", "2022-02-10T10:05:46"] {
            assert_eq!(read_instant(text), None, "{text}");
        }
    }
}
