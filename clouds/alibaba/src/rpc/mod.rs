//! The RPC protocol that all of Alibaba Cloud's older products share, seen from the server.
//!
//! A request is a flat map of names and texts, found in the query string and the form body; the operation
//! is a name and never a path. This folder reads it ([`Parameters`]), proves who sent it ([`signature`])
//! and writes the answer as JSON or XML ([`envelope`]). It knows nothing about any product.

pub mod envelope;
mod fault;
mod parameters;
pub mod signature;
mod timestamp;

pub use fault::{AccessDenied, Fault};
pub use parameters::{Conflicting, Parameters};
pub use timestamp::{WINDOW_MS, format_timestamp, parse_timestamp};
