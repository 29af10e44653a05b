//! Instances: single runs of jobs, from due to done.

mod model;

pub use model::{Instance, InstanceFilter, State, Trigger};
