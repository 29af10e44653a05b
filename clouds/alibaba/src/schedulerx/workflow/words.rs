//! The vendor's words and numbers for what workflows are.

use muster_jobs::job::TimeKind;
use muster_jobs::workflows::Workflow;

use crate::schedulerx::Refusal;

/// How a workflow's due times follow one another. Only these two are known for workflows.
pub(super) fn time_kind(number: i64) -> Result<TimeKind, Refusal> {
    match number {
        1 => Ok(TimeKind::Cron),
        100 => Ok(TimeKind::Api),
        _ => Err(Refusal::out_of_domain("TimeType", "1 and 100 are allowed")),
    }
}

/// A word in answers, a number in requests.
pub(super) fn time_type(workflow: &Workflow) -> &'static str {
    workflow.time.kind.as_str()
}

pub(super) fn status(workflow: &Workflow) -> &'static str {
    match workflow {
        Workflow { removed: true, .. } => "removed",
        Workflow { enabled: true, .. } => "enable",
        _ => "disable",
    }
}
