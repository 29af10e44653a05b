//! What a template is.

use muster_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Policy, RuleSpec, Target};

/// What a template's policies look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Metrics.
    #[default]
    Metrics,
    /// Events.
    Events,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Metrics, Self::Events];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Events => "events",
        }
    }
}

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// Its name, unique among its owner's.
    pub name: String,
    /// For people.
    pub description: String,
    /// What its policies look at.
    pub kind: Kind,
    /// How often it was written: for whoever must not overwrite what he has not read.
    pub version: i64,
    /// Its policies, in their owner's order.
    pub items: Vec<TemplateItem>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner changed it last.
    pub updated_at: Timestamp,
}

/// A policy of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateItem {
    /// Of the metric or event.
    pub namespace: String,
    /// The names of the dimensions of the resources that it fits, sorted; all of them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension_names: Option<Vec<String>>,
    /// What must hold.
    pub policy: Policy,
    /// For templates whose items each become a rule on a group: that rule, for a group that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleSpec>,
    /// For the same: the category of the group's members that the rule is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// What the vendor's wire must give back although nobody else reads it.
    #[serde(default)]
    pub kept_for_wire: serde_json::Value,
}

/// A template to be made.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: String,
    /// What its policies look at.
    pub kind: Kind,
    /// Its policies.
    pub items: Vec<TemplateItem>,
}

/// What is to change about a template. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TemplatePatch {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// All policies.
    pub items: Option<Vec<TemplateItem>>,
    /// Only if the template is still at this version.
    pub version: Option<i64>,
}

/// Which templates are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct TemplateFilter {
    /// With this number.
    pub id: Option<i64>,
    /// Looking at this.
    pub kind: Option<Kind>,
    /// With exactly this name.
    pub name: Option<String>,
    /// This text is in the name, whatever its case.
    pub name_contains: Option<String>,
    /// With a policy of this namespace.
    pub namespace: Option<String>,
    /// With a policy for dimensions of these names, sorted.
    pub dimension_names: Option<Vec<String>>,
    /// Sorted by the last change instead of the making.
    pub by_update: bool,
    /// The oldest first instead of the newest.
    pub oldest_first: bool,
}

/// The templates of a group, as its owner wants them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// The templates, by number, in the owner's order. None undoes all.
    pub templates: Vec<i64>,
    /// What the rules have in common: whom they tell, and whatever else templates do not say.
    pub rule: RuleSpec,
}

/// The policies among `items` that fit a rule on this namespace and dimensions of these names; those of all dimensions
/// where it names none.
pub fn fitting(items: &[TemplateItem], namespace: &str, dimension_names: Option<&[String]>) -> Vec<Policy> {
    let fits = |item: &&TemplateItem| {
        let same_names = match (&item.dimension_names, dimension_names) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => true,
        };
        item.namespace == namespace && same_names
    };
    items.iter().filter(fits).map(|item| item.policy.clone()).collect()
}

/// The names of the dimensions that a target's series have, sorted; nothing where it does not say.
pub(super) fn names_of(target: &Target) -> Option<Vec<String>> {
    match target {
        Target::All { dimension_names } | Target::Group { dimension_names, .. } => dimension_names.clone(),
        Target::Exactly(sets) | Target::Containing(sets) => {
            sets.first().map(|set| set.iter().map(|(name, _)| name.clone()).collect())
        }
    }
}
