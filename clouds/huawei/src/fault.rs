//! Refusals: a status, a code and a sentence, and what the gateway in front of all services refuses.

use std::borrow::Cow;

use http::StatusCode;
use muster_core::Error;
use serde_json::{Value, json};

use crate::auth::Refusal;
use crate::request::Request;

/// The longest text that clients promise to read.
const LONGEST_TEXT: usize = 256;

/// Why a request was refused. Each product chooses its codes; the envelope is [`Product::envelope`]'s.
///
/// [`Product::envelope`]: crate::Product::envelope
#[derive(Debug)]
pub struct Fault {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code, such as `ces.0014`.
    pub code: Cow<'static, str>,
    /// A sentence for people, never with anything secret in it.
    pub message: String,
    /// What happened below, for the log; only with a 5xx status.
    pub cause: Option<Error>,
}

impl Fault {
    /// A refusal.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), cause: None }
    }

    /// A failure on our side, whose cause goes to the log.
    pub fn failure(status: StatusCode, code: &'static str, message: &'static str, cause: Error) -> Self {
        Self { status, code: code.into(), message: message.to_owned(), cause: Some(cause) }
    }

    /// The sentence, cut to what clients promise to read.
    pub(crate) fn text(&self) -> &str {
        let end =
            self.message.char_indices().nth(LONGEST_TEXT).map_or(self.message.len(), |(place, _)| place);
        &self.message[..end]
    }

    /// The flat pair that the gateway and most services answer with. All values are strings: Go refuses others.
    pub fn flat(&self, request: &Request) -> Value {
        json!({"error_code": self.code, "error_msg": self.text(), "request_id": request.id()})
    }
}

/// What the gateway in front of all services refuses, before any of them sees the request.
pub(crate) mod gateway {
    use super::{Error, Fault, Refusal, StatusCode};
    use crate::auth::sdk_date;

    const NOT_PROVEN: &str = "APIGW.0301";

    pub(crate) fn unknown_path() -> Fault {
        let message = "The API does not exist or has not been published in the environment.";
        Fault::new(StatusCode::NOT_FOUND, "APIGW.0101", message)
    }

    pub(crate) fn method_not_allowed(method: &http::Method) -> Fault {
        let message = format!("The API does not support the method {method}.");
        Fault::new(StatusCode::METHOD_NOT_ALLOWED, "APIGW.0502", message)
    }

    pub(crate) fn bad_content_type() -> Fault {
        let message = "Invalid header parameter: Content-Type, required application/json.";
        Fault::new(StatusCode::BAD_REQUEST, "APIGW.0106", message)
    }

    pub(crate) fn bad_project(id: &str) -> Fault {
        Fault::new(
            StatusCode::BAD_REQUEST,
            "APIGW.0106",
            format!("The project_id {id} in the path is not valid."),
        )
    }

    /// A project that is not the caller's own, whether it exists or not.
    pub(crate) fn foreign_project(id: &str) -> Fault {
        let message = format!("The IAM user is not authorized to access the project {id}.");
        Fault::new(StatusCode::FORBIDDEN, "APIGW.0302", message)
    }

    pub(crate) fn other_project_header() -> Fault {
        let message = "The header X-Project-Id names another project than the path.";
        Fault::new(StatusCode::FORBIDDEN, "APIGW.0302", message)
    }

    pub(crate) fn other_domain_header() -> Fault {
        let message = "The header X-Domain-Id names another domain than the caller's.";
        Fault::new(StatusCode::FORBIDDEN, "APIGW.0302", message)
    }

    pub(crate) fn body_too_large(limit: usize) -> Fault {
        let message = format!("The request body is larger than {limit} bytes.");
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "APIGW.0201", message)
    }

    pub(crate) fn body_cut() -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, "APIGW.0201", "The request body did not arrive whole.")
    }

    pub(crate) fn defect() -> Fault {
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "APIGW.0601", "Internal server error.")
    }

    pub(crate) fn not_proven(why: &str) -> Fault {
        let message = format!("Incorrect IAM authentication information: {why}");
        Fault::new(StatusCode::UNAUTHORIZED, NOT_PROVEN, message)
    }

    pub(crate) fn token_over() -> Fault {
        Fault::new(StatusCode::UNAUTHORIZED, "APIGW.0307", "The token must be updated.")
    }

    /// What looking up a proof of identity can end in.
    pub(crate) fn from_identity(error: Error) -> Fault {
        match error {
            Error::Unauthenticated { why } => not_proven(&why),
            Error::Forbidden { action } => {
                let message = format!("The IAM user is not authorized: {action}.");
                Fault::new(StatusCode::FORBIDDEN, "APIGW.0302", message)
            }
            Error::Throttled { after_ms } => {
                let message =
                    format!("The throttling threshold has been reached, try again in {after_ms} ms.");
                Fault::new(StatusCode::TOO_MANY_REQUESTS, "APIGW.0308", message)
            }
            error @ Error::Unavailable { .. } => Fault::failure(
                StatusCode::SERVICE_UNAVAILABLE,
                "APIGW.0201",
                "The backend is not available just now.",
                error,
            ),
            Error::NotFound { .. }
            | Error::AlreadyExists { .. }
            | Error::Invalid { .. }
            | Error::Conflict { .. }
            | Error::Quota { .. } => not_proven("verify aksk signature fail"),
            error @ Error::Internal { .. } => Fault { cause: Some(error), ..defect() },
        }
    }

    impl From<Refusal> for Fault {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Missing => not_proven("x-auth-token not found"),
                Refusal::Signature => not_proven("verify aksk signature fail"),
                Refusal::Date => not_proven("x-sdk-date is missing or not of the form YYYYMMDDTHHMMSSZ"),
                Refusal::Stale { signed, now } => not_proven(&format!(
                    "signature expired, signature time:{}, server time:{}",
                    sdk_date(signed),
                    sdk_date(now)
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let fault = |text: &str| Fault::new(StatusCode::BAD_REQUEST, "x", text);
        assert_eq!(fault("short").text(), "short");
        assert_eq!(fault(&"界".repeat(300)).text(), "界".repeat(256));
    }
}
