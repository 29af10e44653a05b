//! The records of jobs.

use muster_core::{PageRequest, Timestamp};
use serde::{Deserialize, Serialize};

pub use super::words::{ExecuteMode, JobKind, TimeKind};

/// When a job is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    /// How due times follow one another.
    pub kind: TimeKind,
    /// A cron expression, seconds, or an instant, as given.
    pub expression: String,
    /// The zone as given; empty for the server's.
    pub zone: String,
    /// The calendar whose days count; empty for every day. Only cron looks at it.
    pub calendar: String,
    /// Seconds from the due time to the time of the data.
    pub data_offset_s: i64,
    /// The first instant at which it may be due.
    pub not_before: Option<Timestamp>,
    /// The last instant at which it may be due.
    pub not_after: Option<Timestamp>,
}

impl Time {
    /// Never due by itself.
    pub fn api() -> Self {
        Self::of(TimeKind::Api, "")
    }

    /// A rule with all defaults.
    pub fn of(kind: TimeKind, expression: &str) -> Self {
        Self {
            kind,
            expression: expression.to_owned(),
            zone: String::new(),
            calendar: String::new(),
            data_offset_s: 0,
            not_before: None,
            not_after: None,
        }
    }
}

/// How the tasks of map modes are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MapSettings {
    /// Tasks that a worker pulls at once.
    pub page_size: i64,
    /// Tasks that may wait at a worker.
    pub queue_size: i64,
    /// Tasks that a worker runs at once.
    pub consumer_size: i64,
    /// Threads of the master that hand out.
    pub dispatcher_size: i64,
    /// How many times a task may be tried again.
    pub task_max_attempt: i64,
    /// Seconds between the tries of a task.
    pub task_attempt_interval_s: i64,
    /// Whether workers pull their tasks; else the master pushes them.
    pub pull: bool,
}

impl Default for MapSettings {
    fn default() -> Self {
        Self {
            page_size: 100,
            queue_size: 10_000,
            consumer_size: 5,
            dispatcher_size: 5,
            task_max_attempt: 0,
            task_attempt_interval_s: 0,
            pull: false,
        }
    }
}

/// What is watched about a job, and who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitor {
    /// Tell when a run takes longer than `timeout_s`.
    pub timeout: bool,
    /// How long a run may take, in seconds.
    pub timeout_s: i64,
    /// Stop a run that takes longer.
    pub timeout_kill: bool,
    /// Tell when runs fail.
    pub failure: bool,
    /// How many failures in a row it takes.
    pub failures: i64,
    /// Tell when no worker is there.
    pub no_worker: bool,
    /// Tell when a run succeeds.
    pub success: bool,
    /// By which channels; empty for the group's.
    pub channels: String,
    /// Who is told; nobody for the group's contacts.
    pub contacts: Vec<Contact>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            timeout: false,
            timeout_s: 7200,
            timeout_kill: false,
            failure: false,
            failures: 1,
            no_worker: false,
            success: false,
            channels: String::new(),
            contacts: Vec::new(),
        }
    }
}

/// Somebody to be told, with addresses of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// A name.
    pub name: String,
    /// A telephone number.
    pub phone: String,
    /// A mail address.
    pub mail: String,
    /// A robot's address.
    pub webhook: String,
}

/// What a job is, apart from its number and its state: the part that people write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// A name; others may have the same.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What runs.
    pub kind: JobKind,
    /// On how many workers.
    pub mode: ExecuteMode,
    /// When it is due.
    pub time: Time,
    /// A Java class.
    pub class_name: String,
    /// A script, or JSON that names a task or a request.
    pub content: String,
    /// Parameters of every run.
    pub parameters: String,
    /// How many instances may be unfinished at once.
    pub max_concurrency: i64,
    /// How many times an instance may be tried again.
    pub max_attempt: i64,
    /// Seconds between two tries.
    pub attempt_interval_s: i64,
    /// Who goes first when the group's limit makes instances wait: the larger.
    pub priority: i64,
    /// How tasks are handed out.
    pub map: MapSettings,
    /// The XAttrs text; empty where there is none.
    pub xattrs: String,
    /// A Kubernetes pod template.
    pub template: String,
    /// What is watched; nothing when it was never spoken of.
    pub monitor: Option<Monitor>,
    /// What an API must echo as it was sent and nobody acts on, as JSON: that API's affair.
    pub echo: String,
}

impl Definition {
    /// A job with all defaults.
    pub fn named(name: &str, kind: JobKind, mode: ExecuteMode, time: Time) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            kind,
            mode,
            time,
            class_name: String::new(),
            content: String::new(),
            parameters: String::new(),
            max_concurrency: 1,
            max_attempt: 0,
            attempt_interval_s: 30,
            priority: 5,
            map: MapSettings::default(),
            xattrs: String::new(),
            template: String::new(),
            monitor: None,
            echo: String::new(),
        }
    }
}

