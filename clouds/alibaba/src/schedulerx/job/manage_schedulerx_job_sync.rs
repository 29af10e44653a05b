//! `ManageSchedulerxJobSync`: copies jobs into another group.

use muster_core::Error;
use muster_identity::Caller;
use muster_jobs::app_groups::APP_GROUP;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Fault, Parameters};
use crate::schedulerx::app_group::Target;
use crate::schedulerx::job::decode;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct ManageSchedulerxJobSync {
    from: Target,
    to: Target,
    ids: Vec<i64>,
}

impl Operation<SchedulerX> for ManageSchedulerxJobSync {
    const NAME: &'static str = "ManageSchedulerxJobSync";
    const PERMISSION: &'static str = "edas:ManageSchedulerxJobSync";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        parameters.required("RegionId")?;
        let from = group(parameters, "OriginalNamespace", "OriginalGroupId")?;
        let to = group(parameters, "TargetNamespace", "TargetGroupId")?;
        Ok(Self { from, to, ids: decode::ids(parameters)? })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.to.resource()
    }

    /// It takes the right to both groups.
    fn authorize(&self, caller: &Caller) -> muster_core::Result<()> {
        caller.require(Self::PERMISSION, &self.from.resource())?;
        caller.require(Self::PERMISSION, &self.to.resource())
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let (from, to) = (&self.from, &self.to);
        let copied = cx.services.jobs.copy(
            cx.tx,
            cx.caller,
            (&from.namespace, &from.group_id),
            (&to.namespace, &to.group_id),
            &self.ids,
        );
        copied.map_err(|error| {
            let is_target =
                matches!(&error, Error::NotFound { what: APP_GROUP, id } if *id == to.group_id && *id != from.group_id);
            if is_target { to.refusal_in_group(error) } else { from.refusal_in_group(error) }
        })?;
        if let Some(id) = self.ids.first() {
            cx.touch("job", *id);
        }
        Ok(answer::success())
    }
}

fn group(parameters: &Parameters, namespace: &str, group_id: &str) -> Result<Target, Fault> {
    Ok(Target {
        namespace: parameters.required(namespace)?.to_owned(),
        group_id: parameters.required(group_id)?.to_owned(),
    })
}
