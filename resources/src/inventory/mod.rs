//! The inventory: which resources there are, what they are called, how they are tagged and to whom they belong.
//!
//! Nobody enters a resource twice: whoever tags, moves or names one that is not there yet makes it known, and so
//! does a series, an event or a member put into a group by hand. What rules look at leaves a row of change behind it,
//! by which the index follows.

mod age_out;
mod catalogue;
pub(crate) mod changes;
mod model;
mod service;
pub(crate) mod store;

pub use age_out::{AgeOut, Witness};
pub use catalogue::{Catalogue, Product, ResourceKind};
pub(crate) use changes::{Change, Subject};
pub use model::{Facet, NewResource, Resource, ResourceFilter, ResourceRef, Sighting, Tag, TagPattern};
pub(crate) use service::product_of;
