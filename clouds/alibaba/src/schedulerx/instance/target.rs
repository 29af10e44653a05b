//! The instance that an operation is about.

use muster_core::Error;
use muster_jobs::instances::INSTANCE;
use muster_jobs::job::JOB;
use muster_wire::Cx;

use crate::rpc::{Fault, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, SchedulerX};

/// Group, job and instance as a request names them.
#[derive(Clone, Debug)]
pub(super) struct InstanceTarget {
    pub(super) group: Target,
    pub(super) job: i64,
    pub(super) id: i64,
}

impl InstanceTarget {
    /// Reads all of them; `id` is how this operation calls the instance's number.
    pub(super) fn decode(parameters: &Parameters, id: &str) -> Result<Self, Refusal> {
        let group = Target::decode(parameters)?;
        parameters.required("RegionId")?;
        let number = |name: &str| parameters.integer(name)?.ok_or_else(|| Fault::missing(name));
        Ok(Self { group, job: number("JobId")?, id: number(id)? })
    }

    /// The refusal for `error`; where the instance is missing because its job is, that is said instead.
    pub(super) fn refusal(&self, cx: &mut Cx<'_, '_, SchedulerX>, error: Error) -> Refusal {
        if !matches!(error, Error::NotFound { what: INSTANCE, .. }) {
            return self.group.refusal_in_group(error);
        }
        let Target { namespace, group_id } = &self.group;
        match cx.services.jobs.get(cx.tx, cx.caller, namespace, group_id, self.job) {
            Err(Error::NotFound { what: JOB, id }) => Error::not_found(JOB, id).into(),
            _ => error.into(),
        }
    }
}
