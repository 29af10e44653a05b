//! `DesignateWorkers`: restricts a job to some workers, in place of the former restriction.

use muster_core::Error;
use muster_identity::Caller;
use muster_jobs::designations::{self, DesignateKind, Designation};
use muster_jobs::job::JOB;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer, worker};

/// The input.
pub(in crate::schedulerx) struct DesignateWorkers {
    target: Target,
    job: i64,
    designation: Designation,
}

impl Operation<SchedulerX> for DesignateWorkers {
    const NAME: &'static str = "DesignateWorkers";
    const PERMISSION: &'static str = "edas:ManageSchedulerxDesignateWorkers";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let number = |name: &str| parameters.integer(name)?.ok_or_else(|| Fault::missing(name));
        let (job, kind) = (number("JobId")?, number("DesignateType")?);
        let transferable =
            parameters.boolean("Transferable")?.ok_or_else(|| Fault::missing("Transferable"))?;
        let kind = worker::kind(kind)?;
        let name = match kind {
            DesignateKind::Worker => "Workers",
            DesignateKind::Label => "Labels",
        };
        let targets = match parameters.word(name) {
            Some(text) => serde_json::from_str(text)
                .map_err(|_| Refusal::bad_json(name, "it is not a JSON list of texts"))?,
            None => Vec::new(),
        };
        Ok(Self { target, job, designation: Designation { kind, transferable, targets } })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.target;
        let set = designations::set(cx.tx, cx.caller, namespace, group_id, self.job, &self.designation);
        set.map_err(|error| match error {
            Error::NotFound { what: JOB, .. } => Refusal::no_job("job is not existed".to_owned()),
            other => self.target.refusal_in_group(other),
        })?;
        cx.touch("job", self.job);
        Ok(answer::success())
    }
}
