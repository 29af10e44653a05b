//! IAM's refusals. Their code is the status; the word exists for the log.

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::fault::Fault;
use crate::request::Malformed;

/// A refusal by IAM.
#[derive(Debug)]
pub struct Refused(Fault);

impl Refused {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => "IAM.0001",
            StatusCode::FORBIDDEN => "IAM.0003",
            StatusCode::NOT_FOUND => "IAM.0004",
            _ => "IAM.0002",
        };
        Self(Fault::new(status, code, message))
    }

    /// Whatever does not fit: nobody learns which names exist.
    pub(super) fn wrong_password() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The username or password is wrong.")
    }

    pub(super) fn wrong_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The token is not valid or has expired.")
    }

    pub(super) fn bad_request(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("Request body is invalid: {why}."))
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
            Malformed::NoBody => Self::bad_request("there is none"),
            Malformed::Body(why) => Self::bad_request(&why),
            Malformed::MissingField(field) => Self::bad_request(&format!("{field} is missing")),
            Malformed::Field { field, why } => Self::bad_request(&format!("{field} {why}")),
            Malformed::Parameter { name, why } => {
                Self::new(StatusCode::BAD_REQUEST, format!("The parameter {name} {why}."))
            }
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound { what, id } => {
                Self::new(StatusCode::NOT_FOUND, format!("Could not find {what}: {id}."))
            }
            Error::AlreadyExists { .. } | Error::Conflict { .. } => Self::new(StatusCode::CONFLICT, text),
            Error::Invalid { .. } => Self::new(StatusCode::BAD_REQUEST, text),
            Error::Unauthenticated { .. } => Self::wrong_password(),
            Error::Forbidden { action } => Self::new(
                StatusCode::FORBIDDEN,
                format!("You are not authorized to perform the requested action: {action}."),
            ),
            Error::Quota { .. } => Self::new(StatusCode::FORBIDDEN, text),
            // Not 429: Terraform would sleep for minutes, and the original locks a user with 403.
            Error::Throttled { .. } => {
                Self::new(StatusCode::FORBIDDEN, format!("The account is locked: {text}."))
            }
            error @ Error::Unavailable { .. } => Self(Fault::failure(
                StatusCode::SERVICE_UNAVAILABLE,
                "IAM.0010",
                "The service is not available just now.",
                error,
            )),
            error @ Error::Internal { .. } => Self(Fault::failure(
                StatusCode::INTERNAL_SERVER_ERROR,
                "IAM.0006",
                "An unexpected error prevented the server from fulfilling your request.",
                error,
            )),
        }
    }
}
