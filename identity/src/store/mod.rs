//! All SQL of identity, one file per family of tables.

pub(crate) mod accounts;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod policies;
pub(crate) mod rights;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod user_groups;
pub(crate) mod users;
