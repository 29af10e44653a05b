//! `DeleteWorkflow`: removes a workflow; its jobs stay, and `GetWorkFlow` still shows it.

use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use super::target::LooseTarget;
use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct DeleteWorkflow(LooseTarget);

impl Operation<SchedulerX> for DeleteWorkflow {
    const NAME: &'static str = "DeleteWorkflow";
    const PERMISSION: &'static str = "edas:DeleteWorkflow";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        LooseTarget::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let LooseTarget { namespace, group_id, id } = &self.0;
        let done = cx.services.workflows.delete(cx.tx, cx.caller, namespace, group_id.as_deref(), *id);
        done.map_err(|error| self.0.refusal(error))?;
        cx.touch("workflow", id);
        Ok(answer::success())
    }
}
