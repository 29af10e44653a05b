//! What clients read again of a rule and what our words do not say.

use muster_alarms::{Policy, RuleSpec, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::notifications::Action;
use super::words::Kind;

/// The part of a rule that only this wire reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub(crate) kind: Option<Kind>,
    pub(crate) product_name: String,
    pub(crate) resource_level: String,
    /// The names of the dimensions in their owner's order; ours are sorted.
    pub(crate) names: Vec<String>,
    pub(crate) alarm: Vec<Action>,
    pub(crate) recovery: Vec<Action>,
    pub(crate) no_data: Vec<Action>,
    pub(crate) begin_time: Option<String>,
    pub(crate) end_time: Option<String>,
    pub(crate) timezone: Option<String>,
    /// In the order of the rule's policies.
    pub(crate) policies: Vec<KeptPolicy>,
}

/// What clients read again of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptPolicy {
    /// It came with a threshold for each level, though it may have only one.
    pub(crate) hierarchical: bool,
    /// What an event's condition was written as; only its number counts.
    pub(crate) event: Option<EventCondition>,
}

/// An event's condition as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EventCondition {
    pub(crate) filter: String,
    pub(crate) comparison_operator: String,
    pub(crate) value: f64,
    pub(crate) count: u32,
}

impl Kept {
    /// What is kept of a rule. One that was not made by a call of rules, such as by a template, keeps less.
    pub(crate) fn of(spec: &RuleSpec) -> Self {
        Self::deserialize(&spec.kept_for_wire).unwrap_or_default()
    }

    /// Puts it into the rule.
    pub(crate) fn put(&self, spec: &mut RuleSpec) {
        spec.kept_for_wire = serde_json::to_value(self).unwrap_or(Value::Null);
    }

    /// What kind the rule is.
    pub(crate) fn kind(&self, spec: &RuleSpec) -> Kind {
        self.kind.unwrap_or(match (&spec.target, spec.policies.first()) {
            (_, Some(policy)) if policy.subject.is_event() => Kind::SystemEvent,
            (Target::Group { .. }, _) => Kind::Group,
            (Target::All { .. }, _) => Kind::All,
            (Target::Exactly(_) | Target::Containing(_), _) => Kind::Listed,
        })
    }

    /// A rule's policies, each with what is kept of it.
    pub(crate) fn policies<'r>(&self, rule: &'r RuleSpec) -> Vec<(&'r Policy, KeptPolicy)> {
        let same = self.policies.len() == rule.policies.len();
        let kept = |place: usize| self.policies.get(place).filter(|_| same).cloned().unwrap_or_default();
        rule.policies.iter().enumerate().map(|(place, policy)| (policy, kept(place))).collect()
    }
}
