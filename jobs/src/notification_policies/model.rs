//! The records of notification policies.

use muster_core::Timestamp;

/// A notification policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its number, in the order of creation.
    pub id: i64,
    /// Unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When which channel may be used: the JSON text as given.
    pub times: String,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub updated_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A policy that shall be.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When which channel may be used.
    pub times: String,
}

/// Changes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct PolicyPatch {
    /// Free text.
    pub description: Option<String>,
    /// When which channel may be used.
    pub times: Option<String>,
}

/// Which policies are wanted.
#[derive(Clone, Debug)]
pub struct PolicyFilter {
    /// The name contains this.
    pub name_contains: Option<String>,
    /// Only those made after the policy with this number: the last one of the page before.
    pub after: i64,
    /// How many at most.
    pub limit: u32,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPage {
    /// The policies.
    pub items: Vec<Policy>,
    /// Whether more of them follow.
    pub has_more: bool,
    /// How many fit in all.
    pub total: u64,
}
