//! Application groups with their namespaces and notification policies; scheduling: cron expressions, triggers,
//! scheduled jobs and their groups.

pub mod app_groups;
pub mod cron;
pub mod instances;
pub mod job;
pub mod link;
mod migrations;
pub mod namespaces;
pub mod notification_policies;
pub mod scheduled;
#[cfg(test)]
mod testing;
mod text;
pub mod trigger;

pub use migrations::MIGRATIONS;
