//! Alarm templates: policies that rules follow.
//!
//! A [`Template`] holds policies for several namespaces and forms of resources. A rule of Cloud Eye that follows one has
//! those that fit it, and changes with it in the same transaction. A resource group may be given a set of templates: the
//! engine [`Associate`] makes the rules on the group that this takes, and removes those that it no longer does.

mod associate;
mod migrations;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use associate::Associate;
pub(crate) use migrations::TEMPLATES;
pub use model::{
    Association, Kind, NewTemplate, Template, TemplateFilter, TemplateItem, TemplatePatch, fitting,
};
pub use service::{Limits, Service};
