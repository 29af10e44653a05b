//! The vendor's words and numbers for what jobs are, and the other spellings that clients use.
//!
//! A job is answered in the spelling in which it came, or Terraform plans a change for ever.

use muster_jobs::job::{Definition, ExecuteMode, JobKind, TimeKind};
use serde_json::{Value, json};

use crate::schedulerx::Refusal;

const JOB_TYPE: &str = "JobType";
const EXECUTE_MODE: &str = "ExecuteMode";

pub(super) fn kind(text: &str) -> Result<JobKind, Refusal> {
    known_kind(text).ok_or_else(|| Refusal::out_of_domain(JOB_TYPE, &allowed(JobKind::ALL, JobKind::as_str)))
}

pub(super) fn mode(text: &str) -> Result<ExecuteMode, Refusal> {
    let refuse = || Refusal::out_of_domain(EXECUTE_MODE, &allowed(ExecuteMode::ALL, ExecuteMode::as_str));
    known_mode(text).ok_or_else(refuse)
}

pub(super) fn time_kind(number: i64) -> Result<TimeKind, Refusal> {
    match number {
        1 => Ok(TimeKind::Cron),
        3 => Ok(TimeKind::FixedRate),
        4 => Ok(TimeKind::FixedDelay),
        5 => Ok(TimeKind::Once),
        100 => Ok(TimeKind::Api),
        -1 => Ok(TimeKind::None),
        _ => Err(Refusal::out_of_domain("TimeType", "1, 3, 4, 5, 100 and -1 are allowed")),
    }
}

pub(super) fn time_number(kind: TimeKind) -> i64 {
    match kind {
        TimeKind::Cron => 1,
        TimeKind::FixedRate => 3,
        TimeKind::FixedDelay => 4,
        TimeKind::Once => 5,
        TimeKind::Api => 100,
        TimeKind::None => -1,
    }
}

/// How a job's type and mode were spelt, for [`Definition::echo`].
pub(super) fn spelling(kind: &str, mode: &str) -> String {
    json!({JOB_TYPE: kind, EXECUTE_MODE: mode}).to_string()
}

/// The job's type as it was spelt.
pub(super) fn kind_text(job: &Definition) -> String {
    let spelt = spelt(job, JOB_TYPE).filter(|text| known_kind(text) == Some(job.kind));
    spelt.unwrap_or_else(|| job.kind.as_str().to_owned())
}

/// The job's mode as it was spelt; a mode that was changed elsewhere since then has our own spelling.
pub(super) fn mode_text(job: &Definition) -> String {
    let spelt = spelt(job, EXECUTE_MODE).filter(|text| known_mode(text) == Some(job.mode));
    spelt.unwrap_or_else(|| job.mode.as_str().to_owned())
}

fn known_kind(text: &str) -> Option<JobKind> {
    if text == "golang" { Some(JobKind::Go) } else { JobKind::from_text(text) }
}

fn known_mode(text: &str) -> Option<ExecuteMode> {
    match text {
        "broadcatst" => Some(ExecuteMode::Broadcast),
        "shard" => Some(ExecuteMode::Sharding),
        _ => ExecuteMode::from_text(text),
    }
}

fn spelt(job: &Definition, name: &str) -> Option<String> {
    let echo: Value = serde_json::from_str(&job.echo).ok()?;
    Some(echo.get(name)?.as_str()?.to_owned())
}

fn allowed<T: Copy>(all: &[T], text: fn(T) -> &'static str) -> String {
    let all: Vec<&str> = all.iter().map(|word| text(*word)).collect();
    format!("{} are allowed", all.join(", "))
}
