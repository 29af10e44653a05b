//! Refusals in the service's words.

use std::borrow::Cow;

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::fault::Fault;
use crate::request::Malformed;

/// Why an operation was refused. Its code is the vendor's, or one of ours from the free block `x8xxx`.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// What the log is told, where it is our fault.
    cause: Option<Box<Error>>,
}

/// A parameter whose shape is wrong, whichever operation it belongs to.
const INVALID: &str = "WKS.00149901";
/// A parameter that breaks a rule of app groups; also an operation that this installation does not serve.
const INVALID_APP_GROUP: &str = "WKS.00138001";

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), cause: None }
    }

    /// The parameter `field` is missing, of the wrong type or outside its range.
    pub(crate) fn invalid(field: &str, why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID, format!("The parameter {field} is invalid: {why}."))
    }

    /// The body is not JSON.
    pub(crate) fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID, "The request body is not valid JSON.")
    }

    /// There is no body where one is needed.
    pub(crate) fn empty_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "WKS.0001", "The request message is empty.")
    }

    /// The body is of a type that the service does not read.
    pub(crate) fn media_type() -> Self {
        let text = "The server does not support the media type of the request payload.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "WKS.00000415", text)
    }

    /// The path is known, with other methods.
    pub(crate) fn method_not_allowed() -> Self {
        let text = "The method specified in the request is not allowed for this resource.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "WKS.00000405", text)
    }

    /// The vendor has this operation; this installation does not.
    pub(crate) fn not_served(operation: &str) -> Self {
        let text = format!("{operation} is not supported on this installation.");
        Self::new(StatusCode::BAD_REQUEST, INVALID_APP_GROUP, text)
    }

    /// A refusal by the rules of app groups, where a bad value has a code of its own.
    pub(crate) fn of_app_group(error: Error) -> Self {
        let broken_rule = matches!(error, Error::Invalid { .. });
        let refusal = Self::from(error);
        if broken_rule { Self { code: INVALID_APP_GROUP, ..refusal } } else { refusal }
    }

    /// The same for a change of something that exists: a name that is taken is then a conflict. Creating documents
    /// no conflict, and answers 400.
    pub(crate) fn on_update(self) -> Self {
        let code = match self.code {
            APP_GROUP_EXISTS => "WKS.00138901",
            SERVER_GROUP_EXISTS => "WKS.00128902",
            _ => return self,
        };
        Self { status: StatusCode::CONFLICT, code, ..self }
    }
}

