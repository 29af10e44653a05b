//! Server groups: what kind of servers carries app groups, and how users are spread over them.

mod plan;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use plan::{Disk, DiskKind, ExtraSessions, Image, ImageSource, RoutePolicy, ServerPlan};
pub(crate) use service::require;

use muster_core::Timestamp;
use muster_db::{ToValue, Value};

use crate::app_group::AppKind;
use crate::tags::Tag;

/// What runs on the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatingSystem {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// Anything else.
    Other,
}

impl OperatingSystem {
    const fn key(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
            Self::Other => "other",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        [Self::Linux, Self::Windows, Self::Other].into_iter().find(|os| os.key() == key)
    }
}

impl ToValue for OperatingSystem {
    fn to_value(&self) -> Value<'_> {
        self.key().to_value()
    }
}

/// Which folders a session finds on its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MountPolicy {
    /// The user's own.
    User,
    /// The shared ones.
    Shared,
    /// Both.
    #[default]
    Any,
}

impl MountPolicy {
    const fn key(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Any => "any",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        [Self::User, Self::Shared, Self::Any].into_iter().find(|policy| policy.key() == key)
    }
}

impl ToValue for MountPolicy {
    fn to_value(&self) -> Value<'_> {
        self.key().to_value()
    }
}

/// A server group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerGroup {
    /// A UUID.
    pub id: String,
    /// Unique in its project, by exact comparison.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// What users get on its servers.
    pub kind: AppKind,
    /// What runs on its servers.
    pub os: OperatingSystem,
    /// Whether a server carries one session only.
    pub single_session: bool,
    /// Whether each session gets an address of its own, if that was said.
    pub virtual_ip: Option<bool>,
    /// Which folders a session finds.
    pub mount_policy: MountPolicy,
    /// Whether sessions may be opened on it.
    pub enabled: bool,
    /// The enterprise project, `0` for the default one.
    pub enterprise_project_id: String,
    /// The group that it stands by for.
    pub primary_id: Option<String>,
    /// The groups that stand by for it, in order of their ids.
    pub standby_ids: Vec<String>,
    /// What servers are built from.
    pub plan: ServerPlan,
    /// In order of their keys.
    pub tags: Vec<Tag>,
    /// How many app groups it carries.
    pub app_group_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; tags do not count.
    pub updated_at: Timestamp,
}

/// A server group to make.
#[derive(Clone, Debug)]
pub struct NewServerGroup {
    /// Its name.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// What users get; without it, what the primary says, else single programs.
    pub kind: Option<AppKind>,
    /// What runs on its servers.
    pub os: OperatingSystem,
    /// Whether a server carries one session only.
    pub single_session: bool,
    /// Whether each session gets an address of its own.
    pub virtual_ip: Option<bool>,
    /// Whether sessions may be opened on it.
    pub enabled: bool,
    /// The enterprise project, `0` for the default one.
    pub enterprise_project_id: String,
    /// The group that it shall stand by for.
    pub primary_id: Option<String>,
    /// What servers are built from.
    pub plan: ServerPlan,
    /// Its first tags.
    pub tags: Vec<Tag>,
}

/// Changes to a server group; what is absent stays. Image, disk and unit hold for servers that are added later.
#[derive(Clone, Debug, Default)]
pub struct ServerGroupPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another kind; only while no app group is bound. Standby groups follow.
    pub kind: Option<AppKind>,
    /// Another mount policy; standby groups follow.
    pub mount_policy: Option<MountPolicy>,
    /// Whether sessions may be opened on it.
    pub enabled: Option<bool>,
    /// Another route policy.
    pub route_policy: Option<RoutePolicy>,
    /// Another image.
    pub image_id: Option<String>,
    /// Another origin of the image.
    pub image_source: Option<ImageSource>,
    /// Another market product of the image.
    pub image_product_id: Option<String>,
    /// Another kind of system disk.
    pub disk_kind: Option<DiskKind>,
    /// Another size of the system disk, in GiB.
    pub disk_gib: Option<u32>,
    /// Another organisational unit.
    pub organizational_unit: Option<String>,
}

/// Which server groups are wanted: those that meet all conditions given.
#[derive(Clone, Debug, Default)]
pub struct ServerGroupFilter {
    /// This id.
    pub id: Option<String>,
    /// The name contains this, by exact characters.
    pub name_contains: Option<String>,
    /// This kind.
    pub kind: Option<AppKind>,
    /// All of these tags.
    pub tags: Vec<Tag>,
    /// This enterprise project.
    pub enterprise_project_id: Option<String>,
    /// Stands by for another, or does not.
    pub standby: Option<bool>,
}
