//! The RPC protocol that all of Alibaba Cloud's older products share, seen from the server.
//!
//! A request is a flat map of names and texts, found in the query string and the form body; the operation
//! is a name and never a path. This folder reads it ([`Parameters`]), proves who sent it ([`signature`])
//! and writes the answer as JSON or XML ([`envelope`]). It knows nothing about any product.

//! The way of a request from the listener to its operation is [`Gateway`].

pub mod envelope;
mod fault;
mod gateway;
mod parameters;
mod product;
mod proof;
mod received;
pub mod signature;
mod timestamp;

pub use fault::{AccessDenied, Fault};
pub use gateway::Gateway;
pub use parameters::{Conflicting, Parameters};
pub use product::{Call, Failure, Product};
pub(crate) use received::Received;
pub use timestamp::{WINDOW_MS, format_timestamp, parse_timestamp};
