//! Refusals of the services whose codes are a prefix and a number for each kind of refusal, and no more.

use std::marker::PhantomData;

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::fault::Fault;
use crate::request::Malformed;

/// A service's codes.
pub trait Codes: Send + Sync + 'static {
    /// The input is wrong, or does not fit what is there.
    const BAD_REQUEST: &'static str;
    /// A policy does not allow it.
    const FORBIDDEN: &'static str;
    /// There is no such thing.
    const NOT_FOUND: &'static str;
    /// Nobody is signed in.
    const UNAUTHENTICATED: &'static str;
    /// The server failed.
    const INTERNAL: &'static str;
}

/// A refusal with one of these codes.
pub struct Coded<C>(Fault, PhantomData<fn() -> C>);

impl<C: Codes> Coded<C> {
    fn new(fault: Fault) -> Self {
        Self(fault, PhantomData)
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(Fault::new(StatusCode::BAD_REQUEST, C::BAD_REQUEST, message))
    }

    /// The code, and what a client is told.
    pub(crate) fn parts(&self) -> (String, String) {
        (self.0.code.to_string(), self.0.text().to_string())
    }
}

impl<C> std::fmt::Debug for Coded<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<C> From<Coded<C>> for Fault {
    fn from(refused: Coded<C>) -> Self {
        refused.0
    }
}

impl<C: Codes> ApiError for Coded<C> {
    fn code(&self) -> String {
        self.0.code.to_string()
    }
}

impl<C: Codes> From<Malformed> for Coded<C> {
    fn from(malformed: Malformed) -> Self {
        Self::bad(match malformed {
            Malformed::NoBody => "The request body is missing.".to_owned(),
            Malformed::Body(why) => format!("The request body is not correct: {why}."),
            Malformed::MissingField(field) => format!("The parameter {field} is missing."),
            Malformed::Field { field, why } => format!("The parameter {field} {why}."),
            Malformed::Parameter { name, why } => format!("The parameter {name} {why}."),
        })
    }
}

impl<C: Codes> From<Error> for Coded<C> {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        Self::new(match error {
            Error::NotFound { .. } => Fault::new(StatusCode::NOT_FOUND, C::NOT_FOUND, text),
            Error::AlreadyExists { .. }
            | Error::Invalid { .. }
            | Error::Conflict { .. }
            | Error::Quota { .. } => Fault::new(StatusCode::BAD_REQUEST, C::BAD_REQUEST, text),
            Error::Unauthenticated { .. } => Fault::new(StatusCode::UNAUTHORIZED, C::UNAUTHENTICATED, text),
            Error::Forbidden { action } => Fault::new(
                StatusCode::FORBIDDEN,
                C::FORBIDDEN,
                format!("Policy doesn't allow [{action}] to be performed."),
            ),
            Error::Throttled { .. } => Fault::new(StatusCode::TOO_MANY_REQUESTS, C::BAD_REQUEST, text),
            error @ Error::Unavailable { .. } => Fault::failure(
                StatusCode::SERVICE_UNAVAILABLE,
                C::INTERNAL,
                "The service is not available just now.",
                error,
            ),
            error @ Error::Internal { .. } => Fault::failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                C::INTERNAL,
                "Internal server error.",
                error,
            ),
        })
    }
}
