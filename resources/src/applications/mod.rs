//! Applications: groups of the resources of one application, and the people who are told about them.
//!
//! An application is a group like any other; its members are kept, indexed and followed as those of all groups are. What
//! it has besides is here: contact groups, tags of its own, and where it comes from. A founder makes one for each value of
//! a tag, and takes it away with the last resource that had the value.

mod engine;
mod founders;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use engine::FOUND_GROUPS;
pub use engine::FoundGroups;
pub use model::{
    Application, ApplicationFilter, ApplicationPatch, Founded, Founder, FounderFilter, FounderSpec,
    NewApplication, Source,
};
