//! Published applications: app groups, the server groups that they run on, and the tags of those.
//!
//! An app group is what users are given; a server group says what kind of servers carries it. The rules that
//! tie the two together live here, in our own words, next to their SQL; what a vendor's wire looks like does not.
//! Published apps, authorisations, servers and sessions are not here yet: counts of them are therefore absent
//! from the records, not zero in them.

mod app_group;
mod catalogue;
mod ids;
mod migrations;
mod names;
mod server_group;
mod service;
mod sql;
mod tags;
#[cfg(test)]
mod testing;

pub use app_group::{
    AppGroup, AppGroupFilter, AppGroupPatch, AppKind, Binding, BoundServerGroup, NewAppGroup,
};
pub use catalogue::{Catalogue, Product, SessionPackage};
pub use migrations::MIGRATIONS;
pub use names::NameProblem;
pub use server_group::{
    Disk, DiskKind, ExtraSessions, Image, ImageSource, MountPolicy, NewServerGroup, OperatingSystem,
    RoutePolicy, ServerGroup, ServerGroupFilter, ServerGroupPatch, ServerPlan,
};
pub use service::{Limits, Service, Settings};
pub use tags::{Tag, TagChange, TagValues};
