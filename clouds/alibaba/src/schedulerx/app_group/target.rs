//! The application group that an operation is about.
//!
//! A user may act on a group by policy, or because the group was granted to it (`GrantPermission`). Either is
//! decided by the group's name alone, so a refusal is the same whether the group exists or not.

use muster_core::Error;
use muster_identity::app_group_resource;
use muster_jobs::app_groups::{APP_GROUP, AppGroup};
use muster_jobs::namespaces::NAMESPACE;
use muster_wire::Cx;

use crate::rpc::Parameters;
use crate::schedulerx::{Refusal, SchedulerX};

/// Namespace and group as a request names them.
#[derive(Clone, Debug)]
pub(in crate::schedulerx) struct Target {
    pub(in crate::schedulerx) namespace: String,
    pub(in crate::schedulerx) group_id: String,
}

impl Target {
    /// Reads both names.
    pub(in crate::schedulerx) fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            namespace: parameters.required("Namespace")?.to_owned(),
            group_id: parameters.required("GroupId")?.to_owned(),
        })
    }

    /// What policies and grants are asked about.
    pub(in crate::schedulerx) fn resource(&self) -> String {
        app_group_resource(&self.namespace, &self.group_id)
    }

    /// The group.
    pub(in crate::schedulerx) fn find(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<AppGroup, Refusal> {
        let found = cx.services.app_groups.get(cx.tx, cx.caller, &self.namespace, &self.group_id);
        found.map_err(|error| self.refusal(error))
    }

    /// The refusal that names both, where a group is missing.
    pub(in crate::schedulerx) fn refusal(&self, error: Error) -> Refusal {
        match error {
            Error::NotFound { what: APP_GROUP, .. } => Refusal::no_app_group(&self.namespace, &self.group_id),
            other => other.into(),
        }
    }

    /// The same for operations on what the group holds, which call a missing group by another code.
    pub(in crate::schedulerx) fn refusal_in_group(&self, error: Error) -> Refusal {
        match error {
            Error::NotFound { what: APP_GROUP | NAMESPACE, .. } => {
                Refusal::no_group(&self.namespace, &self.group_id)
            }
            other => other.into(),
        }
    }
}
