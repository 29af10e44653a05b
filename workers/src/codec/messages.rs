//! The scheduler's messages, with the names and numbers of the protocol.
//!
//! Those that only workers send one another are not here, nor those by which a server would keep the tasks of
//! `parallel` runs: such runs are given to workers as `grid`.

use bytes::Bytes;

use super::protobuf::{Message, message};

/// A message with a class name.
pub trait Named: Message {
    /// The class that its class stands in: `Server` or `Worker`.
    const OUTER: &'static str;
    /// Its own name.
    const NAME: &'static str;
}

macro_rules! named {
    ($($outer:literal: $($name:ident),+;)+) => {$($(
        impl Named for $name {
            const OUTER: &'static str = $outer;
            const NAME: &'static str = stringify!($name);
        }
    )+)+};
}

named! {
    "Worker": WorkerHeartBeatRequest, WorkerHeartBeatResponse, WorkerReportJobInstanceStatusRequest,
        WorkerReportJobInstanceStatusResponse, WorkerReportJobInstanceProgressRequest,
        MusterLogRequest, MusterLogResponse, MusterRelay;
    "Server": ServerSubmitJobInstanceRequest, ServerSubmitJobInstanceResponse, ServerKillJobInstanceRequest,
        ServerKillJobInstanceResponse;
}

