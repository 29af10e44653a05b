//! Applications and their founders.

use muster_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inventory::Tag;
use crate::model::{Group, Joined, TagCondition};

/// Where an application comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody made it; its members are put in by hand or follow names.
    Hand,
    /// A founder made it for a tag's value.
    Founder,
    /// It follows an enterprise project.
    EnterpriseProject,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Hand, Self::Founder, Self::EnterpriseProject];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Founder => "founder",
            Self::EnterpriseProject => "enterprise_project",
        }
    }
}

/// A group of the resources of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The group that holds its resources.
    pub group: Group,
    /// Where it comes from.
    pub source: Source,
    /// The contact groups that are told about it, by name. They need not exist.
    pub contact_groups: Vec<String>,
    /// Its own tags, sorted by key.
    pub tags: Vec<Tag>,
    /// Which founder made it, and for what.
    pub founded: Option<Founded>,
}

/// Why a founder made a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The founder's id.
    pub founder_id: String,
    /// The tag's key.
    pub key: String,
    /// The tag's value.
    pub value: String,
}

/// What is needed to make an application.
#[derive(Clone, Debug, Default)]
pub struct NewApplication {
    /// Its name; several may share one.
    pub name: String,
    /// The contact groups that are told about it.
    pub contact_groups: Vec<String>,
    /// The enterprise project that it follows, if it does.
    pub enterprise_project_id: Option<String>,
}

/// What is to change about an application. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ApplicationPatch {
    /// The new name.
    pub name: Option<String>,
    /// All contact groups.
    pub contact_groups: Option<Vec<String>>,
}

/// Which applications are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct ApplicationFilter {
    /// With one of these ids; empty for all.
    pub ids: Vec<i64>,
    /// This text is in the name, whatever its case.
    pub name_contains: Option<String>,
    /// From one of these sources.
    pub sources: Option<Vec<Source>>,
    /// With these tags; without a value, any.
    pub tags: Vec<(String, Option<String>)>,
    /// Made by this founder.
    pub founder_id: Option<String>,
    /// Made for a tag of this key.
    pub founder_key: Option<String>,
    /// Made for this value.
    pub founder_value: Option<String>,
    /// Holding the resource that shows itself by this value of a first dimension.
    pub holding: Option<String>,
}

/// Makes an application for each value of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founder {
    /// A UUID.
    pub id: String,
    /// The key of the tag.
    pub tag_key: String,
    /// The region that the client named.
    pub region: String,
    /// What it makes.
    pub spec: FounderSpec,
    /// Whether it has looked at the inventory since it was made.
    pub settled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a founder makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FounderSpec {
    /// The contact groups of each application.
    pub contact_groups: Vec<String>,
    /// Conditions: of the founder's own key, on the values; of other keys, on the resources.
    pub conditions: Vec<TagCondition>,
    /// How they are joined.
    pub joined: Joined,
    /// Values for which no application is made, as somebody deleted it.
    #[serde(default)]
    pub declined: Vec<String>,
}

/// Which founders are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct FounderFilter {
    /// With this id.
    pub id: Option<String>,
    /// Of this key.
    pub tag_key: Option<String>,
    /// That have an application for this value.
    pub value: Option<String>,
    /// For which the client named this region.
    pub region: Option<String>,
}
