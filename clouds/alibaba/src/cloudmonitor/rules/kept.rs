//! What the wire gives back as it was put, beside what the rule itself says.

use std::collections::BTreeMap;

use muster_alarms::{Level, Recipient, RuleSpec, Telling};
use serde::{Deserialize, Serialize};

use super::words;

/// Who wrote a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// `PutResourceMetricRule` and `PutResourceMetricRules`.
    #[default]
    Resource,
    /// `PutGroupMetricRule`, `CreateGroupMetricRules`, templates.
    Group,
    /// `PutCustomMetricRule`.
    CustomMetric,
    /// `PutCustomEventRule`.
    CustomEvent,
}

/// A target of a rule in the vendor's cloud, in the words it was put with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::cloudmonitor) struct RuleTarget {
    pub(super) id: String,
    pub(in crate::cloudmonitor) arn: String,
    pub(super) level: String,
    pub(in crate::cloudmonitor) json_params: String,
}

/// A level's texts: clients compare them with what they sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LevelTexts {
    pub(super) statistics: String,
    pub(super) threshold: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) pre_condition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<i64>,
}

/// One condition of several metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Clause {
    pub(super) metric_name: String,
    pub(super) statistics: String,
    pub(super) comparison_operator: String,
    pub(super) threshold: String,
    pub(super) period: i64,
}

/// A composite expression as it was put.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Composite {
    pub(super) clauses: Vec<Clause>,
    pub(super) join: String,
    pub(super) raw: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::cloudmonitor) struct Kept {
    pub(super) kind: Kind,
    /// `Resources`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) resources: String,
    /// `Dimensions` of a group rule.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) dimensions: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) category: String,
    /// The application group of a custom rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_id: Option<i64>,
    /// By the level's name in `Escalations`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) levels: BTreeMap<String, LevelTexts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) composite: Option<Composite>,
    /// `ContactGroups`, in its own order and form.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) contact_groups: String,
    /// Seconds.
    pub(super) silence: i64,
    pub(super) send_ok: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cloudmonitor) targets: Vec<RuleTarget>,
}

impl Kept {
    /// What was kept of a rule. A rule that this API did not write has nothing of the kind.
    pub(in crate::cloudmonitor) fn of(spec: &RuleSpec) -> Self {
        serde_json::from_value(spec.kept_for_wire.clone()).unwrap_or_default()
    }

    /// Keeps this with a rule, whose targets become recipients.
    pub(super) fn keep(&self, spec: &mut RuleSpec) {
        let Telling { alarm, recovery, .. } = &mut spec.telling;
        for recipients in [&mut *alarm, &mut *recovery] {
            recipients.retain(|recipient| !matches!(recipient, Recipient::Bridge { .. }));
        }
        alarm.extend(self.targets.iter().map(RuleTarget::recipient));
        if self.send_ok {
            recovery.extend(self.targets.iter().map(RuleTarget::recipient));
        }
        spec.kept_for_wire = serde_json::to_value(self).unwrap_or_default();
    }
}

impl RuleTarget {
    /// The level at which it is told; every level where none is named.
    pub(super) fn told_at(&self) -> Option<Level> {
        words::level(&self.level.to_ascii_uppercase())
    }

    fn recipient(&self) -> Recipient {
        Recipient::Bridge { id: self.id.clone(), name: self.arn.clone(), level: self.told_at() }
    }
}
