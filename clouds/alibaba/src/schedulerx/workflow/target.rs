//! The workflow that an operation is about.

use muster_core::Error;

use crate::rpc::{Fault, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::{Refusal, app_group};

/// Reads namespace and group, and that a region is named.
pub(super) fn group(parameters: &Parameters) -> Result<Target, Refusal> {
    let group = Target::decode(parameters)?;
    parameters.required("RegionId")?;
    Ok(group)
}

/// Reads a number that must be said.
pub(super) fn number(parameters: &Parameters, name: &str) -> Result<i64, Refusal> {
    Ok(parameters.integer(name)?.ok_or_else(|| Fault::missing(name))?)
}

/// Namespace, group and workflow as a request names them.
#[derive(Clone, Debug)]
pub(super) struct WorkflowTarget {
    pub(super) group: Target,
    pub(super) id: i64,
}

impl WorkflowTarget {
    pub(super) fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self { group: group(parameters)?, id: number(parameters, "WorkflowId")? })
    }

    /// The refusal in the words of the operations on workflows.
    pub(super) fn refusal(&self, error: Error) -> Refusal {
        self.group.refusal_in_group(error)
    }
}

/// The same where the group need not be named: the workflow is then looked up in the namespace.
#[derive(Clone, Debug)]
pub(super) struct LooseTarget {
    pub(super) namespace: String,
    pub(super) group_id: Option<String>,
    pub(super) id: i64,
}

impl LooseTarget {
    pub(super) fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let namespace = parameters.required("Namespace")?.to_owned();
        parameters.required("RegionId")?;
        let group_id = parameters.word("GroupId").map(str::to_owned);
        Ok(Self { namespace, group_id, id: number(parameters, "WorkflowId")? })
    }

    /// Without a group it takes the right to all of them.
    pub(super) fn resource(&self) -> String {
        match &self.group_id {
            Some(_) => self.group().resource(),
            None => "*".to_owned(),
        }
    }

    pub(super) fn refusal(&self, error: Error) -> Refusal {
        self.group().refusal_in_group(error)
    }

    fn group(&self) -> app_group::Target {
        let group_id = self.group_id.clone().unwrap_or_default();
        Target { namespace: self.namespace.clone(), group_id }
    }
}
