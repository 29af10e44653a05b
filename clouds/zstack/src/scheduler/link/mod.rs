//! Triggers on jobs and on groups.

pub(crate) mod group_trigger;
pub(crate) mod job_trigger;
