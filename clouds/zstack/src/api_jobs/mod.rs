//! Results that are fetched later: a changing call is answered with 202 and a place to poll.
//!
//! The original works on such a call while the client polls. Here every call is done within its transaction,
//! and its result is written in the same commit, before the 202: no crash leaves a result without its change
//! or a change without its result, and no job is ever found half done. A poll therefore always finds the end.

mod deliver;
mod in_memory;
mod prune;
mod store;
#[cfg(test)]
mod tests;

use http::StatusCode;
use muster_wire::{Request, Response};
use serde_json::json;

pub use deliver::DeliverWebhooks;
pub(crate) use in_memory::InMemory;
pub use prune::PruneApiJobs;
pub(crate) use store::{Stored, check_new, find, insert};

use muster_db::Migration;

/// How changing calls are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// With 202 where the client shows that it knows how to poll, else with the result.
    #[default]
    Auto,
    /// Always with 202, as the original.
    Async,
    /// Always with the result.
    Sync,
}

impl Mode {
    /// `auto`, `async` or `sync`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "async" => Some(Self::Async),
            "sync" => Some(Self::Sync),
            _ => None,
        }
    }
}

/// The table of results.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: "zstack/0001_api_jobs",
    sql: "
CREATE TABLE zstack_api_jobs (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    success BIGINT NOT NULL,
    body TEXT NOT NULL,
    webhook_url TEXT,
    webhook_attempts BIGINT NOT NULL,
    webhook_due_at BIGINT
);
CREATE INDEX zstack_api_jobs_by_age ON zstack_api_jobs (created_at);
CREATE INDEX zstack_api_jobs_to_tell ON zstack_api_jobs (webhook_due_at) WHERE webhook_due_at IS NOT NULL;
",
}];

/// How long the client is told that the call may take, in milliseconds.
const API_TIMEOUT_MS: i64 = 30 * 60 * 1000;

/// `202` with the place to poll. Clients look for `/zstack/v1/api-jobs` in it and take what follows.
pub(crate) fn accepted(request: &Request, id: &str) -> Response {
    // A client that does not say how it reached us gets the path alone.
    let base_url = if request.host().is_empty() { String::new() } else { request.base_url() };
    let location = format!("{base_url}/zstack/v1/api-jobs/{id}");
    let body = json!({ "location": location, "apiTimeout": API_TIMEOUT_MS });
    json_response(StatusCode::ACCEPTED, body.to_string())
}

/// The answer to a poll that found the end.
pub(crate) fn finished(success: bool, body: String) -> Response {
    json_response(if success { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, body)
}

pub(crate) fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(status, "application/json;charset=UTF-8", body);
    // A result must not outlive its session in somebody's cache.
    response.headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}
