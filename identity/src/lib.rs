//! Accounts, users, access keys, projects, policies, sessions and the audit log.

pub mod audit;
mod caller;
mod migrations;

pub use caller::{Caller, Principal};
pub use migrations::MIGRATIONS;
