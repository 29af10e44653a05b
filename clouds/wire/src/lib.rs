//! What all wires share: the shapes of HTTP, operations and their tables, running one, encodings, digests.
//!
//! Nothing here knows a cloud. A vendor's crate turns a [`Request`] into its own request type, proves who
//! sent it, finds the operation in its table and hands it to [`execute()`], which is the one place where
//! permission, transaction, nonce and audit row come together.

mod coverage;
pub mod digest;
pub mod encoding;
mod execute;
mod message;
mod operation;
#[cfg(test)]
mod tests;
mod vendor;

pub use coverage::Coverage;
pub use execute::{Admit, Keep, execute, execute_and_keep};
pub use message::{Body, Request, Response};
pub use operation::{Access, Api, ApiError, Call, Cx, Entry, Operation, Served};
pub use vendor::{Problem, Vendor};
