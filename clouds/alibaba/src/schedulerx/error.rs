//! What SchedulerX refuses with: status 200, an integer code and a sentence; what the gateway refuses, in its
//! own style.
//!
//! Terraform takes an error for "the thing is gone" when its code is -10001 or -10003, when its code is the
//! beginning of one of these, or when one of these stands anywhere in the answer. So no other code begins them,
//! and no message holds them.

use muster_core::Error;
use muster_jobs::app_groups::{APP_GROUP, REFERENCED_POLICY, monitor};
use muster_jobs::calendars::{CALENDAR, REFERENCED_CALENDAR};
use muster_jobs::instances::{INSTANCE, NO_DESIGNATED_WORKER};
use muster_jobs::job::{JOB, NEEDS_PROFESSIONAL, NODE_OF_WORKFLOW, TIME_EXPRESSION};
use muster_jobs::namespaces::NAMESPACE;
use muster_jobs::notification_policies::{POLICY, TIMES};
use muster_jobs::workflows::{DAG, WORKFLOW, WORKFLOW_INSTANCE};
use muster_wire::ApiError;
use serde_json::Value;

use crate::rpc::envelope::Document;
use crate::rpc::{Failure, Fault};

/// The namespace or the application group does not exist.
pub(super) const GONE: i64 = -10_001;
/// The same, where jobs, instances or workers are asked for.
pub(super) const GROUP_GONE: i64 = -10_003;
/// A value is outside its domain.
pub(super) const OUT_OF_DOMAIN: i64 = -10_101;
/// A JSON text is malformed or of the wrong shape.
const BAD_JSON: i64 = -10_102;
/// What errors call the shares of a route strategy.
const STRATEGY: &str = "strategy content";
const EXISTS: i64 = -10_103;
/// What a parameter refers to does not exist.
const NO_SUCH_REFERENCE: i64 = -10_104;
const QUOTA: i64 = -10_105;
const IN_USE: i64 = -10_106;
const NEEDS_EDITION: i64 = -10_107;
const NO_INSTANCE: i64 = -10_201;
const NOT_NOW: i64 = -10_202;
const TOO_MANY_AT_ONCE: i64 = -10_203;
const SECOND_TAKEN: i64 = -10_204;
const NOBODY_DESIGNATED: i64 = -10_205;
const BAD_TIME: i64 = -10_206;
const BAD_DAG: i64 = -10_207;
const NO_WORKFLOW: i64 = -10_208;
const NO_JOB: i64 = -10_209;
/// A calendar or a policy does not exist.
const NO_POLICY: i64 = -10_301;

/// A refusal in SchedulerX's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// By the gateway: permission, syntax, overload.
    Platform(Fault),
    /// By the operation.
    Business {
        /// Never 200, 0, or the beginning of a code that means "gone".
        code: i64,
        /// Never empty: Terraform takes an empty one for success.
        message: String,
    },
    /// By the one operation whose code is a text.
    TextCode {
        /// As in [`Refusal::Business`].
        code: i64,
        /// As in [`Refusal::Business`].
        message: String,
    },
}

impl Refusal {
    pub(super) fn business(code: i64, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if ![GONE, GROUP_GONE].contains(&code) {
            // A name that people chose may hold the code of a missing thing; another dash keeps it readable.
            for gone in ["-10001", "-10003"] {
                message = message.replace(gone, &gone.replace('-', "\u{2010}"));
            }
        }
        Self::Business { code, message }
    }

    /// The same with a text for a code.
    pub(super) fn with_text_code(self) -> Self {
        match self {
            Self::Business { code, message } => Self::TextCode { code, message },
            other => other,
        }
    }

    /// The application group, or its namespace, does not exist; the wording is the vendor's, which clients search.
    pub(super) fn no_app_group(namespace: &str, group_id: &str) -> Self {
        Self::business(GONE, format!("app is not existed, groupId={group_id}, namesapce={namespace}"))
    }

    /// The same in the words of operations on what groups hold.
    pub(super) fn no_group(namespace: &str, group_id: &str) -> Self {
        Self::business(GROUP_GONE, format!("groupid not exist groupId: {group_id} namespace: {namespace}"))
    }

    /// The namespace of a group that is asked for its jobs does not exist.
    pub(super) fn no_namespace(namespace: &str) -> Self {
        let message = format!("namespace can not find namespace: {namespace}, namespaceSource:null");
        Self::business(GROUP_GONE, message)
    }

