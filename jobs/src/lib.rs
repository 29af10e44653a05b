//! Scheduling: cron expressions, triggers, scheduled jobs and their groups.

pub mod cron;
pub mod scheduled;
pub mod trigger;
