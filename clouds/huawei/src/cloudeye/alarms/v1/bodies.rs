//! The parts that bodies of rules are made of in V1.0.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::cloudeye::alarms::notifications::{Action, ActionBody, read_actions};
use crate::cloudeye::alarms::policies::PolicyBody;
use crate::request::{Malformed, Object, required};

/// What must hold.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ConditionBody {
    comparison_operator: Option<String>,
    count: Option<i64>,
    filter: Option<String>,
    period: Option<i64>,
    unit: Option<String>,
    value: Option<f64>,
    suppress_duration: Option<i64>,
}

impl ConditionBody {
    /// Puts it in the place of what a policy demanded before.
    pub(super) fn put(self, policy: &mut PolicyBody) -> Result<(), Malformed> {
        let count = required("condition.count", self.count)?;
        if !(1..=5).contains(&count) {
            return Err(Malformed::field("condition.count", "must be from 1 to 5"));
        }
        policy.comparison_operator = self.comparison_operator;
        policy.count = Some(count);
        policy.filter = self.filter;
        policy.period = self.period;
        policy.unit = self.unit.or(policy.unit.take());
        policy.value = self.value;
        policy.suppress_duration = self.suppress_duration;
        policy.hierarchical_value = None;
        Ok(())
    }
}

/// Actions: Terraform sends a list of objects, the SDK a list of lists of them.
#[derive(Clone, Debug)]
pub(super) struct ActionsBody(Vec<Object<ActionBody>>);

impl<'de> Deserialize<'de> for ActionsBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items: Vec<serde_json::Value> = Deserialize::deserialize(deserializer)?;
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            match item {
                serde_json::Value::Array(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        let read = flat.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
        read.map(Self).map_err(D::Error::custom)
    }
}

pub(super) fn read_all(field: &str, actions: Option<ActionsBody>) -> Result<Option<Vec<Action>>, Malformed> {
    actions.map(|ActionsBody(actions)| read_actions(field, actions)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_flat_and_nested() {
        for text in [
            r#"[{"type":"notification","notificationList":["urn:smn:r:p:t"]}]"#,
            r#"[[{"type":"notification","notificationList":["urn:smn:r:p:t"]}]]"#,
        ] {
            let read = read_all("ok_actions", Some(serde_json::from_str(text).unwrap())).unwrap().unwrap();
            assert_eq!((read[0].kind.as_str(), read[0].list[0].as_str()), ("notification", "urn:smn:r:p:t"));
        }
        assert!(serde_json::from_str::<ActionsBody>(r#"[["x"]]"#).is_err());
        assert!(serde_json::from_str::<ActionsBody>(r#"{"type":"notification"}"#).is_err());
    }
}
