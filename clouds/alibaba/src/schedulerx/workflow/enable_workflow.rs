//! `EnableWorkflow` and `DisableWorkflow`: whether the due times of a workflow count.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use super::target::LooseTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct EnableWorkflow(LooseTarget);

impl Operation<SchedulerX> for EnableWorkflow {
    const NAME: &'static str = "EnableWorkflow";
    const PERMISSION: &'static str = "edas:EnableWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        LooseTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        set_enabled(&self.0, cx, true)
    }
}

/// The input.
pub(in crate::schedulerx) struct DisableWorkflow(LooseTarget);

impl Operation<SchedulerX> for DisableWorkflow {
    const NAME: &'static str = "DisableWorkflow";
    const PERMISSION: &'static str = "edas:DisableWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        LooseTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        set_enabled(&self.0, cx, false)
    }
}

fn set_enabled(
    target: &LooseTarget,
    cx: &mut Cx<'_, '_, SchedulerX>,
    enabled: bool,
) -> Result<Document, Refusal> {
    let LooseTarget { namespace, group_id, id } = target;
    let (workflows, group_id) = (&cx.services.workflows, group_id.as_deref());
    let done = workflows.set_enabled(cx.tx, cx.caller, namespace, group_id, *id, enabled);
    done.map_err(|error| target.refusal(error))?;
    cx.touch("workflow", id);
    Ok(answer::success())
}
