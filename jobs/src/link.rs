//! The port between jobs and the workers that run them.
//!
//! What is here says what jobs need to know of a worker and what they tell it; how that travels (frames,
//! connections, heartbeats) is the affair of whoever implements [`WorkerLink`]. A test stands in for workers
//! with a few lines. What workers answer comes back as a [`Report`] to `instances::Service`.

use std::fmt;
use std::sync::Arc;

use muster_core::Timestamp;

use crate::instances::Trigger;
use crate::job::{ExecuteMode, JobKind, MapSettings, TimeKind};

/// The workers of application groups, as far as jobs need to know them. No call blocks on a worker.
pub trait WorkerLink: Send + Sync + 'static {
    /// The workers of a group that are connected and have beaten lately, in a stable order.
    fn workers(&self, app_group: i64) -> Vec<Worker>;

    /// Hands a run to the connection of a worker, which answers by a report. When this returns, the frame is
    /// written or queued in the connection's order.
    ///
    /// # Errors
    /// A [`LinkFault`] says that nothing was written and nothing will be.
    fn submit(&self, worker: &str, run: &Run) -> Result<(), LinkFault>;

    /// Asks a worker to stop a run. That it stopped comes as a report, if at all.
    ///
    /// # Errors
    /// A [`LinkFault`] says that nothing was written and nothing will be.
    fn kill(&self, worker: &str, kill: &Kill) -> Result<(), LinkFault>;
}

/// The workers that are connected, as services carry them.
#[derive(Clone)]
pub struct Workers(pub Arc<dyn WorkerLink>);

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workers")
    }
}

/// Nobody is connected: for servers without a worker port, and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWorkers;

impl WorkerLink for NoWorkers {
    fn workers(&self, _app_group: i64) -> Vec<Worker> {
        Vec::new()
    }

    fn submit(&self, _worker: &str, _run: &Run) -> Result<(), LinkFault> {
        Err(LinkFault::Gone)
    }

    fn kill(&self, _worker: &str, _kill: &Kill) -> Result<(), LinkFault> {
        Err(LinkFault::Gone)
    }
}

/// Why a message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// The worker is not connected, or its connection takes nothing.
    Gone,
    /// This run cannot be said to this worker; another one may take it.
    Unfit {
        /// Why, for people.
        why: String,
    },
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the worker is not connected"),
            Self::Unfit { why } => f.write_str(why),
        }
    }
}

/// Which family of workers one belongs to: families never work on one run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// The official Go worker.
    Go,
    /// The official Java worker, however it was booted, and its agent.
    Java,
    /// Muster's own worker.
    Muster,
    /// The server itself, which makes the requests of HTTP jobs.
    Server,
}

impl Family {
    /// The family that a heartbeat's starter names.
    pub fn of_starter(starter: &str) -> Self {
        match starter {
            "go" => Self::Go,
            "muster" => Self::Muster,
            "server" => Self::Server,
            _ => Self::Java,
        }
    }

    /// Whether these workers can run such a job at all.
    pub fn takes(self, kind: JobKind) -> bool {
        match self {
            Self::Go => matches!(kind, JobKind::Go | JobKind::Java),
            Self::Java => !matches!(kind, JobKind::Go | JobKind::Http),
            Self::Muster => matches!(kind, JobKind::Shell | JobKind::Python),
            Self::Server => kind == JobKind::Http,
        }
    }

    /// How long after it was connected again such a worker may take to repeat a report that was lost, in
    /// milliseconds. Java's looks every 15 s for what was not answered for 30 s, and holds its messages back for 5 s
    /// after a connection broke. Go's says everything once.
    pub fn repeats_within_ms(self) -> i64 {
        match self {
            Self::Java => 55_000,
            // As soon as it is connected; until then it lists the run.
            Self::Muster => 5_000,
            Self::Go | Self::Server => 0,
        }
    }
}