message! {
    /// A worker lives, and this is what it does.
    pub struct WorkerHeartBeatRequest {
        /// The group's name.
        1 group_id: String,
        /// The SDK's version.
        2 version: String,
        /// The worker, until its process ends.
        3 worker_id: String,
        /// The load of its host, as JSON.
        4 metrics_json: Option<String>,
        /// The instances that it is master of.
        5 job_instance_id: Vec<i64>,
        /// How it was booted.
        6 starter: Option<String>,
        /// The group's number.
        7 app_group_id: Option<i64>,
        /// Where its group's settings come from.
        8 source: Option<String>,
        /// The label it was started with.
        9 label: Option<String>,
        /// False when it is about to end.
        10 online: Option<bool>,
        /// The group's key.
        11 app_key: Option<String>,
        /// Where other workers dial it.
        12 rpc_port: Option<i32>,
    }

    /// The heartbeat was heard.
    pub struct WorkerHeartBeatResponse {
        /// Whether it counts.
        1 success: bool,
        /// Why not.
        2 message: Option<String>,
    }

    /// Run this.
    pub struct ServerSubmitJobInstanceRequest {
        /// The job.
        1 job_id: i64,
        /// The instance.
        2 job_instance_id: i64,
        /// When it was due, in milliseconds.
        3 schedule_time: i64,
        /// Which time its data is of, in milliseconds.
        4 data_time: i64,
        /// What runs.
        5 job_type: String,
        /// On how many workers.
        6 execute_mode: String,
        /// What runs, in particular.
        7 content: String,
        /// Whose it is.
        8 user: String,
        /// How tasks are handed out, as JSON.
        9 xattrs: Option<String>,
        /// The job's parameters.
        10 parameters: Option<String>,
        /// All workers that may take part.
        11 workers: Vec<String>,
        /// How many instances may run at once.
        12 job_concurrency: i32,
        /// Nobody reads it.
        13 region_id: i32,
        /// The group's number.
        14 app_group_id: i64,
        /// This run's parameters.
        15 instance_parameters: Option<String>,
        /// What its predecessors resulted in.
        16 upstream_data: Vec<UpstreamData>,
        /// The group's name.
        17 group_id: Option<String>,
        /// How due times follow one another.
        18 time_type: Option<i32>,
        /// The rule for them.
        19 time_expression: Option<String>,
        /// How many times it may be tried again.
        20 max_attempt: Option<i32>,
        /// Which try this is.
        21 attempt: Option<i32>,
        /// The workflow instance, or 0.
        22 wf_instance_id: Option<i64>,
        /// The job's name.
        23 job_name: Option<String>,
        /// The namespace's uid.
        24 namespace: Option<String>,
        /// What made it; a run that was made by hand keeps the workers that it was given.
        25 trigger_type: Option<i32>,
        /// A pod template.
        29 template: Option<String>,
    }

    /// What a predecessor in a workflow resulted in.
    pub struct UpstreamData {
        /// Its name.
        1 job_name: String,
        /// Its result.
        2 data: String,
    }

    /// Whether a run was taken.
    pub struct ServerSubmitJobInstanceResponse {
        /// Whether.
        1 success: bool,
        /// Why not.
        2 message: Option<String>,
    }

    /// An instance stands here, mostly at its end.
    pub struct WorkerReportJobInstanceStatusRequest {
        /// The job.
        1 job_id: i64,
        /// The instance.
        2 job_instance_id: i64,
        /// Where it stands.
        3 status: i32,
        /// What it resulted in.
        4 result: Option<String>,
        /// How far it is, as JSON.
        5 progress: Option<String>,
        /// Counts reports, to be named in the answer.
        6 delivery_id: Option<i64>,
        /// Whether it is said again.
        7 again: Option<bool>,
        /// The group's name.
        8 group_id: Option<String>,
    }

    /// A report was heard and written down.
    pub struct WorkerReportJobInstanceStatusResponse {
        /// Whether.
        1 success: bool,
        /// Why not.
        2 message: Option<String>,
        /// Which report.
        3 delivery_id: i64,
    }

    /// An instance is this far.
    pub struct WorkerReportJobInstanceProgressRequest {
        /// The job.
        1 job_id: i64,
        /// The instance.
        2 job_instance_id: i64,
        /// How far, as JSON.
        3 progress: String,
        /// How many rounds since the last report.
        4 trigger_times: Option<i32>,
    }

    /// Stop this.
    pub struct ServerKillJobInstanceRequest {
        /// The job.
        1 job_id: i64,
        /// The instance.
        2 job_instance_id: i64,
        /// Who wants it.
        3 user: Option<String>,
        /// Whether the job goes too.
        4 destroy_job: Option<bool>,
        /// What runs.
        5 job_type: Option<String>,
        /// What runs, in particular.
        6 content: Option<String>,
        /// The namespace's uid.
        7 namespace: Option<String>,
        /// How tasks are handed out, as JSON.
        8 xattrs: Option<String>,
        /// On how many workers.
        9 execute_mode: Option<String>,
        /// The group's number.
        10 app_group_id: Option<i64>,
    }

    /// What became of the wish to stop. A Go worker that does stop the run says false here; see the text.
    pub struct ServerKillJobInstanceResponse {
        /// Not what it seems.
        1 success: bool,
        /// What happened.
        2 message: Option<String>,
    }

    /// Our own worker's: what a run has printed.
    pub struct MusterLogRequest {
        /// The instance.
        1 job_instance_id: i64,
        /// Which try this is.
        2 attempt: i32,
        /// The worker's own number of the run.
        3 run: i64,
        /// The place of the first line among all lines of the run, counted from 0.
        4 first: i64,
        /// The lines.
        5 lines: Vec<MusterLogLine>,
        /// The group's name.
        6 group_id: String,
    }

    /// A line that was printed.
    pub struct MusterLogLine {
        /// `stdout`, `stderr` or `system`.
        1 stream: String,
        /// How long ago, in milliseconds.
        2 age_ms: i64,
        /// The line without its end.
        3 text: String,
    }

    /// Lines need not be sent again.
    pub struct MusterLogResponse {
        /// Whether they are on disk.
        1 success: bool,
        /// The worker's own number of the run.
        2 run: i64,
        /// How many lines of the run were dealt with.
        3 taken: i64,
    }

    /// Our own workers': a word from one to another of its group, which the server passes on.
    pub struct MusterRelay {
        /// Whom it is for: a worker's id.
        1 to: String,
        /// Who says it; the server writes it.
        2 from: String,
        /// The group's name.
        3 group_id: String,
        /// What is said, which the server does not read.
        4 body: Bytes,
        /// True when it comes back because nobody of that name is there.
        5 undelivered: Option<bool>,
    }
}
