//! What is to be run, whether it came over a wire or from the same process.

use std::time::Duration;

use muster_jobs::job::{ExecuteMode, JobKind};
use muster_jobs::link::{self, Run};
use muster_workers::codec::messages::ServerSubmitJobInstanceRequest;
use serde::{Deserialize, Serialize};

/// A lease when the server names none: what it uses unless it is told otherwise.
const LEASE: Duration = Duration::from_secs(30);

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Code {
    /// A shell script.
    Shell(String),
    /// A Python script.
    Python(String),
    /// A task of our own, by its name.
    BuiltIn(String),
}

/// On how many workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// On this one.
    Standalone,
    /// On each of the workers that are named.
    Broadcast,
    /// Once for each shard that the parameters name.
    Sharding,
}

/// Which part of a shared run a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shard {
    pub(crate) index: i64,
    pub(crate) total: i64,
    pub(crate) parameter: String,
}

/// What a predecessor in a workflow resulted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upstream {
    pub(crate) job_name: String,
    pub(crate) data: String,
}

/// One attempt at an instance, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) job: i64,
    pub(crate) instance: i64,
    pub(crate) app_group: i64,
    pub(crate) group_id: String,
    pub(crate) namespace: String,
    pub(crate) job_name: String,
    pub(crate) code: Code,
    pub(crate) mode: Mode,
    pub(crate) parameters: String,
    pub(crate) instance_parameters: String,
    pub(crate) scheduled_ms: i64,
    pub(crate) data_ms: i64,
    pub(crate) attempt: i64,
    pub(crate) max_attempt: i64,
    pub(crate) workflow_instance: i64,
    pub(crate) upstream: Vec<Upstream>,
    /// The ids of all workers that take part.
    pub(crate) workers: Vec<String>,
    pub(crate) lease: Duration,
    pub(crate) shard: Option<Shard>,
}

impl Task {
    /// From the same process.
    ///
    /// # Errors
    /// Why this worker cannot run it.
    pub(crate) fn of_run(run: &Run) -> Result<Self, String> {
        Ok(Self {
            job: run.job,
            instance: run.instance,
            app_group: run.app_group,
            group_id: run.group_id.clone(),
            namespace: run.namespace.clone(),
            job_name: run.job_name.clone(),
            code: code(run.kind.as_str(), &run.class_name, &run.content)?,
            mode: mode(run.mode.as_str())?,
            parameters: run.parameters.clone(),
            instance_parameters: run.instance_parameters.clone(),
            scheduled_ms: run.scheduled_at.millis(),
            data_ms: run.data_at.millis(),
            attempt: run.attempt,
            max_attempt: run.max_attempt,
            workflow_instance: run.workflow_instance.unwrap_or(0),
            upstream: run
                .upstream
                .iter()
                .map(|from| Upstream { job_name: from.job_name.clone(), data: from.data.clone() })
                .collect(),
            workers: run.workers.iter().map(|route| id_of(route)).collect(),
            lease: duration(run.lease_ms),
            shard: None,
        })
    }

    /// From the wire.
    ///
    /// # Errors
    /// Why this worker cannot run it.
    pub(crate) fn of_order(order: ServerSubmitJobInstanceRequest) -> Result<Self, String> {
        Ok(Self {
            job: order.job_id,
            instance: order.job_instance_id,
            app_group: order.app_group_id,
            group_id: order.group_id.unwrap_or_default(),
            namespace: order.namespace.unwrap_or_default(),
            job_name: order.job_name.unwrap_or_default(),
            code: code(&order.job_type, "", &order.content)?,
            mode: mode(&order.execute_mode)?,
            parameters: order.parameters.unwrap_or_default(),
            instance_parameters: order.instance_parameters.unwrap_or_default(),
            scheduled_ms: order.schedule_time,
            data_ms: order.data_time,
            attempt: order.attempt.unwrap_or(0).into(),
            max_attempt: order.max_attempt.unwrap_or(0).into(),
            workflow_instance: order.wf_instance_id.unwrap_or(0),
            upstream: order
                .upstream_data
                .into_iter()
                .map(|from| Upstream { job_name: from.job_name, data: from.data })
                .collect(),
            workers: order.workers.iter().map(|route| id_of(route)).collect(),
            lease: order.xattrs.as_deref().and_then(lease).unwrap_or(LEASE),
            shard: None,
        })
    }

    /// The parts that a shared run has, each with the worker that gets it.
    ///
    /// # Errors
    /// Why it cannot be shared.
    pub(crate) fn parts(&self) -> Result<Vec<(String, Self)>, String> {
        if self.workers.is_empty() {
            return Err("no worker can take part in the run".to_owned());
        }
        let shards: Vec<(i64, String)> = match self.mode {
            Mode::Standalone => Vec::new(),
            Mode::Broadcast => (0..).zip(&self.workers).map(|(index, _)| (index, String::new())).collect(),
            Mode::Sharding => shards(self.shard_text())?,
        };
        let total = i64::try_from(shards.len()).unwrap_or(i64::MAX);
        let part = |(place, (index, parameter)): (usize, (i64, String))| {
            let shard = Some(Shard { index, total, parameter });
            (self.workers[place % self.workers.len()].clone(), Self { shard, ..self.clone() })
        };
        Ok(shards.into_iter().enumerate().map(part).collect())
    }

    fn shard_text(&self) -> &str {
        let is_own = self.workflow_instance == 0 && !self.instance_parameters.is_empty();
        if is_own { &self.instance_parameters } else { &self.parameters }
    }
}