    /// The job does not exist in this group; `message` is the operation's own wording.
    pub(super) fn no_job(message: String) -> Self {
        Self::business(NO_JOB, message)
    }

    /// A JSON text in a parameter is malformed or of the wrong shape.
    pub(super) fn bad_json(parameter: &str, why: &str) -> Self {
        Self::business(BAD_JSON, format!("{parameter} is invalid: {why}"))
    }

    /// The same as [`Self::out_of_domain`] in the vendor's own wording.
    pub(super) fn bad_value(message: &str) -> Self {
        Self::business(OUT_OF_DOMAIN, message)
    }

    /// A parameter's value is outside its domain.
    pub(super) fn out_of_domain(parameter: &str, why: &str) -> Self {
        Self::business(OUT_OF_DOMAIN, format!("{parameter} is invalid: {why}"))
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Platform(fault)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::Platform(fault) => return Self::Platform(fault),
            Refusal::Business { code, message } => (Value::from(code), message),
            Refusal::TextCode { code, message } => (Value::from(code.to_string()), message),
        };
        Self::Service(Document::from_iter([
            ("Code".to_owned(), code),
            ("Message".to_owned(), Value::from(message)),
            ("Success".to_owned(), Value::from(false)),
        ]))
    }
}

impl ApiError for Refusal {
    fn code(&self) -> String {
        match self {
            Self::Platform(fault) => fault.code(),
            Self::Business { code, .. } | Self::TextCode { code, .. } => code.to_string(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what: NAMESPACE, id } => {
                Self::business(GONE, format!("namespace can not find namespace: {id}, namespaceSource:null"))
            }
            Error::NotFound { what: APP_GROUP, id } => {
                Self::business(GONE, format!("app is not existed, groupId={id}"))
            }
            Error::NotFound { what: REFERENCED_POLICY, id } => {
                Self::business(NO_SUCH_REFERENCE, format!("notification policy {id} is not existed"))
            }
            Error::NotFound { what: POLICY, id } => {
                Self::business(NO_POLICY, format!("notification policy {id} is not existed"))
            }
            Error::NotFound { what: CALENDAR, id } => {
                Self::business(NO_POLICY, format!("calendar {id} is not existed"))
            }
            Error::NotFound { what: REFERENCED_CALENDAR, id } => {
                Self::business(NO_SUCH_REFERENCE, format!("calendar {id} is not existed"))
            }
            Error::NotFound { what: JOB, id } => Self::no_job(format!("jobId={id} is not existed")),
            Error::NotFound { what: INSTANCE, id } => {
                Self::business(NO_INSTANCE, format!("jobInstanceId={id} is not existed"))
            }
            Error::NotFound { what: WORKFLOW, id } => {
                Self::business(NO_WORKFLOW, format!("workflowId={id} is not existed"))
            }
            Error::NotFound { what: WORKFLOW_INSTANCE, id } => {
                Self::business(NO_INSTANCE, format!("wfInstanceId={id} is not existed"))
            }
            Error::NotFound { what, id } => {
                Self::business(NO_SUCH_REFERENCE, format!("{what} {id} is not existed"))
            }
            Error::AlreadyExists { what, id } => Self::business(EXISTS, format!("{what} {id} is existed")),
            Error::Invalid { field, why } => {
                let code = match field.as_str() {
                    monitor::CONFIG | monitor::CONTACTS | TIMES | STRATEGY | "xattrs" | "days" => BAD_JSON,
                    TIME_EXPRESSION => BAD_TIME,
                    DAG => BAD_DAG,
                    // These are refused for their size alone.
                    "parameters" | "instance parameters" | "contacts" => QUOTA,
                    _ => OUT_OF_DOMAIN,
                };
                Self::business(code, format!("{} is invalid: {why}", parameter(&field)))
            }
            Error::Conflict {
                what:
                    "namespace holds app groups"
                    | "app group holds jobs"
                    | "notification policy is in use"
                    | "calendar in use"
                    | NODE_OF_WORKFLOW,
                why,
            } => Self::business(IN_USE, why),
            Error::Conflict { what: NEEDS_PROFESSIONAL, why } => Self::business(NEEDS_EDITION, why),
            Error::Conflict { what: "used nonce", .. } => Self::Platform(error.into()),
            Error::Conflict { what: "concurrency limit", why } => Self::business(TOO_MANY_AT_ONCE, why),
            Error::Conflict { what: "second taken", why } => Self::business(SECOND_TAKEN, why),
            Error::Conflict { what: NO_DESIGNATED_WORKER, why } => Self::business(NOBODY_DESIGNATED, why),
            Error::Conflict { why, .. } => Self::business(NOT_NOW, why),
            Error::Quota { what, limit } => {
                Self::business(QUOTA, format!("no more than {limit} of {what} are allowed"))
            }
            Error::Unauthenticated { .. }
            | Error::Forbidden { .. }
            | Error::Throttled { .. }
            | Error::Unavailable { .. }
            | Error::Internal { .. } => Self::Platform(error.into()),
        }
    }
}

