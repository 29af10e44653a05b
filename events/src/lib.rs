//! Events: what happened to things, as clients report it and as the server itself notices.
//!
//! An event is a fact of an account, whoever's API reported it: each API shows it in its own words. It is kept for a
//! while, counted, and handed to those who act upon it in the transaction that keeps it: the inventory, the alarm
//! rules, and the [`rules`] of this feature, whose targets are told of every event that fits a pattern.

pub mod engine;
mod migrations;
mod model;
pub mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use migrations::MIGRATIONS;
pub use model::{
    Active, Bucket, Category, Count, CountBy, Event, EventFilter, Facts, Keywords, Kind, Repeats, Scope,
};
pub use service::{Limits, Observer, Service};
