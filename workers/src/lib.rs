//! The workers of SchedulerX's SDKs, as a server meets them: they find it over HTTP, connect to it over TCP, say
//! every five seconds that they live, take runs, and report how those end.
//!
//! `codec` knows bytes, `orders` what may be said to whom, `sessions` who is there. Which worker gets a run, and what
//! follows from a report or from silence, is the affair of `muster_jobs`, which reaches workers through its port
//! [`WorkerLink`](muster_jobs::link::WorkerLink), implemented by [`Registry`].

mod advertised;
pub mod codec;
mod desk;
mod discovery;
mod members;
mod orders;
pub mod server;
mod sessions;
mod store_desk;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use advertised::Advertised;
pub use desk::Desk;
pub use discovery::Discovery;
pub use members::Members;
pub use sessions::{Liveness, Registry};
pub use store_desk::StoreDesk;
