//! What new jobs and changes to jobs are told alike.

use muster_core::Timestamp;
use muster_jobs::job::{Contact, MapPatch, MonitorPatch};

use crate::rpc::{Fault, Parameters};
use crate::schedulerx::Refusal;

pub(super) fn map(parameters: &Parameters) -> Result<MapPatch, Refusal> {
    let pull = match parameters.word("TaskDispatchMode") {
        None => None,
        Some("pull") => Some(true),
        Some("push") => Some(false),
        Some(_) => return Err(Refusal::out_of_domain("TaskDispatchMode", "push and pull are allowed")),
    };
    Ok(MapPatch {
        page_size: parameters.integer("PageSize")?,
        queue_size: parameters.integer("QueueSize")?,
        consumer_size: parameters.integer("ConsumerSize")?,
        dispatcher_size: parameters.integer("DispatcherSize")?,
        task_max_attempt: parameters.integer("TaskMaxAttempt")?,
        task_attempt_interval_s: parameters.integer("TaskAttemptInterval")?,
        pull,
    })
}

pub(super) fn monitor(parameters: &Parameters) -> Result<MonitorPatch, Refusal> {
    Ok(MonitorPatch {
        timeout: parameters.boolean("TimeoutEnable")?,
        timeout_s: parameters.integer("Timeout")?,
        timeout_kill: parameters.boolean("TimeoutKillEnable")?,
        failure: parameters.boolean("FailEnable")?,
        failures: parameters.integer("FailTimes")?,
        no_worker: parameters.boolean("MissWorkerEnable")?,
        success: parameters.boolean("SuccessNoticeEnable")?,
        channels: parameters.word("SendChannel").map(str::to_owned),
        contacts: contacts(parameters)?,
    })
}

/// None when none were sent, so that a job whose watching nobody spoke of stays one.
fn contacts(parameters: &Parameters) -> Result<Option<Vec<Contact>>, Refusal> {
    if !parameters.has("ContactInfo") || parameters.text("ContactInfo") == Some("") {
        return Ok(None);
    }
    let contact = |item: &Parameters| {
        let text = |name: &str| item.text(name).unwrap_or_default().to_owned();
        Contact {
            name: text("UserName"),
            phone: text("UserPhone"),
            mail: text("UserMail"),
            webhook: text("Ding"),
        }
    };
    Ok(Some(parameters.items("ContactInfo")?.iter().map(contact).collect()))
}

/// A bound of a job's due times in milliseconds; -1 for none.
pub(super) fn bound(parameters: &Parameters, name: &str) -> Result<Option<Option<Timestamp>>, Refusal> {
    match parameters.integer(name)? {
        None => Ok(None),
        Some(-1) => Ok(Some(None)),
        Some(millis) if millis >= 0 => Ok(Some(Some(Timestamp::from_millis(millis)))),
        Some(_) => Err(Refusal::out_of_domain(name, "-1 and milliseconds since 1970 are allowed")),
    }
}

/// A start must lie ahead when it is said; later nobody asks.
pub(super) fn check_start(start: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match start {
        Some(start) if start <= now => Err(Refusal::out_of_domain("StartTime", "it has passed already")),
        _ => Ok(()),
    }
}

/// The numbers of jobs: an indexed list, a JSON array, or a text with commas.
pub(super) fn ids(parameters: &Parameters) -> Result<Vec<i64>, Refusal> {
    const NAME: &str = "JobIdList";
    if !parameters.has(NAME) {
        parameters.required(NAME)?;
    }
    let texts = match parameters.word(NAME) {
        Some(text) if !text.trim_start().starts_with('[') => text.split(',').map(str::to_owned).collect(),
        _ => parameters.texts(NAME)?,
    };
    if texts.is_empty() {
        return Err(Refusal::out_of_domain(NAME, "it names no job"));
    }
    let number = |text: &String| {
        text.trim().parse().map_err(|_| Fault::invalid(NAME, "a list of integers is expected").into())
    };
    texts.iter().map(number).collect()
}
