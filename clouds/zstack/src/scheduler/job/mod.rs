//! Jobs.

pub(crate) mod candidates;
pub(crate) mod change_state;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod query;
pub(crate) mod update;