/// A connected worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// What it calls itself; another one after each restart of its process.
    pub id: String,
    /// Where it is, as other workers and people reach it.
    pub host: String,
    /// The port of its address.
    pub port: u16,
    /// Where other workers of its family dial it, if that is another port.
    pub rpc_port: Option<u16>,
    /// The one label it was started with; empty for none.
    pub label: String,
    /// Its version, as it reports it.
    pub version: String,
    /// How it was booted: `go`, `springboot`, `pojo`, `muster`, …
    pub starter: String,
    /// How loaded its host is.
    pub metrics: Metrics,
    /// Whether it takes new work: it is not shutting down, and it has beaten often enough for its tasks to be
    /// registered.
    pub ready: bool,
    /// When the connection that it is reached by brought its first heartbeat.
    pub connected_at: Timestamp,
    /// Its latest heartbeats with the instances that they list, the newest first; two are enough.
    pub beats: Vec<Beat>,
}

impl Worker {
    /// `id@host:port`, by which callers designate it.
    pub fn address(&self) -> String {
        format!("{}@{}:{}", self.id, self.host, self.port)
    }

    /// `id@host:port[:rpc port]`, by which workers reach one another.
    pub fn route(&self) -> String {
        match self.rpc_port {
            Some(rpc) => format!("{}@{}:{}:{rpc}", self.id, self.host, self.port),
            None => self.address(),
        }
    }

    /// Its family.
    pub fn family(&self) -> Family {
        Family::of_starter(&self.starter)
    }

    /// Whether its latest heartbeat names the instance.
    pub fn lists(&self, instance: i64) -> bool {
        self.beats.first().is_some_and(|beat| beat.lists(instance))
    }

    /// How many instances its latest heartbeat names.
    pub fn running(&self) -> usize {
        self.beats.first().map_or(0, |beat| beat.instances.len())
    }
}

/// A heartbeat.
#[derive(Clone, Debug)]
pub struct Beat {
    /// When it arrived.
    pub at: Timestamp,
    /// The instances that the worker is master of, in ascending order.
    pub instances: Arc<[i64]>,
}

impl Beat {
    /// A heartbeat that arrived at `at`.
    pub fn new(at: Timestamp, mut instances: Vec<i64>) -> Self {
        instances.sort_unstable();
        Self { at, instances: instances.into() }
    }

    /// Whether it names the instance.
    pub fn lists(&self, instance: i64) -> bool {
        self.instances.binary_search(&instance).is_ok()
    }
}

/// How loaded a worker's host is, as the worker reports it; what it does not report is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// The load average of one minute.
    pub cpu_load1: f64,
    /// The load average of five minutes.
    pub cpu_load5: f64,
    /// How many processors it has.
    pub cpu_processors: u32,
    /// The share of the heap that is in use, from 0 to 1, lately.
    pub heap1_usage: f64,
    /// The same over five minutes.
    pub heap5_usage: f64,
    /// How much of the heap is in use, in MB.
    pub heap1_used: f64,
    /// How large the heap may grow, in MB.
    pub heap_max: f64,
    /// The share of the disk that is in use, from 0 to 1.
    pub disk_usage: f64,
    /// How much of the disk is in use, in MB.
    pub disk_used: f64,
    /// How large the disk is, in MB.
    pub disk_max: f64,
}

/// One attempt at an instance, with everything that a worker must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The job.
    pub job: i64,
    /// The instance.
    pub instance: i64,
    /// The group's number.
    pub app_group: i64,
    /// The group's name within its namespace.
    pub group_id: String,
    /// The namespace's uid.
    pub namespace: String,
    /// The job's name.
    pub job_name: String,
    /// What runs.
    pub kind: JobKind,
    /// On how many workers, and how they share the work.
    pub mode: ExecuteMode,
    /// How the job's due times follow one another.
    pub time_kind: TimeKind,
    /// The time expression as given.
    pub time_expression: String,
    /// A Java class.
    pub class_name: String,
    /// A script, or JSON that names a task.
    pub content: String,
    /// The job's own parameters.
    pub parameters: String,
    /// This run's parameters.
    pub instance_parameters: String,
    /// How tasks of map modes are handed out.
    pub map: MapSettings,
    /// The XAttrs text of the job; empty for none.
    pub xattrs: String,
    /// A Kubernetes pod template; empty for none.
    pub template: String,
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// Which time its data is of.
    pub data_at: Timestamp,
    /// What made it.
    pub trigger: Trigger,
    /// Whether its worker was designated for this one run.
    pub is_designated: bool,
    /// How many instances of the job may run at once.
    pub max_concurrency: i64,
    /// How many times it may be tried again.
    pub max_attempt: i64,
    /// Which try this is, counted from 0.
    pub attempt: i64,
    /// The workflow instance it belongs to.
    pub workflow_instance: Option<i64>,
    /// What its predecessors in the workflow resulted in.
    pub upstream: Vec<Upstream>,
    /// The workers that may share it, its own family only; the master's route is among them.
    pub workers: Vec<String>,
    /// When the server kills it, if it does.
    pub killed_at: Option<Timestamp>,
    /// How long it belongs to a worker that nothing is heard of, in milliseconds.
    pub lease_ms: i64,
}

