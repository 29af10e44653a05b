//! Masks: what keeps alarms, or the messages about them, from people for a while.
//!
//! One concept serves three wires: Cloud Eye's notification masks, CloudMonitor's blacklists, and the policies that pause
//! a group. A [`Mask`] says what it covers, when, and what it does to what it covers. The engine asks a [`Snapshot`],
//! which holds an account's masks in memory, whether one covers a unit at an instant.

mod index;
mod migrations;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod when;

pub use index::{Question, Snapshot};
pub(crate) use migrations::MASKS;
pub use model::{
    CoveredMetric, CoveredResource, Covers, Effect, Kind, Mask, MaskFilter, MaskSpec, NewMask, Subjects,
    Target,
};
pub(crate) use service::forget;
pub use service::{Limits, Service};
pub use when::{Daily, When};
