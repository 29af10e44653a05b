//! Groups, their rules and their members.

use muster_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose groups: one project of one account. Nothing outside is ever seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'s> {
    /// The account.
    pub account_id: &'s str,
    /// A project of that account.
    pub project_id: &'s str,
}

/// Whose API a group was made by. One engine keeps the members of all, but each API shows its own: the shapes do not
/// fit each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Huawei's Cloud Eye: a resource group.
    #[default]
    CloudEye,
    /// Alibaba's CloudMonitor: a group of the resources of an application.
    CloudMonitor,
}

impl Origin {
    /// All origins.
    pub const ALL: [Self; 2] = [Self::CloudEye, Self::CloudMonitor];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::CloudEye => "cloud_eye",
            Self::CloudMonitor => "cloud_monitor",
        }
    }
}

/// How a group gets its members. Fixed when the group is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// They are put in by hand.
    #[default]
    Manual,
    /// By [`Rule::tags`].
    Tags,
    /// By [`Rule::enterprise_projects`].
    EnterpriseProjects,
    /// By [`Rule::names`].
    Names,
    /// By [`Rule::combination`], or by [`Rule::projects_and_tags`], its predecessor.
    Combination,
    /// Some are put in by hand, others come by [`Rule::names`].
    Mixed,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Manual, Self::Tags, Self::EnterpriseProjects, Self::Names, Self::Combination, Self::Mixed];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Tags => "tags",
            Self::EnterpriseProjects => "enterprise_projects",
            Self::Names => "names",
            Self::Combination => "combination",
            Self::Mixed => "mixed",
        }
    }

    /// Whether members may be put in by hand.
    pub fn takes_members(self) -> bool {
        matches!(self, Self::Manual | Self::Mixed)
    }
}

/// What counts as one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// One set of dimensions, such as one disk of a host.
    #[default]
    Dimension,
    /// One instance of a product with everything below it.
    Product,
}

impl Level {
    /// Both levels.
    pub const ALL: [Self; 2] = [Self::Dimension, Self::Product];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dimension => "dimension",
            Self::Product => "product",
        }
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id, unique in the store.
    pub id: i64,
    /// Whose API it was made by.
    pub origin: Origin,
    /// Its name; several groups may share one.
    pub name: String,
    /// The enterprise project that owns the group; says nothing about its members.
    pub enterprise_project_id: String,
    /// How it gets its members.
    pub kind: Kind,
    /// What counts as one member.
    pub level: Level,
    /// What selects the members.
    pub rule: Rule,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name, rule or members by hand changed last.
    pub updated_at: Timestamp,
}

/// What is needed to make a group.
#[derive(Clone, Debug, Default)]
pub struct NewGroup {
    /// Whose API makes it.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// The enterprise project that owns it.
    pub enterprise_project_id: String,
    /// How it gets its members.
    pub kind: Kind,
    /// What counts as one member.
    pub level: Level,
    /// What selects the members.
    pub rule: Rule,
    /// Its first members; only a group by hand takes them.
    pub members: Vec<Member>,
}

/// What is to change about a group. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct GroupPatch {
    /// The new name.
    pub name: Option<String>,
    /// All tag conditions.
    pub tags: Option<Vec<TagCondition>>,
    /// All enterprise projects.
    pub enterprise_projects: Option<Vec<String>>,
    /// All name rules.
    pub names: Option<Vec<NameRule>>,
    /// The combination.
    pub combination: Option<Combination>,
    /// All pairs of project and tag.
    pub projects_and_tags: Option<Vec<ProjectAndTag>>,
    /// The products.
    pub products: Option<String>,
    /// All members; only a group by hand takes them.
    pub members: Option<Vec<Member>>,
}

/// Which groups are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct GroupFilter {
    /// Made by this API.
    pub origin: Origin,
    /// Owned by this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// This text is in the name, whatever its case.
    pub name_contains: Option<String>,
    /// With this id.
    pub id: Option<i64>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// With this health by metric rules.
    pub health: Option<crate::Health>,
}

/// Which groups of a whole account are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct OwnedGroupFilter {
    /// Owned by this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// In one of these projects; empty for all.
    pub projects: Vec<String>,
    /// This text is in the name, whatever its case.
    pub name_contains: Option<String>,
}

