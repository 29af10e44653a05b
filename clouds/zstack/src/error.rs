//! What ZStack refuses with: plain text where HTTP itself was wrong, an error object where the call failed.

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;
use serde_json::{Value, json};

/// `details` are cut here, as the original does.
const MOST_DETAILS: usize = 4096;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request could not be read: answered at once, as plain text, even where the call would have been
    /// asynchronous.
    Http {
        /// The status.
        status: StatusCode,
        /// The body.
        text: String,
    },
    /// The call failed: 503 with an error object, at the poll if the call is asynchronous.
    Failed(ErrorCode),
}

/// An error object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// Such as `SYS.1007`.
    pub code: Code,
    /// What happened here, for people.
    pub details: String,
}

/// The codes that we answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `SYS.1000`
    Internal,
    /// `SYS.1002`
    CannotCreate,
    /// `SYS.1003`
    NotFound,
    /// `SYS.1006`
    OperationFailed,
    /// `SYS.1007`
    InvalidArgument,
    /// `SYS.1010`
    NotReady,
    /// `SYS.1014`
    NotImplemented,
    /// `ID.1000`
    AuthenticationFailed,
    /// `ID.1001`
    InvalidSession,
    /// `ID.1002`
    PermissionDenied,
    /// `ID.1003`
    QuotaExceeded,
    /// `ID.1006`
    TooManySessions,
}

impl Code {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "SYS.1000",
            Self::CannotCreate => "SYS.1002",
            Self::NotFound => "SYS.1003",
            Self::OperationFailed => "SYS.1006",
            Self::InvalidArgument => "SYS.1007",
            Self::NotReady => "SYS.1010",
            Self::NotImplemented => "SYS.1014",
            Self::AuthenticationFailed => "ID.1000",
            Self::InvalidSession => "ID.1001",
            Self::PermissionDenied => "ID.1002",
            Self::QuotaExceeded => "ID.1003",
            Self::TooManySessions => "ID.1006",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Internal => "An internal error happened",
            Self::CannotCreate => "The resource cannot be created",
            Self::NotFound => "The resource was not found",
            Self::OperationFailed => "The operation failed",
            Self::InvalidArgument => "An argument of the call is invalid",
            Self::NotReady => "The server is not ready",
            Self::NotImplemented => "Not implemented here",
            Self::AuthenticationFailed => "Wrong account name or password",
            Self::InvalidSession => "The session is invalid",
            Self::PermissionDenied => "Permission denied",
            Self::QuotaExceeded => "A quota is exceeded",
            Self::TooManySessions => "Too many sessions",
        }
    }
}

impl ErrorCode {
    /// The body: `{"error": …}`.
    pub fn body(&self) -> Value {
        json!({ "error": self.object() })
    }

    /// The object itself, for results that hold one among others.
    pub fn object(&self) -> Value {
        json!({
            "code": self.code.as_str(),
            "description": self.code.description(),
            "details": self.details,
        })
    }
}

impl Refusal {
    /// The call failed with `code`.
    pub fn failed(code: Code, details: impl Into<String>) -> Self {
        let mut details = details.into();
        if let Some((end, _)) = details.char_indices().nth(MOST_DETAILS) {
            details.truncate(end);
        }
        Self::Failed(ErrorCode { code, details })
    }

    /// A parameter has a value that it must not have.
    pub fn invalid(details: impl Into<String>) -> Self {
        Self::failed(Code::InvalidArgument, details)
    }

    /// The request cannot be read.
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::Http { status: StatusCode::BAD_REQUEST, text: text.into() }
    }

    /// Another plain refusal.
    pub fn http(status: StatusCode, text: impl Into<String>) -> Self {
        Self::Http { status, text: text.into() }
    }
}