const APP_GROUP_EXISTS: &str = "WKS.00138002";
const SERVER_GROUP_EXISTS: &str = "WKS.00128002";

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
        match error {
            Error::NotFound { what, id } => {
                let (code, thing) = match what {
                    "app group" => ("WKS.00138401", "application group"),
                    "server group" => ("WKS.00128401", "server group"),
                    other => (INVALID, other),
                };
                Self::new(StatusCode::NOT_FOUND, code, format!("The {thing} {id} does not exist."))
            }
            Error::AlreadyExists { what, id } => {
                let (code, thing) = match what {
                    "app group" => (APP_GROUP_EXISTS, "application group"),
                    "server group" => (SERVER_GROUP_EXISTS, "server group"),
                    other => (INVALID, other),
                };
                Self::new(BAD_REQUEST, code, format!("A {thing} with the name {id} exists already."))
            }
            Error::Invalid { field, why } => Self::invalid(&field, &why),
            Error::Conflict { what, why } => {
                let (status, code) = match what {
                    "app kind differs" => (BAD_REQUEST, "WKS.00138003"),
                    "shared desktop taken" => (BAD_REQUEST, "WKS.00131105"),
                    "standby differs" => (BAD_REQUEST, "WKS.00128003"),
                    "app group bound elsewhere" => (StatusCode::CONFLICT, "WKS.00138902"),
                    "server group in use" => (StatusCode::CONFLICT, "WKS.00128901"),
                    _ => (StatusCode::CONFLICT, "WKS.00211103"),
                };
                Self::new(status, code, why)
            }
            Error::Quota { what, limit } => {
                let (code, things) = match what {
                    "app groups" => ("WKS.00131104", "application groups"),
                    "server groups" => ("WKS.00128004", "server groups"),
                    other => (INVALID, other),
                };
                Self::new(
                    BAD_REQUEST,
                    code,
                    format!("The number of {things} exceeds the limit, limit {limit}."),
                )
            }
            Error::Unauthenticated { why } => Self::new(StatusCode::UNAUTHORIZED, "APIGW.0301", why),
            Error::Forbidden { action } => {
                let text = format!("Policy doesn't allow {action} to be performed.");
                Self::new(StatusCode::FORBIDDEN, "APIGW.0302", text)
            }
            Error::Throttled { .. } => {
                let text = "The throttling threshold has been reached.";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "APIGW.0308", text)
            }
            Error::Unavailable { .. } => {
                let text = "The service is now unavailable to process the request.";
                let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "WKS.00050902", text);
                Self { cause: Some(Box::new(error)), ..refusal }
            }
            Error::Internal { .. } => {
                let text = "The requested operation failed. Please try again later.";
                let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "WKS.00211401", text);
                Self { cause: Some(Box::new(error)), ..refusal }
            }
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::NoBody => Self::empty_body(),
            Malformed::Body(_) => Self::malformed(),
            Malformed::MissingField(field) => Self::invalid(field, "it is missing"),
            Malformed::Field { field, why } => Self::invalid(&field, &why),
            Malformed::Parameter { name, why } => Self::invalid(&name, &why),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let fault = Self::new(refusal.status, refusal.code, refusal.message);
        Self { cause: refusal.cause.map(|cause| *cause), ..fault }
    }
}

impl ApiError for Refusal {
    fn code(&self) -> String {
        self.code.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_status_and_code() {
        let table: [(Error, u16, &str); 16] = [
            (Error::not_found("app group", "1"), 404, "WKS.00138401"),
            (Error::not_found("server group", "1"), 404, "WKS.00128401"),
            (Error::already_exists("app group", "a"), 400, "WKS.00138002"),
            (Error::already_exists("server group", "a"), 400, "WKS.00128002"),
            (Error::invalid("tag key", "empty"), 400, "WKS.00149901"),
            (Error::conflict("app kind differs", ""), 400, "WKS.00138003"),
            (Error::conflict("shared desktop taken", ""), 400, "WKS.00131105"),
            (Error::conflict("app group bound elsewhere", ""), 409, "WKS.00138902"),
            (Error::conflict("server group in use", ""), 409, "WKS.00128901"),
            (Error::conflict("anything else", ""), 409, "WKS.00211103"),
            (Error::Quota { what: "app groups", limit: 500 }, 400, "WKS.00131104"),
            (Error::Forbidden { action: "workspace:appGroup:get".to_owned() }, 403, "APIGW.0302"),
            (Error::Unauthenticated { why: String::new() }, 401, "APIGW.0301"),
            (Error::Throttled { after_ms: 1 }, 429, "APIGW.0308"),
            (Error::unavailable("the disk is full"), 503, "WKS.00050902"),
            (Error::internal("secret detail"), 500, "WKS.00211401"),
        ];
        for (error, status, code) in table {
            let refusal = Refusal::from(error);
            assert_eq!((refusal.status.as_u16(), refusal.code), (status, code));
            assert!(!refusal.message.contains("secret detail"));
        }
    }

    #[test]
    fn a_taken_name_is_a_conflict_only_on_update() {
        let refusal = Refusal::of_app_group(Error::already_exists("app group", "a")).on_update();
        assert_eq!((refusal.status.as_u16(), refusal.code), (409, "WKS.00138901"));
        let refusal = Refusal::of_app_group(Error::invalid("name", "bad")).on_update();
        assert_eq!((refusal.status.as_u16(), refusal.code), (400, "WKS.00138001"));
    }

    #[test]
    fn the_quota_has_the_vendors_words() {
        let refusal = Refusal::from(Error::Quota { what: "app groups", limit: 500 });
        assert_eq!(refusal.message, "The number of application groups exceeds the limit, limit 500.");
    }
}
