//! The built program from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod benches;
mod crash_loop;
mod crash_loop_jobs;
mod door;
mod failover;
mod permissions;
mod random_requests;
mod scheduler;
