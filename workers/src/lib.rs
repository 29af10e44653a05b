//! The workers of SchedulerX's SDKs, as a server meets them: they find it over HTTP, connect to it over TCP, say
//! every five seconds that they live, take runs, and report how those end.
//!
//! `codec` knows bytes, `orders` what may be said to whom, `sessions` who is there. Which worker gets a run, and what
//! follows from a report or from silence, is the affair of `muster_jobs`, which reaches workers through its port
//! [`WorkerLink`](muster_jobs::link::WorkerLink), implemented by [`Registry`].

mod advertised;
pub mod codec;
mod desk;
mod orders;
pub mod server;
mod sessions;
#[cfg(test)]
mod testing;

pub use advertised::Advertised;
pub use desk::Desk;
pub use sessions::{Liveness, Registry};
