//! Job groups.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod members;
pub(crate) mod query;
pub(crate) mod update;
