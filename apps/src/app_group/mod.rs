//! App groups: the programs that are given to users together, and the server group that runs them.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::count_on;

use muster_core::Timestamp;
use muster_db::{ToValue, Value};

/// What users of a group get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppKind {
    /// Single programs.
    #[default]
    Apps,
    /// A whole desktop on a shared server: its server group carries no other app group.
    SharedDesktop,
}

impl AppKind {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Apps => "apps",
            Self::SharedDesktop => "shared_desktop",
        }
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [Self::Apps, Self::SharedDesktop].into_iter().find(|kind| kind.key() == key)
    }
}

impl ToValue for AppKind {
    fn to_value(&self) -> Value<'_> {
        self.key().to_value()
    }
}

/// An app group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGroup {
    /// 18 digits.
    pub id: String,
    /// Unique in its project, by exact comparison.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// What its users get; equal to the kind of its server group.
    pub kind: AppKind,
    /// Where it runs, once that is known.
    pub server_group: Option<BoundServerGroup>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The server group of an app group, as it is named now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundServerGroup {
    /// Its id.
    pub id: String,
    /// Its present name.
    pub name: String,
    /// Its present description.
    pub description: String,
}

/// An app group to make.
#[derive(Clone, Debug, Default)]
pub struct NewAppGroup {
    /// Its name.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Where it shall run; may come later.
    pub server_group_id: Option<String>,
    /// What its users get; without it, what the server group says.
    pub kind: Option<AppKind>,
}

/// Changes to an app group; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct AppGroupPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Where it runs.
    pub binding: Binding,
}

/// What becomes of the tie between an app group and its server group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// It stays.
    #[default]
    Keep,
    /// It is cut.
    Unbind,
    /// It leads to this server group; only possible while there is none, or to the same one.
    To(String),
}

/// Which app groups are wanted: those that meet all conditions given.
#[derive(Clone, Debug, Default)]
pub struct AppGroupFilter {
    /// This id.
    pub id: Option<String>,
    /// Bound to this server group.
    pub server_group_id: Option<String>,
    /// The name contains this, by exact characters.
    pub name_contains: Option<String>,
    /// This kind.
    pub kind: Option<AppKind>,
}
