//! Requests and responses, free of any HTTP library's types but `http`'s.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use muster_core::{Timestamp, Uuid};
use tokio::sync::mpsc;

/// A request, whole. Path and query are the bytes from the wire: signatures are made over them.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, not decoded, at least `/`.
    pub path: String,
    /// What stood after the `?`, not decoded; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, within the listener's limit.
    pub body: Bytes,
    /// Who connected, or whom a trusted proxy names.
    pub source_ip: IpAddr,
    /// Whether it came over TLS (here or at a trusted proxy).
    pub secure: bool,
    /// Our id for it; each vendor prints it in its own form.
    pub id: Uuid,
    /// When its head had been read.
    pub received: Timestamp,
}

impl Request {
    /// A header's value when it is readable text; the first one if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Host` header, or what stands in its place.
    pub fn host(&self) -> &str {
        self.header("host").unwrap_or_default()
    }

    /// The address by which the client reached us, such as `http://127.0.0.1:8080`.
    pub fn base_url(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host())
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers; the length is added by the listener.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Bytes(Bytes),
    /// Pieces as they come, until the sender is dropped: live pages.
    Stream(mpsc::Receiver<Bytes>),
}

impl Response {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Body::Bytes(Bytes::new()) }
    }

    /// An answer with a body of this content type.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::empty(status).with_body(content_type, body)
    }

    /// The same with a body of this content type.
    #[must_use]
    pub fn with_body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Body::Bytes(body.into());
        self
    }

    /// The same with one more header. A value that no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}