impl Run {
    /// Whether it is a task that only our own worker knows: one of a reserved name.
    pub fn is_built_in(&self) -> bool {
        is_built_in(self.kind, &self.class_name, &self.content)
    }
}

/// What the names of tasks begin with that our own worker brings along.
pub const BUILT_IN: &str = "muster.";

/// The name of the task that a Go job runs: a member of its content, or the content, or the class.
pub fn task_name(class_name: &str, content: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(content) {
        Ok(serde_json::Value::Object(names)) => {
            names.get("jobName").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
        }
        _ if content.is_empty() => class_name.to_owned(),
        _ => content.to_owned(),
    }
}

/// Whether a job runs a task that only our own worker knows.
pub(crate) fn is_built_in(kind: JobKind, class_name: &str, content: &str) -> bool {
    kind == JobKind::Go && task_name(class_name, content).starts_with(BUILT_IN)
}

/// What a predecessor in a workflow resulted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The predecessor's job.
    pub job_name: String,
    /// Its result.
    pub data: String,
}

/// Which run to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The job.
    pub job: i64,
    /// The instance.
    pub instance: i64,
    /// The group's number.
    pub app_group: i64,
    /// What runs.
    pub kind: JobKind,
    /// On how many workers.
    pub mode: ExecuteMode,
    /// A Java class.
    pub class_name: String,
    /// A script, or JSON that names a task.
    pub content: String,
    /// Whoever wants it, in a word or a name.
    pub user: String,
}

/// What a worker says about an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The group whose key the worker presented.
    pub app_group: i64,
    /// The worker that says so.
    pub worker: String,
    /// The instance.
    pub instance: i64,
    /// The number of this node when the worker's connection was made. A node that was given up, and has won the group
    /// back, may still find something on an old connection that another node has dealt with long ago.
    pub node: Option<i64>,
    /// What it says.
    pub news: News,
}

/// What there is to say about an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The run was taken.
    Accepted,
    /// The run was not taken, and nothing of it was started.
    Refused {
        /// Why, in the worker's words.
        why: String,
    },
    /// How far it is, as JSON.
    Progress {
        /// The JSON text.
        progress: String,
    },
    /// It has ended.
    Ended {
        /// Whether well.
        success: bool,
        /// What it resulted in.
        result: String,
        /// The last progress, as JSON; empty for none.
        progress: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_what_they_can_run() {
        let all = [Family::Go, Family::Java, Family::Muster, Family::Server];
        let takers = |kind| all.map(|family| family.takes(kind));
        assert_eq!(takers(JobKind::Shell), [false, true, true, false]);
        assert_eq!(takers(JobKind::Go), [true, false, false, false]);
        assert_eq!(takers(JobKind::Java), [true, true, false, false]);
        assert_eq!(takers(JobKind::Http), [false, false, false, true]);
        assert_eq!(Family::of_starter("springboot"), Family::Java);
    }

    #[test]
    fn built_in_tasks_are_known_by_their_names() {
        for (kind, content, is_built_in) in [
            (JobKind::Go, r#"{"jobName":"muster.sleep"}"#, true),
            (JobKind::Go, "muster.sleep", true),
            (JobKind::Go, r#"{"jobName":"HelloWorld"}"#, false),
            (JobKind::Go, r#"{"name":"muster.sleep"}"#, false),
            (JobKind::Shell, "muster.sleep", false),
        ] {
            assert_eq!(super::is_built_in(kind, "", content), is_built_in, "{content}");
        }
        assert!(super::is_built_in(JobKind::Go, "muster.noop", ""));
    }

    #[test]
    fn a_beat_finds_its_instances_in_any_order() {
        let beat = Beat::new(Timestamp::from_millis(0), vec![3, 1, 2]);
        assert!(beat.lists(1) && beat.lists(3) && !beat.lists(4));
    }
}
