//! The records of namespaces.

use muster_core::Timestamp;

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What everything else names it by, unique in the account.
    pub uid: String,
    /// A name for people; several namespaces may have the same.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A namespace that shall be.
#[derive(Clone, Debug, Default)]
pub struct NewNamespace {
    /// The uid that the caller wants; else a new UUID.
    pub uid: Option<String>,
    /// A name for people.
    pub name: String,
    /// Free text.
    pub description: String,
}

/// What became of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made with this uid.
    Created(String),
    /// One with this uid was there before and stays as it was.
    Existed(String),
}

/// Changes; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct NamespacePatch {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
}

/// Which namespaces are wanted; every given field must fit.
#[derive(Clone, Debug, Default)]
pub struct NamespaceFilter {
    /// Exactly this one.
    pub uid: Option<String>,
    /// The name contains this.
    pub name_contains: Option<String>,
}
