//! Rules as their owners make, change and look for them.

mod list;
mod service;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use service::{Limits, Service};

/// The name of the engine that judges rules, and of its signal.
pub(crate) const JUDGE: &str = "alarms.judge";
