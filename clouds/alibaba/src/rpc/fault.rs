//! What the platform itself refuses, before or around an operation: a word as code, a 4xx or 5xx status.

use std::borrow::Cow;

use http::StatusCode;
use muster_core::{Error, describe};
use muster_wire::ApiError;

/// A refusal in the platform's own style.
///
/// Never a 5xx for a condition that lasts: Terraform repeats any 5xx for minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word such as `InvalidParameter`, never empty.
    pub code: Cow<'static, str>,
    /// A sentence for people.
    pub message: String,
    /// Who was denied what, with permission denials.
    pub access_denied: Option<Box<AccessDenied>>,
    /// When to try again, in milliseconds: only with throttling, since the header alone makes SDKs retry.
    pub retry_after_ms: Option<u64>,
    /// What really happened, with a failure of ours: for the log, never for the client.
    pub cause: Option<String>,
}

/// Details of a permission denial. Where it arises only the permission is known; who was denied is filled in
/// where the answer is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessDenied {
    /// The permission that is missing, for example `edas:CreateSchedulerxAppGroupCreate`.
    pub action: String,
    /// The account that owns the caller.
    pub owner_id: String,
    /// The caller's number.
    pub principal: String,
    /// `Account`, `SubUser` or `AssumedRoleUser`.
    pub principal_type: &'static str,
    /// Whether a policy forbids it; otherwise no policy allows it.
    pub is_explicit: bool,
}

impl Fault {
    /// A refusal with a status, a code and a sentence.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            access_denied: None,
            retry_after_ms: None,
            cause: None,
        }
    }

    fn bad(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A required parameter is absent. A member of a list is named by its whole path.
    pub fn missing(parameter: &str) -> Self {
        Self::bad(format!("Missing{parameter}"), format!("{parameter} is mandatory for this action."))
    }

    /// A parameter's value cannot be read or is outside its domain.
    pub fn invalid(parameter: &str, why: &str) -> Self {
        Self::bad("InvalidParameter", format!("Specified parameter {parameter} is not valid: {why}."))
    }

    /// The request as a whole cannot be read.
    pub fn unreadable(why: &str) -> Self {
        Self::bad("InvalidParameter", format!("The request cannot be read: {why}."))
    }

    /// No product speaks this version.
    pub fn unknown_version() -> Self {
        Self::bad("InvalidVersion", "Specified parameter Version is not valid.")
    }

    /// The product has no such operation.
    pub fn unknown_action() -> Self {
        Self::no_such_api("InvalidAction.NotFound")
    }

    /// A path that is not an RPC product's.
    pub fn unknown_path() -> Self {
        Self::no_such_api("InvalidApi.NotFound")
    }

    fn no_such_api(code: &'static str) -> Self {
        let message = "Specified api is not found, please check your url and method.";
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// A method other than GET and POST.
    pub fn unsupported_method(method: &str) -> Self {
        Self::bad("UnsupportedHTTPMethod", format!("The HTTP method {method} is not supported."))
    }

    /// The signature's parts are incomplete or malformed.
    pub fn incomplete_signature(why: &str) -> Self {
        let message = format!("The request signature does not conform to Aliyun standards. {why}");
        Self::bad("IncompleteSignature", message)
    }

    /// The signature is another one than ours. Clients cut the message at "server string to sign is:" and
    /// compare the rest with their own text, so it is exactly what was signed here.
    pub fn signature_mismatch(string_to_sign: &str) -> Self {
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
        );
        Self::bad("SignatureDoesNotMatch", message)
    }

    /// The request's time cannot be read.
    pub fn malformed_time() -> Self {
        Self::bad("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
    }

    /// The request's time is too far from ours.
    pub fn expired() -> Self {
        Self::bad("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
    }

    /// The nonce was used before.
    pub fn nonce_used() -> Self {
        Self::bad("SignatureNonceUsed", "Specified signature nonce was used already.")
    }

    /// Nobody has this access key.
    pub fn unknown_access_key() -> Self {
        Self::new(StatusCode::NOT_FOUND, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    }

    /// The access key is switched off.
    pub fn inactive_access_key() -> Self {
        Self::bad("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    }

    /// The session of a temporary key is over.
    pub fn token_expired() -> Self {
        Self::bad("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
    }

    /// No session has this token.
    pub fn token_malformed() -> Self {
        Self::bad("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    }

    /// The token belongs to another access key.
    pub fn token_mismatch() -> Self {
        let message = "Specified SecurityToken mismatch with the AccessKey.";
        Self::bad("InvalidSecurityToken.MismatchWithAccessKey", message)
    }

    /// Too many requests; clients sleep for `after_ms` and try again.
    pub fn throttled(after_ms: u64) -> Self {
        let message = "Request was denied due to user flow control.";
        let mut fault = Self::new(StatusCode::TOO_MANY_REQUESTS, "Throttling.User", message);
        fault.retry_after_ms = Some(after_ms.max(1));
        fault
    }

    /// Not possible just now.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let message = "The request has failed due to a temporary failure of the server.";
        let mut fault = Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
        fault.cause = Some(cause.into());
        fault
    }

    /// A defect on our side; the log has the cause under the same request id.
    pub fn internal(cause: impl Into<String>) -> Self {
        let message = "The request processing has failed due to some unknown error.";
        let mut fault = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message);
        fault.cause = Some(cause.into());
        fault
    }

    /// The caller may not: the wording of the newer gateway, with its details.
    pub fn no_permission(action: impl Into<String>) -> Self {
        let message = "You are not authorized to do this action. You should be authorized by RAM.";
        let mut fault = Self::new(StatusCode::FORBIDDEN, "NoPermission", message);
        fault.access_denied =
            Some(Box::new(AccessDenied { action: action.into(), ..AccessDenied::default() }));
        fault
    }
}

impl ApiError for Fault {
    fn code(&self) -> String {
        self.code.to_string()
    }
}

/// The platform's words for what can go wrong anywhere. A product says first what it calls otherwise.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what, id } => {
                let message = format!("The specified {what} {id} does not exist.");
                Self::new(StatusCode::NOT_FOUND, "EntityNotExist", message)
            }
            Error::AlreadyExists { what, id } => {
                let message = format!("The specified {what} {id} exists already.");
                Self::new(StatusCode::CONFLICT, "EntityAlreadyExists", message)
            }
            Error::Invalid { field, why } => Self::invalid(&field, &why),
            Error::Conflict { what: "used nonce", .. } => Self::nonce_used(),
            Error::Conflict { why, .. } => Self::new(StatusCode::CONFLICT, "IncorrectStatus", why),
            Error::Unauthenticated { .. } => Self::unknown_access_key(),
            Error::Forbidden { action } => Self::no_permission(action),
            Error::Quota { what, limit } => {
                Self::bad("QuotaExceeded", format!("No more than {limit} of {what} are allowed."))
            }
            Error::Throttled { after_ms } => Self::throttled(after_ms),
            Error::Unavailable { why } => Self::unavailable(why),
            Error::Internal { .. } => Self::internal(describe(&error)),
        }
    }
}
