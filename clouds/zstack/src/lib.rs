//! ZStack: its REST protocol and its scheduler API.
//!
//! `server` takes a request from the wire to its answer: `route` finds the call, `input` reads what it was
//! given, `authenticate` says who asks, `api_jobs` turns answers into something to poll for. `query` is the
//! language of all `Query…` calls; the other folders hold the operations, each one a file.
//!
//! What a job is and when it fires is not known here but in `muster_jobs`.

mod access_keys;
mod api;
mod api_jobs;
mod authenticate;
mod check;
mod date;
mod deletion;
mod error;
mod input;
mod platform;
mod query;
mod reply;
mod route;
mod scheduler;
mod server;
mod sessions;
mod signature;
mod table;
mod tags;
#[cfg(test)]
mod tests;

pub use api::{Services, ZStack};
pub use api_jobs::{DeliverWebhooks, MIGRATIONS, Mode, PruneApiJobs};
pub use error::{Code, ErrorCode, Refusal};
pub use input::Input;
pub use reply::{Members, Reply};
pub use route::{Place, places};
pub use server::{Server, Settings};
pub use table::{OPERATIONS, coverage};
