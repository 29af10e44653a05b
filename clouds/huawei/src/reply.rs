//! What an operation answers with.

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, StatusCode};
use muster_wire::Response;
use serde_json::Value;

/// An answer before it is sent: the pipeline adds the request's id.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body; none for an answer without one.
    pub body: Option<Value>,
    /// Further headers.
    pub headers: HeaderMap,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a body.
    pub fn created(body: Value) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, headers: HeaderMap::new() }
    }

    /// Any status with a body.
    pub fn json(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body), headers: HeaderMap::new() }
    }

    /// The same with one more header. A value that no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let mut response = Response::empty(self.status);
        if let Some(body) = &self.body {
            response = response.with_body("application/json;charset=utf-8", body.to_string());
        }
        response.headers.extend(self.headers);
        response.with_header(HeaderName::from_static("x-request-id"), request_id)
    }
}
