//! What the listener asks of whoever answers: a vendor's wire, or the console.

use std::future::Future;

use crate::{Request, Response};

/// Answers whole requests, and says in its own envelope why one could not be answered.
pub trait Vendor: Send + Sync + 'static {
    /// Answers a request.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// Answers a request that did not arrive whole, or whose handling ended in a defect. Its body is empty.
    fn refuse(&self, request: &Request, problem: Problem) -> Response;
}

/// Why a request did not reach its vendor, or its vendor did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is larger than this many bytes.
    BodyTooLarge(usize),
    /// The body did not arrive whole.
    BodyCut,
    /// Our own fault.
    Defect,
}
