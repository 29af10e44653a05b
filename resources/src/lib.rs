//! Resources, and groups of them: the things that belong together, named by hand or by a standing rule.
//!
//! The inventory knows what there is. A group belongs to a project. Its members are kept for a [`Kind::Manual`] group; every other kind carries a
//! [`Rule`] that selects its members from the inventory. Which rule parts select, and how health is summed up, is
//! decided here for all clouds; ids, spellings and limits of a cloud's fields are that cloud's affair.

mod applications;
mod enterprise_projects;
mod health;
mod index;
mod inventory;
mod members;
mod migrations;
mod model;
mod rule;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod watching;

pub use applications::{
    Application, ApplicationFilter, ApplicationPatch, FoundGroups, Founded, Founder, FounderFilter,
    FounderSpec, NewApplication, Source,
};
pub use enterprise_projects::{
    DEFAULT_ENTERPRISE_PROJECT, EnterpriseProject, EnterpriseProjectFilter, NewEnterpriseProject,
};
pub use health::{Health, Statistics};
pub use inventory::{
    AgeOut, Catalogue, Facet, NewResource, Product, Resource, ResourceFilter, ResourceKind, ResourceRef,
    Sighting, Tag, TagPattern, Witness,
};
pub use members::ListedMember;
pub use migrations::MIGRATIONS;
pub use model::{
    Combination, Condition, Dimension, Group, GroupFilter, GroupPatch, Joined, Kind, Level, Member,
    MemberFilter, NamePattern, NameRule, NewGroup, Operator, Origin, OwnedGroupFilter, ProjectAndTag, Rule,
    Scope, TagCondition,
};
pub use rule::{Subject, selects};
pub use service::{GroupObserver, Limits, Service};
pub use watching::{Cover, Covered, InAlarm, Watch, Watching};