/// The worker that a route names: what stands before its `@`.
fn id_of(route: &str) -> String {
    route.split('@').next().unwrap_or(route).to_owned()
}

fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn lease(xattrs: &str) -> Option<Duration> {
    let said: serde_json::Value = serde_json::from_str(xattrs).ok()?;
    said["leaseMs"].as_i64().filter(|ms| *ms > 0).map(duration)
}

fn code(kind: &str, class_name: &str, content: &str) -> Result<Code, String> {
    // The protocol has a word of its own for tasks of Go.
    let kind = if kind == "golang" { Some(JobKind::Go) } else { JobKind::from_text(kind) };
    match kind {
        Some(JobKind::Shell) => Ok(Code::Shell(content.to_owned())),
        Some(JobKind::Python) => Ok(Code::Python(content.to_owned())),
        Some(JobKind::Go) => Ok(Code::BuiltIn(link::task_name(class_name, content))),
        _ => Err("this worker runs shell and Python scripts and its own tasks".to_owned()),
    }
}

fn mode(word: &str) -> Result<Mode, String> {
    match ExecuteMode::from_text(word) {
        Some(ExecuteMode::Standalone) => Ok(Mode::Standalone),
        Some(ExecuteMode::Broadcast) => Ok(Mode::Broadcast),
        Some(ExecuteMode::Sharding) => Ok(Mode::Sharding),
        _ => Err(format!("a script cannot run in the mode {word}: it is no program that makes tasks")),
    }
}

/// `0=a,1=b`, separated by commas or line breaks. The words of the refusals are the vendor's.
fn shards(text: &str) -> Result<Vec<(i64, String)>, String> {
    const INVALID: &str = "invalid sharding parameters, should be like 0=a,1=b,2=c";
    let mut shards: Vec<(i64, String)> = Vec::new();
    for piece in text.split([',', '\n', '\r']).filter(|piece| !piece.trim().is_empty()) {
        let (index, parameter) = piece.split_once('=').ok_or(INVALID)?;
        let index: i64 = index.trim().parse().map_err(|_| INVALID)?;
        if parameter.contains('=') {
            return Err(INVALID.to_owned());
        }
        if shards.iter().any(|(known, _)| *known == index) {
            return Err(format!("invalid sharding parameters, {index} is there twice"));
        }
        shards.push((index, parameter.to_owned()));
    }
    if shards.is_empty() {
        return Err("sharding parameters is empty".to_owned());
    }
    Ok(shards)
}

#[cfg(test)]
pub(crate) fn script(instance: i64, text: &str) -> Task {
    Task {
        job: 1,
        instance,
        app_group: 7,
        group_id: "g".into(),
        namespace: "ns".into(),
        job_name: "nightly".into(),
        code: Code::Shell(text.into()),
        mode: Mode::Standalone,
        parameters: String::new(),
        instance_parameters: String::new(),
        scheduled_ms: 1_768_465_800_000,
        data_ms: 1_768_465_740_000,
        attempt: 0,
        max_attempt: 0,
        workflow_instance: 0,
        upstream: Vec::new(),
        workers: vec!["me".into()],
        lease: LEASE,
        shard: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_as_the_vendor_reads_them() {
        let pair = |index, parameter: &str| (index, parameter.to_owned());
        assert_eq!(shards("0=a,1=b\n5= c").unwrap(), [pair(0, "a"), pair(1, "b"), pair(5, " c")]);
        for (text, why) in [
            ("", "sharding parameters is empty"),
            ("a", "should be like"),
            ("0=a=b", "should be like"),
            ("x=a", "should be like"),
            ("0=a,0=b", "twice"),
        ] {
            assert!(shards(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn shards_are_dealt_out_in_turn() {
        let mut task = script(9, "true");
        (task.mode, task.parameters) = (Mode::Sharding, "0=a,1=b,2=c".into());
        task.workers = vec!["x".into(), "y".into()];
        let parts = task.parts().unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|(worker, part)| {
                let shard = part.shard.as_ref().unwrap();
                (worker.as_str(), shard.index, shard.total, shard.parameter.as_str())
            })
            .collect();
        assert_eq!(shown, [("x", 0, 3, "a"), ("y", 1, 3, "b"), ("x", 2, 3, "c")]);
        task.instance_parameters = "7=z".into();
        assert_eq!(task.parts().unwrap().len(), 1);
        task.mode = Mode::Broadcast;
        assert_eq!(task.parts().unwrap().len(), 2);
    }

    #[test]
    fn an_order_names_its_code_and_its_lease() {
        let order = |kind: &str, mode: &str| ServerSubmitJobInstanceRequest {
            job_type: kind.into(),
            execute_mode: mode.into(),
            content: r#"{"jobName":"muster.noop"}"#.into(),
            xattrs: Some(r#"{"leaseMs":2000}"#.into()),
            workers: vec!["a_1@10.0.0.1:5".into()],
            ..ServerSubmitJobInstanceRequest::default()
        };
        let task = Task::of_order(order("golang", "standalone")).unwrap();
        assert_eq!(task.code, Code::BuiltIn("muster.noop".into()));
        assert_eq!((task.lease, task.workers), (Duration::from_secs(2), vec!["a_1".to_owned()]));
        assert!(Task::of_order(order("java", "standalone")).is_err());
        assert!(Task::of_order(order("shell", "grid")).unwrap_err().contains("grid"));
    }
}
