//! The job that an operation is about.

use muster_core::Error;

use crate::rpc::Parameters;
use crate::schedulerx::{Refusal, app_group};

/// Namespace, group and job as a request names them.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) group: app_group::Target,
    pub(super) id: i64,
}

impl Target {
    /// Reads all three, and that a region is named.
    pub(super) fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let group = group(parameters)?;
        parameters.required("JobId")?;
        Ok(Self { group, id: parameters.integer("JobId")?.unwrap_or_default() })
    }

    /// The refusal in the words of the operations on jobs.
    pub(super) fn refusal(&self, error: Error) -> Refusal {
        self.group.refusal_in_group(error)
    }
}

/// Reads namespace and group, and that a region is named.
pub(super) fn group(parameters: &Parameters) -> Result<app_group::Target, Refusal> {
    let group = app_group::Target::decode(parameters)?;
    parameters.required("RegionId")?;
    Ok(group)
}