impl ApiError for Refusal {
    fn code(&self) -> String {
        match self {
            Self::Http { status, .. } => format!("http.{}", status.as_u16()),
            Self::Failed(error) => error.code.as_str().to_owned(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what, id } => Self::failed(Code::NotFound, not_found(what, &id)),
            // It may be another account's, of whose things nobody is told.
            Error::AlreadyExists { what: "id", id } => Self::failed(
                Code::CannotCreate,
                format!("resourceUuid: {id} cannot be taken, choose another"),
            ),
            Error::AlreadyExists { what: "X-Job-UUID", id } => {
                Self::bad_request(format!("Duplicate job uuid {id}"))
            }
            Error::AlreadyExists { what: "trigger link", id } => {
                Self::invalid(format!("the trigger[uuid:{id}] is attached already"))
            }
            Error::AlreadyExists { what: "group membership", id } => {
                Self::invalid(format!("the job[uuid:{id}] is in a scheduler job group already"))
            }
            Error::AlreadyExists { what, id } => Self::invalid(format!("{what} {id} exists already")),
            Error::Invalid { field, why } => Self::invalid(format!("{}: {why}", wire_name(&field))),
            Error::Conflict { what: "trigger is over", why } => Self::invalid(why),
            Error::Conflict { why, .. } => Self::failed(Code::OperationFailed, why),
            Error::Unauthenticated { why } => Self::failed(Code::InvalidSession, why),
            Error::Forbidden { action } => {
                Self::failed(Code::PermissionDenied, format!("no permission for {action}"))
            }
            // These two bound one record; the quotas of an account have a code of their own.
            Error::Quota { what: what @ ("jobs in a group" | "attached triggers"), limit } => {
                Self::invalid(format!("no more than {limit} {what} are allowed"))
            }
            Error::Quota { what, limit } => {
                Self::failed(Code::QuotaExceeded, format!("no more than {limit} {what} are allowed"))
            }
            Error::Throttled { after_ms } => {
                Self::failed(Code::OperationFailed, format!("too many requests, try again in {after_ms} ms"))
            }
            Error::Unavailable { why } => Self::failed(Code::OperationFailed, why),
            Error::Internal { source } => {
                tracing::error!(error = %muster_core::describe(source.as_ref()), "a ZStack call failed");
                Self::failed(Code::Internal, "internal error")
            }
        }
    }
}

/// Names the class of the missing resource, as clients know it from the original.
fn not_found(what: &str, id: &str) -> String {
    let class = match what {
        "scheduled job" => "SchedulerJobVO",
        "scheduled job group" => "SchedulerJobGroupVO",
        "trigger" => "SchedulerTriggerVO",
        "tag pattern" => "TagPatternVO",
        "access key" => "AccessKeyVO",
        "account" => "AccountVO",
        "user" => "UserVO",
        other => other,
    };
    format!("cannot find resource[type:{class}, uuid:{id}]")
}

/// ZStack's word for a field of ours.
fn wire_name(field: &str) -> String {
    match field {
        "schedule.cron" => "cron".to_owned(),
        "schedule.interval" => "schedulerInterval".to_owned(),
        "schedule.repeat" => "repeatCount".to_owned(),
        "schedule.start" => "startTime".to_owned(),
        "schedule.stop" => "stopTime".to_owned(),
        "target" => "targetResourceUuid".to_owned(),
        "jobs" => "schedulerJobUuids".to_owned(),
        other => match other.strip_prefix("settings.") {
            Some(name) => format!("parameters.{name}"),
            None => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_object_has_code_description_and_details() {
        let Refusal::Failed(error) = Refusal::from(Error::not_found("trigger", "abc")) else { panic!() };
        let body = error.body();
        assert_eq!(body["error"]["code"], "SYS.1003");
        assert_eq!(body["error"]["details"], "cannot find resource[type:SchedulerTriggerVO, uuid:abc]");
    }

    #[test]
    fn a_refused_uuid_does_not_tell_whose_it_is_or_that_it_is() {
        let Refusal::Failed(error) = Refusal::from(Error::already_exists("id", "abc")) else { panic!() };
        assert_eq!(error.code, Code::CannotCreate);
        assert_eq!(error.details, "resourceUuid: abc cannot be taken, choose another");
    }

    #[test]
    fn details_are_cut() {
        let Refusal::Failed(error) = Refusal::invalid("长".repeat(5000)) else { panic!() };
        assert_eq!(error.details.chars().count(), MOST_DETAILS);
    }

    #[test]
    fn fields_have_their_wire_names() {
        let Refusal::Failed(error) = Refusal::from(Error::invalid("settings.retentionType", "x")) else {
            panic!()
        };
        assert_eq!(
            (error.code, error.details.as_str()),
            (Code::InvalidArgument, "parameters.retentionType: x")
        );
    }
}
