//! The built program from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod crash_loop;
mod permissions;
