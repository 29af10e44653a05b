//! `EnableJob` and `DisableJob`: whether the due times of a job count.

use muster_core::Result;
use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::job::batch::Batch;
use crate::schedulerx::{Refusal, SchedulerX};

/// The input.
pub(in crate::schedulerx) struct EnableJob(Batch);

impl Operation<SchedulerX> for EnableJob {
    const NAME: &'static str = "EnableJob";
    const PERMISSION: &'static str = "edas:EnableJob";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Batch::of_one(parameters).map(Self)
    }

    fn authorize(&self, caller: &Caller) -> Result<()> {
        self.0.authorize(caller, Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, Self::PERMISSION, true)
    }
}

/// The input.
pub(in crate::schedulerx) struct DisableJob(Batch);

impl Operation<SchedulerX> for DisableJob {
    const NAME: &'static str = "DisableJob";
    const PERMISSION: &'static str = "edas:DisableJob";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Batch::of_one(parameters).map(Self)
    }

    fn authorize(&self, caller: &Caller) -> Result<()> {
        self.0.authorize(caller, Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, Self::PERMISSION, false)
    }
}