/// The vendor's name for a field of ours.
fn parameter(field: &str) -> &str {
    match field {
        "uid" => "Uid",
        "name" => "Name",
        "group id" => "GroupId",
        "description" => "Description",
        "max jobs" => "MaxJobs",
        "max concurrency" => "MaxConcurrency",
        "app key" => "AppKey",
        monitor::CONFIG => "MonitorConfigJson",
        monitor::CONTACTS => "MonitorContactsJson",
        STRATEGY => "StrategyContent",
        "strategy name" => "Name",
        TIMES => "ChannelTimeRange",
        TIME_EXPRESSION => "TimeExpression",
        "time type" => "TimeType",
        DAG => "DagJson",
        "start time" => "StartTime",
        "end time" => "EndTime",
        "class name" => "ClassName",
        "content" => "Content",
        "template" => "Template",
        "version description" => "VersionDescription",
        "parameters" => "Parameters",
        "instance parameters" => "InstanceParameters",
        "xattrs" => "XAttrs",
        "priority" => "Priority",
        "max attempt" => "MaxAttempt",
        "attempt interval" => "AttemptInterval",
        "page size" => "PageSize",
        "queue size" => "QueueSize",
        "consumer size" => "ConsumerSize",
        "dispatcher size" => "DispatcherSize",
        "task max attempt" => "TaskMaxAttempt",
        "task attempt interval" => "TaskAttemptInterval",
        "timeout" => "Timeout",
        "fail times" => "FailTimes",
        "contacts" => "ContactInfo",
        "send channel" => "SendChannel",
        "end date" => "EndDate",
        "calendar name" => "CalendarName",
        "year" => "Year",
        "days" => "MonthDaysContent",
        "window start" => "StartTime",
        "window end" => "EndTime",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_begins_one_that_means_gone() {
        for code in [
            OUT_OF_DOMAIN,
            BAD_JSON,
            EXISTS,
            NO_SUCH_REFERENCE,
            QUOTA,
            IN_USE,
            NEEDS_EDITION,
            NO_INSTANCE,
            NOT_NOW,
            TOO_MANY_AT_ONCE,
            SECOND_TAKEN,
            NOBODY_DESIGNATED,
            BAD_TIME,
            BAD_DAG,
            NO_WORKFLOW,
            NO_JOB,
            NO_POLICY,
        ] {
            for gone in ["-10001", "-10003"] {
                let code = code.to_string();
                assert!(!gone.starts_with(&code) && !code.contains(gone), "{code}");
            }
        }
    }

    #[test]
    fn a_chosen_name_is_not_taken_for_a_code() {
        let refusal = Refusal::from(Error::already_exists(APP_GROUP, "job-10001-10003"));
        let Failure::Service(document) = refusal.into() else { panic!("not by the gateway") };
        let text = serde_json::to_string(&document).unwrap();
        assert!(!text.contains("-10001") && !text.contains("-10003"), "{text}");
        assert_eq!(document["Code"], -10_103);
    }

    #[test]
    fn failures_of_ours_are_the_gateways() {
        let refusal = Refusal::from(Error::internal("secret detail"));
        let Failure::Platform(fault) = refusal.into() else { panic!("by the gateway") };
        assert_eq!((fault.status.as_u16(), &*fault.code), (500, "InternalError"));
        assert!(!fault.message.contains("secret"));
        assert!(fault.cause.is_some_and(|cause| cause.contains("secret detail")));
    }
}
