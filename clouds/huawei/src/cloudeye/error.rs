//! Cloud Eye's codes.

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::fault::Fault;
use crate::request::Malformed;

/// A refusal with a `ces.` code.
#[derive(Debug)]
pub struct Refused(Fault);

const MISSING: &str = "ces.0001";
const INTERNAL: &str = "ces.0007";
const STORE: &str = "ces.0008";
const RESERVED: &str = "ces.0009";
const NO_PERMISSION: &str = "ces.0010";
const BAD_URL: &str = "ces.0013";
const BAD_BODY: &str = "ces.0014";
const NOT_SIGNED_IN: &str = "ces.0015";
const NOT_FOUND: &str = "ces.0016";
const TOO_MANY: &str = "ces.0429";

impl Refused {
    fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self(Fault::new(StatusCode::BAD_REQUEST, code, message))
    }

    /// Events of the system are not for users to report.
    pub(crate) fn reserved_events(source: &str) -> Self {
        let message =
            format!("Events of the system, or of the source {source}, may not be reported by this user.");
        Self(Fault::new(StatusCode::FORBIDDEN, RESERVED, message))
    }

    /// Metrics of this namespace are not for users to add.
    pub(crate) fn reserved_namespace(namespace: &str) -> Self {
        let message = format!("Metrics of the namespace {namespace} may not be added by this user.");
        Self(Fault::new(StatusCode::FORBIDDEN, RESERVED, message))
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
        match malformed {
            Malformed::NoBody => Self::bad(MISSING, "The content must be specified."),
            Malformed::MissingField(field) => {
                Self::bad(MISSING, format!("The content must be specified: {field}."))
            }
            Malformed::Body(why) => {
                Self::bad(BAD_BODY, format!("The content of the message body is not correct: {why}."))
            }
            Malformed::Field { field, why } => {
                Self::bad(BAD_BODY, format!("Some content in message body is not correct: {field} {why}."))
            }
            Malformed::Parameter { name, why } => {
                Self::bad(BAD_URL, format!("The parameter {name} in the URL is not correct: it {why}."))
            }
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound { .. } => {
                Self(Fault::new(StatusCode::NOT_FOUND, NOT_FOUND, "The requested resource does not exist."))
            }
            Error::AlreadyExists { .. }
            | Error::Invalid { .. }
            | Error::Conflict { .. }
            | Error::Quota { .. } => {
                Self::bad(BAD_BODY, format!("Some content in message body is not correct: {text}."))
            }
            Error::Unauthenticated { .. } => Self(Fault::new(StatusCode::UNAUTHORIZED, NOT_SIGNED_IN, text)),
            Error::Forbidden { action } => Self(Fault::new(
                StatusCode::FORBIDDEN,
                NO_PERMISSION,
                format!("Policy doesn't allow [{action}] to be performed."),
            )),
            Error::Throttled { .. } => Self(Fault::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, text)),
            error @ Error::Unavailable { .. } => Self(Fault::failure(
                StatusCode::SERVICE_UNAVAILABLE,
                STORE,
                "The service is not available just now.",
                error,
            )),
            error @ Error::Internal { .. } => Self(Fault::failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                INTERNAL,
                "Internal service error.",
                error,
            )),
        }
    }
}
