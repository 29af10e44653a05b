//! Resources and what is known of them.

use muster_core::Timestamp;

use crate::model::Dimension;

/// A thing that a team owns: a host, a disk, a database, or whatever reports metrics of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its number in the store.
    pub id: i64,
    /// The project it belongs to.
    pub project_id: String,
    /// What it is, in the word of tag and project calls (`ecs`).
    pub kind: String,
    /// Its id in its own service.
    pub external_id: String,
    /// What people call it; its id until somebody says more.
    pub name: String,
    /// The enterprise project it belongs to.
    pub enterprise_project_id: String,
    /// Its tags, sorted by key.
    pub tags: Vec<Tag>,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it last showed itself; exact to the hour.
    pub last_seen: Timestamp,
}

/// A tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Its key; a resource has each key once.
    pub key: String,
    /// Its value, which may be empty.
    pub value: String,
}

/// How a resource shows itself: the namespace and the dimensions of its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The namespace, such as `SYS.ECS`.
    pub namespace: String,
    /// The dimensions, in the order in which they came first.
    pub dimensions: Vec<Dimension>,
}

/// A sign of a resource: a new series, an event, a member put into a group by hand.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// How it showed itself.
    pub facet: Facet,
    /// What it is called, if that was said.
    pub name: Option<String>,
}

/// A resource by its kind and the id in its own service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceRef<'r> {
    /// What it is.
    pub kind: &'r str,
    /// Its id in its own service.
    pub external_id: &'r str,
}

/// A resource to enter as a whole, with everything that is known of it.
#[derive(Clone, Debug, Default)]
pub struct NewResource {
    /// What it is.
    pub kind: String,
    /// Its id in its own service.
    pub external_id: String,
    /// What people call it; its id when empty.
    pub name: String,
    /// The enterprise project it belongs to; the default one when empty.
    pub enterprise_project_id: String,
    /// All its tags.
    pub tags: Vec<Tag>,
}

/// Which tags to take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern {
    /// The key.
    pub key: String,
    /// Only when it has this value.
    pub value: Option<String>,
}

/// Which resources are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct ResourceFilter {
    /// In one of these projects; empty for all of the account.
    pub projects: Vec<String>,
    /// Of one of these kinds; empty for all.
    pub kinds: Vec<String>,
    /// With this id in its own service.
    pub external_id: Option<String>,
    /// Of this enterprise project.
    pub enterprise_project_id: Option<String>,
    /// This text is in the name.
    pub name_contains: Option<String>,
    /// For each key one of the values; without values, any.
    pub tags: Vec<(String, Vec<String>)>,
    /// Without any tag.
    pub untagged: bool,
}
