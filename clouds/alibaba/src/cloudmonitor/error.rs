//! What CloudMonitor refuses with: a real HTTP status and a word.

use std::borrow::Cow;

use http::StatusCode;
use muster_core::Error;
use muster_wire::ApiError;

use crate::rpc::{Failure, Fault};

/// A refusal in CloudMonitor's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Fault);

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Fault::new(status, code, message))
    }

    /// The value of a parameter is outside its domain.
    pub(super) fn illegal(parameter: &str, why: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValue",
            format!("Illegal parameters. {parameter}: {why}."),
        )
    }

    /// What is asked for is not done by this server at all.
    pub(super) fn unsupported(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "UnsupportedOperation", message)
    }

    /// The same refusal as the platform writes it.
    pub fn into_fault(self) -> Fault {
        self.0
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        refusal.0
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Platform(refusal.0)
    }
}

impl ApiError for Refusal {
    fn code(&self) -> String {
        self.0.code.to_string()
    }
}

/// What cannot be read at all: the platform says `InvalidParameter`, this product says
/// `InvalidParameterValue`.
impl From<Fault> for Refusal {
    fn from(mut fault: Fault) -> Self {
        if fault.code == "InvalidParameter" {
            fault.code = Cow::Borrowed("InvalidParameterValue");
            fault.message = format!("Illegal parameters. {}", fault.message);
        }
        Self(fault)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what: "contact", .. } => {
                Self::new(StatusCode::NOT_FOUND, "ContactNotExists", "ContactName does not exist.")
            }
            Error::NotFound { what: "contact group", .. } => {
                Self::new(StatusCode::NOT_FOUND, "ContactGroupNotExists", "The group is not exists.")
            }
            Error::NotFound { what: "application", .. } => {
                Self::new(StatusCode::NOT_FOUND, "GroupsNotExists", "The application group does not exist.")
            }
            Error::NotFound { .. } => {
                Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", "The specified resource is not found.")
            }
            Error::AlreadyExists { what, id } => Self::new(
                StatusCode::CONFLICT,
                "ResourceConflict",
                format!("The {what} {id} exists already."),
            ),
            Error::Conflict { what: "used nonce", .. } => Self(Fault::from(error)),
            Error::Conflict { why, .. } => Self::new(StatusCode::CONFLICT, "ResourceConflict", why),
            Error::Invalid { field, why } => Self::illegal(parameter(&field), &why),
            Error::Quota { what, limit } => Self::new(
                StatusCode::BAD_REQUEST,
                "ExceedingQuota",
                format!("No more than {limit} of {what} are allowed."),
            ),
            Error::Forbidden { .. } => {
                Self::new(StatusCode::FORBIDDEN, "InvalidAuthorization", "Permission denied")
            }
            Error::Unauthenticated { .. }
            | Error::Throttled { .. }
            | Error::Unavailable { .. }
            | Error::Internal { .. } => Self(Fault::from(error)),
        }
    }
}

/// The vendor's name for a field of ours.
fn parameter(field: &str) -> &str {
    match field {
        "contact name" => "ContactName",
        "contact group name" => "ContactGroupName",
        "description" => "Describe",
        "members" => "ContactNames",
        "channels" => "Channels",
        "mail" => "Channels.Mail",
        "sms" => "Channels.SMS",
        "dingtalk" => "Channels.DingWebHook",
        "aliim" => "Channels.AliIM",
        "event rule name" => "RuleName",
        "silence" => "SilenceTime",
        "patterns" => "EventPattern",
        "condition" => "EventPattern.SQLFilter",
        "keyword" => "EventPattern.CustomFilters",
        other => other,
    }
}
