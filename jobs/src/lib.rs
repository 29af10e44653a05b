//! Application groups with their namespaces and notification policies; their jobs, from due times to results, and the
//! workflows that jobs form; scheduling: cron expressions, triggers, scheduled jobs and their groups.

pub mod alarms;
pub mod app_groups;
mod bulk;
pub mod calendars;
pub mod cron;
pub mod designations;
pub mod firings;
pub mod http_jobs;
pub mod instances;
pub mod job;
pub mod link;
pub mod logs;
mod merge;
mod migrations;
pub mod namespaces;
pub mod notification_policies;
pub mod overview;
pub mod route_strategies;
pub mod scheduled;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod testing;
mod text;
pub mod trigger;
pub mod workflows;
mod zone;

pub use migrations::MIGRATIONS;
