//! `ReadSchedulerxDesignateInfo` and `ReadSchedulerxDesignateDetail`: the workers or labels that a job is restricted to,
//! and those that it might be restricted to.

use std::collections::BTreeSet;

use muster_identity::Caller;
use muster_jobs::designations::{self, DesignateKind, Designation};
use muster_jobs::instances::Busy;
use muster_jobs::link::Worker;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer, worker};

struct JobTarget {
    group: Target,
    job: i64,
}

impl JobTarget {
    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let group = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let job = parameters.integer("JobId")?.ok_or_else(|| Fault::missing("JobId"))?;
        Ok(Self { group, job })
    }

    /// What the job is restricted to, and the workers that are there.
    fn read(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<(Option<Designation>, Vec<Worker>), Refusal> {
        let Target { namespace, group_id } = &self.group;
        let group = cx.services.app_groups.get(cx.tx, cx.caller, namespace, group_id);
        let group = group.map_err(|error| self.group.refusal_in_group(error))?;
        let designation = designations::get(cx.tx, cx.caller, namespace, group_id, self.job)?;
        Ok((designation, cx.services.workers.0.workers(group.id)))
    }
}

/// The input.
pub(in crate::schedulerx) struct ReadSchedulerxDesignateInfo(JobTarget);

impl Operation<SchedulerX> for ReadSchedulerxDesignateInfo {
    const NAME: &'static str = "ReadSchedulerxDesignateInfo";
    const PERMISSION: &'static str = "edas:ReadSchedulerxDesignateInfo";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        JobTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let (designation, workers) = self.0.read(cx)?;
        let Some(Designation { kind, transferable, targets }) = designation else {
            let none = json!({"DesignateType": 1, "Transferable": false, "DesignateDetailVos": []});
            return Ok(answer::success_with(none));
        };
        let rows: Vec<Value> = targets.iter().map(|target| row(cx, kind, target, true, &workers)).collect();
        let number = match kind {
            DesignateKind::Worker => 1,
            DesignateKind::Label => 2,
        };
        let data = json!({"DesignateType": number, "Transferable": transferable, "DesignateDetailVos": rows});
        Ok(answer::success_with(data))
    }
}

/// The input.
pub(in crate::schedulerx) struct ReadSchedulerxDesignateDetail {
    target: JobTarget,
    kind: Option<DesignateKind>,
}

impl Operation<SchedulerX> for ReadSchedulerxDesignateDetail {
    const NAME: &'static str = "ReadSchedulerxDesignateDetail";
    const PERMISSION: &'static str = "edas:ReadSchedulerxDesignateDetail";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = JobTarget::decode(parameters)?;
        let kind = parameters.integer("DesignateType")?.map(worker::kind).transpose()?;
        Ok(Self { target, kind })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let (designation, workers) = self.target.read(cx)?;
        let chosen = designation.as_ref().map(|designation| designation.kind);
        let kind = self.kind.or(chosen).unwrap_or(DesignateKind::Worker);
        let targets = designation.filter(|designation| designation.kind == kind).map(|found| found.targets);
        let targets = targets.unwrap_or_default();
        let mut keys: BTreeSet<String> = workers
            .iter()
            .map(|worker| match kind {
                DesignateKind::Worker => worker.address(),
                DesignateKind::Label => worker.label.clone(),
            })
            .filter(|key| !key.is_empty())
            .collect();
        // What is designated and not there is a candidate as well, or callers could not uncheck it.
        let is_there = |target: &&String| workers.iter().any(|worker| kind.names(target, worker));
        keys.extend(targets.iter().filter(|target| !is_there(target)).cloned());
        let rows: Vec<Value> = keys
            .iter()
            .map(|key| {
                let is_named = |worker: &Worker| {
                    kind.names(key, worker) && targets.iter().any(|target| kind.names(target, worker))
                };
                let checked = targets.contains(key) || workers.iter().any(is_named);
                row(cx, kind, key, checked, &workers)
            })
            .collect();
        Ok(answer::success_with(json!({"DesignateDetailVos": rows})))
    }
}

/// A worker or a label. Only one worker has a load and a version to speak of.
fn row(
    cx: &Cx<'_, '_, SchedulerX>,
    kind: DesignateKind,
    key: &str,
    checked: bool,
    workers: &[Worker],
) -> Value {
    let named: Vec<&Worker> = workers.iter().filter(|worker| kind.names(key, worker)).collect();
    let mut row = json!({"Key": key, "Checked": checked, "Offline": named.is_empty(), "Size": named.len()});
    if let (DesignateKind::Worker, [worker]) = (kind, &named[..]) {
        row["Busy"] = busy(cx.services.busy_limits.judge(worker)).into();
        row["Starter"] = worker.starter.as_str().into();
        row["Version"] = worker.version.as_str().into();
        row["Metrics"] = metrics(worker);
    }
    row
}

fn busy(busy: Busy) -> &'static str {
    match busy {
        Busy::Free => "FREE",
        Busy::Load => "LOAD5_BUSY",
        Busy::Heap => "HEAP5_BUSY",
        Busy::Disk => "DISK_BUSY",
    }
}

fn metrics(worker: &Worker) -> Value {
    let metrics = &worker.metrics;
    json!({
        "CpuLoad1": metrics.cpu_load1,
        "CpuLoad5": metrics.cpu_load5,
        "CpuProcessors": metrics.cpu_processors,
        "Heap1Usage": metrics.heap1_usage,
        "Heap5Usage": metrics.heap5_usage,
        "Heap1Used": metrics.heap1_used,
        "HeapMax": metrics.heap_max.round() as i64,
        "DiskUsage": metrics.disk_usage,
        "DiskUsed": metrics.disk_used.round() as i64,
        "DiskMax": metrics.disk_max.round() as i64,
        "ExecCount": worker.running(),
    })
}