/// What selects the members of a group. The group's [`Kind`] says which part does; the other parts are kept, as
/// clients may send them and read them again, but select nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Tag conditions: of one key, any; of different keys, all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagCondition>,
    /// Enterprise projects whose resources belong to the group. They need not exist yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enterprise_projects: Vec<String>,
    /// Rules on resource names, one for each product; any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NameRule>,
    /// Conditions that look at several things at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combination: Option<Combination>,
    /// Pairs of project and tag; any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects_and_tags: Vec<ProjectAndTag>,
    /// Only resources of these providers; empty for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub providers: String,
    /// Only resources of these products (`SYS.ECS,instance_id`, joined by `;`); empty for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub products: String,
    /// Only resources with such a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tagged: Option<TagCondition>,
}

/// How a text is compared with the text of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same; without a text, anything.
    #[default]
    Equal,
    /// Contains it.
    Contains,
    /// Starts with it.
    StartsWith,
    /// Ends with it.
    EndsWith,
    /// Does not contain it.
    NotContains,
    /// Anything.
    Any,
}

/// A condition on a resource's tags.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TagCondition {
    /// The key that the resource must have.
    pub key: String,
    /// How the tag's value is compared.
    pub operator: Operator,
    /// With what; empty for any value.
    pub value: String,
}

/// Whether all conditions or any of them must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joined {
    /// Every one.
    All,
    /// One is enough.
    Any,
}

/// A comparison with a resource's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NamePattern {
    /// The text.
    pub text: String,
    /// How it is compared.
    pub operator: Operator,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
}

/// Which resources of one product a group takes, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRule {
    /// The product (`SYS.ECS,instance_id`).
    pub product: String,
    /// How the patterns are joined.
    pub joined: Joined,
    /// The patterns.
    pub patterns: Vec<NamePattern>,
}

/// Conditions that look at several things at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combination {
    /// How the conditions are joined.
    pub joined: Joined,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// One condition of a combination: what is given must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Of this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// With such a name.
    pub name: Option<NamePattern>,
    /// With such a tag.
    pub tag: Option<TagCondition>,
}

/// Resources of an enterprise project that have a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectAndTag {
    /// The enterprise project.
    pub enterprise_project_id: String,
    /// The tag, if one is demanded.
    pub tag: Option<TagCondition>,
}

/// One coordinate of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dimension {
    /// What it names, such as `instance_id`.
    pub name: String,
    /// The name; `*` stands for all resources of the dimension.
    pub value: String,
}

/// A member of a group: a resource as its metrics name it. It need not exist anywhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The namespace of its metrics, such as `SYS.ECS`.
    pub namespace: String,
    /// Its dimensions in the order in which the client gave them; the order is no part of its identity.
    pub dimensions: Vec<Dimension>,
    /// The product, for a member at [`Level::Product`].
    pub product: Option<String>,
    /// What people call it.
    pub resource_name: Option<String>,
    /// Where it is, in the words of whoever put it in.
    pub region: Option<String>,
}

impl Member {
    /// The text that is equal for equal members of one namespace, and sorts by dimension.
    pub(crate) fn identity(&self) -> String {
        let mut sorted: Vec<&Dimension> = self.dimensions.iter().collect();
        sorted.sort();
        // Neither a name nor a value holds a control character, so that the separators are unique.
        let parts: Vec<String> =
            sorted.iter().map(|dimension| format!("{}\u{1}{}", dimension.name, dimension.value)).collect();
        parts.join("\u{2}")
    }

    /// The names of the dimensions, sorted.
    pub(crate) fn dimension_names(&self) -> String {
        joined_names(self.dimensions.iter().map(|dimension| dimension.name.as_str()))
    }
}

/// Dimension names as a set: sorted, joined by commas.
pub(crate) fn joined_names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.join(",")
}

/// Which members are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Of this namespace.
    pub namespace: Option<String>,
    /// With exactly these dimensions, in any order.
    pub dimension_names: Option<Vec<String>>,
    /// With this value in any dimension.
    pub dimension_value: Option<String>,
    /// Of this product.
    pub product: Option<String>,
    /// This text is in the resource's name.
    pub resource_name_contains: Option<String>,
    /// With this tag.
    pub tag: Option<(String, String)>,
    /// Of this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// With this health by metric rules.
    pub health: Option<crate::Health>,
    /// With this health by event rules.
    pub event_health: Option<crate::Health>,
}
