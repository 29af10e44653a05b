//! EPS's refusals.

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::fault::Fault;
use crate::request::Malformed;

/// A refusal with an `EPS.` code.
#[derive(Debug)]
pub struct Refused(Fault);

const BAD_REQUEST: &str = "EPS.0004";
const FORBIDDEN: &str = "EPS.0003";
const NOT_FOUND: &str = "EPS.0010";
const INTERNAL: &str = "EPS.0011";

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(Fault::new(StatusCode::BAD_REQUEST, BAD_REQUEST, message))
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        refused.0
    }
}

impl ApiError for Refused {
    fn code(&self) -> String {
        self.0.code.to_string()
    }
}

impl From<Malformed> for Refused {
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

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound { .. } => Self(Fault::new(StatusCode::NOT_FOUND, NOT_FOUND, text)),
            Error::AlreadyExists { .. }
            | Error::Invalid { .. }
            | Error::Conflict { .. }
            | Error::Quota { .. } => Self::bad(text),
            Error::Unauthenticated { .. } => Self(Fault::new(StatusCode::UNAUTHORIZED, "EPS.0002", text)),
            Error::Forbidden { action } => Self(Fault::new(
                StatusCode::FORBIDDEN,
                FORBIDDEN,
                format!("Policy doesn't allow [{action}] to be performed."),
            )),
            Error::Throttled { .. } => Self(Fault::new(StatusCode::TOO_MANY_REQUESTS, BAD_REQUEST, text)),
            error @ Error::Unavailable { .. } => Self(Fault::failure(
                StatusCode::SERVICE_UNAVAILABLE,
                INTERNAL,
                "The service is not available just now.",
                error,
            )),
            error @ Error::Internal { .. } => Self(Fault::failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                INTERNAL,
                "Internal server error.",
                error,
            )),
        }
    }
}