/// A job that shall be. What the patches say comes on top of the definition.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What it is. Its `map` and `monitor` are the defaults that the patches change.
    pub definition: Definition,
    /// What was said about tasks, one by one.
    pub map: MapPatch,
    /// What was said about watching, one by one.
    pub monitor: MonitorPatch,
    /// Whether its due times count from the start.
    pub enabled: bool,
}

impl NewJob {
    /// An enabled job about which nothing more was said.
    pub fn of(definition: Definition) -> Self {
        Self { definition, map: MapPatch::default(), monitor: MonitorPatch::default(), enabled: true }
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// Its group's number.
    pub app_group: i64,
    /// What people wrote.
    pub definition: Definition,
    /// Whether its due times count.
    pub enabled: bool,
    /// When it is due next.
    pub next_due: Option<Timestamp>,
    /// Who made it.
    pub creator: String,
    /// Who changed it last.
    pub updater: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A job of which somebody wants to be told, as far as alarms need it.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) time: TimeKind,
    pub(crate) max_attempt: i64,
    pub(crate) monitor: Monitor,
}

/// Changes; what is absent stays, an empty text clears.
#[derive(Clone, Debug, Default)]
pub struct JobPatch {
    /// A name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// On how many workers.
    pub mode: Option<ExecuteMode>,
    /// How due times follow one another.
    pub time_kind: Option<TimeKind>,
    /// A cron expression, seconds, or an instant.
    pub time_expression: Option<String>,
    /// The zone.
    pub zone: Option<String>,
    /// The calendar.
    pub calendar: Option<String>,
    /// Seconds from the due time to the time of the data.
    pub data_offset_s: Option<i64>,
    /// The first instant at which it may be due; `Some(None)` for no bound.
    pub not_before: Option<Option<Timestamp>>,
    /// The last instant at which it may be due; `Some(None)` for no bound.
    pub not_after: Option<Option<Timestamp>>,
    /// A Java class.
    pub class_name: Option<String>,
    /// A script, or JSON.
    pub content: Option<String>,
    /// Parameters of every run.
    pub parameters: Option<String>,
    /// How many instances may be unfinished at once.
    pub max_concurrency: Option<i64>,
    /// How many times an instance may be tried again.
    pub max_attempt: Option<i64>,
    /// Seconds between two tries.
    pub attempt_interval_s: Option<i64>,
    /// Who goes first.
    pub priority: Option<i64>,
    /// How tasks are handed out.
    pub map: MapPatch,
    /// The XAttrs text.
    pub xattrs: Option<String>,
    /// A Kubernetes pod template.
    pub template: Option<String>,
    /// What is watched.
    pub monitor: MonitorPatch,
    /// What an API must echo.
    pub echo: Option<String>,
}

/// Changes to [`MapSettings`]; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapPatch {
    /// Tasks that a worker pulls at once.
    pub page_size: Option<i64>,
    /// Tasks that may wait at a worker.
    pub queue_size: Option<i64>,
    /// Tasks that a worker runs at once.
    pub consumer_size: Option<i64>,
    /// Threads of the master that hand out.
    pub dispatcher_size: Option<i64>,
    /// How many times a task may be tried again.
    pub task_max_attempt: Option<i64>,
    /// Seconds between the tries of a task.
    pub task_attempt_interval_s: Option<i64>,
    /// Whether workers pull.
    pub pull: Option<bool>,
}

/// Changes to [`Monitor`]; what is absent stays. A list of contacts replaces the former one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitorPatch {
    /// Tell when a run takes too long.
    pub timeout: Option<bool>,
    /// How long a run may take, in seconds.
    pub timeout_s: Option<i64>,
    /// Stop a run that takes longer.
    pub timeout_kill: Option<bool>,
    /// Tell when runs fail.
    pub failure: Option<bool>,
    /// How many failures in a row it takes.
    pub failures: Option<i64>,
    /// Tell when no worker is there.
    pub no_worker: Option<bool>,
    /// Tell when a run succeeds.
    pub success: Option<bool>,
    /// By which channels.
    pub channels: Option<String>,
    /// Who is told.
    pub contacts: Option<Vec<Contact>>,
}

/// Which jobs of a group are wanted, the newest first; every given field must fit.
#[derive(Clone, Debug)]
pub struct JobFilter {
    /// The name contains this.
    pub name_contains: Option<String>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
    /// Which part of the list.
    pub page: PageRequest,
}

impl Default for JobFilter {
    fn default() -> Self {
        Self { name_contains: None, enabled: None, page: PageRequest::ALL }
    }
}

/// A former or present text of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptVersion {
    /// The text.
    pub content: String,
    /// What its author said about it.
    pub description: String,
    /// Its author.
    pub creator: String,
    /// When it was written.
    pub created_at: Timestamp,
}
