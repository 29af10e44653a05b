//! A job as answers show it.

use muster_core::Timestamp;
use muster_jobs::job::{Job, Monitor};
use serde_json::{Value, json};

use crate::schedulerx::job::words;

/// `JobConfigInfo`. What a client takes for a change to plan when it is there unasked is left out: task settings
/// of modes without tasks, watching that nobody spoke of, attributes that there are none of.
pub(super) fn info(job: &Job) -> Value {
    let definition = &job.definition;
    let (time, map) = (&definition.time, &definition.map);
    let mut info = json!({
        "JobId": job.id,
        "Name": definition.name,
        "Description": definition.description,
        "JobType": words::kind_text(definition),
        "ExecuteMode": words::mode_text(definition),
        "ClassName": definition.class_name,
        "Content": definition.content,
        "JarUrl": "",
        "Parameters": definition.parameters,
        "Status": i64::from(job.enabled),
        // A text here, a number in requests: typed clients depend on both.
        "MaxConcurrency": definition.max_concurrency.to_string(),
        "MaxAttempt": definition.max_attempt,
        "AttemptInterval": definition.attempt_interval_s,
        "EndTime": millis(time.not_after),
        "TimeConfig": {
            "TimeType": words::time_number(time.kind),
            "TimeExpression": time.expression,
            "Calendar": time.calendar,
            "DataOffset": time.data_offset_s,
        },
    });
    if definition.mode.has_tasks() {
        info["MapTaskXAttrs"] = json!({
            "ConsumerSize": map.consumer_size,
            "DispatcherSize": map.dispatcher_size,
            "PageSize": map.page_size,
            "QueueSize": map.queue_size,
            "TaskMaxAttempt": map.task_max_attempt,
            "TaskAttemptInterval": map.task_attempt_interval_s,
        });
    }
    if !definition.xattrs.is_empty() {
        info["XAttrs"] = Value::from(definition.xattrs.as_str());
    }
    if let Some(monitor) = &definition.monitor {
        info["JobMonitorInfo"] = monitor_info(monitor);
    }
    info
}

/// A row of a list: it tells the start as well.
pub(super) fn row(job: &Job) -> Value {
    let mut row = info(job);
    row["StartTime"] = Value::from(millis(job.definition.time.not_before));
    row
}

fn monitor_info(monitor: &Monitor) -> Value {
    let contacts: Vec<Value> = monitor
        .contacts
        .iter()
        .map(|contact| {
            json!({
                "UserName": contact.name,
                "UserPhone": contact.phone,
                "UserMail": contact.mail,
                "Ding": contact.webhook,
            })
        })
        .collect();
    let channels = if monitor.channels.is_empty() { "default" } else { &monitor.channels };
    json!({
        "MonitorConfig": {
            "FailEnable": monitor.failure,
            "MissWorkerEnable": monitor.no_worker,
            "SendChannel": channels,
            "Timeout": monitor.timeout_s,
            "TimeoutEnable": monitor.timeout,
            "TimeoutKillEnable": monitor.timeout_kill,
        },
        "ContactInfo": contacts,
    })
}

fn millis(at: Option<Timestamp>) -> i64 {
    at.map_or(-1, Timestamp::millis)
}
