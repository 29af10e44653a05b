//! `BatchEnableJobs`, `BatchDisableJobs`, `BatchDeleteJobs`: all jobs of a list, or none.

use muster_core::Error;
use muster_identity::Caller;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::app_group;
use crate::schedulerx::job::{decode, target};
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// Jobs of one group or, where none is named, of a namespace.
pub(super) struct Batch {
    namespace: String,
    group_id: Option<String>,
    ids: Vec<i64>,
}

impl Batch {
    pub(super) fn of_one(parameters: &Parameters) -> Result<Self, Refusal> {
        parameters.required("JobId")?;
        let id = parameters.integer("JobId")?.unwrap_or_default();
        Self::of(parameters, vec![id])
    }

    fn of_many(parameters: &Parameters) -> Result<Self, Refusal> {
        Self::of(parameters, decode::ids(parameters)?)
    }

    fn of(parameters: &Parameters, ids: Vec<i64>) -> Result<Self, Refusal> {
        let namespace = parameters.required("Namespace")?.to_owned();
        parameters.required("RegionId")?;
        Ok(Self { namespace, group_id: parameters.word("GroupId").map(str::to_owned), ids })
    }

    /// Without a group it takes the right to all of them.
    pub(super) fn resource(&self) -> String {
        match &self.group_id {
            Some(_) => self.group().resource(),
            None => "*".to_owned(),
        }
    }

    pub(super) fn set_enabled(
        &self,
        cx: &mut Cx<'_, '_, SchedulerX>,
        enabled: bool,
    ) -> Result<Document, Refusal> {
        let (namespace, group_id) = (&self.namespace, self.group_id.as_deref());
        let set = cx.services.jobs.set_enabled(cx.tx, cx.caller, namespace, group_id, &self.ids, enabled);
        self.done(cx, set)
    }

    fn done(&self, cx: &mut Cx<'_, '_, SchedulerX>, done: Result<(), Error>) -> Result<Document, Refusal> {
        done.map_err(|error| self.group().refusal_in_group(error))?;
        if let Some(id) = self.ids.first() {
            cx.touch("job", *id);
        }
        Ok(answer::success())
    }

    fn group(&self) -> app_group::Target {
        let group_id = self.group_id.clone().unwrap_or_default();
        app_group::Target { namespace: self.namespace.clone(), group_id }
    }
}

/// The input.
pub(in crate::schedulerx) struct BatchEnableJobs(Batch);

impl Operation<SchedulerX> for BatchEnableJobs {
    const NAME: &'static str = "BatchEnableJobs";
    const PERMISSION: &'static str = "edas:BatchEnableJobs";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Batch::of_many(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, true)
    }
}

/// The input.
pub(in crate::schedulerx) struct BatchDisableJobs(Batch);

impl Operation<SchedulerX> for BatchDisableJobs {
    const NAME: &'static str = "BatchDisableJobs";
    const PERMISSION: &'static str = "edas:BatchDisableJobs";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Batch::of_many(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, false)
    }
}

/// The input.
pub(in crate::schedulerx) struct BatchDeleteJobs(Batch);

impl Operation<SchedulerX> for BatchDeleteJobs {
    const NAME: &'static str = "BatchDeleteJobs";
    const PERMISSION: &'static str = "edas:BatchDeleteJobs";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        target::group(parameters)?;
        Batch::of_many(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Batch { namespace, ids, .. } = &self.0;
        let group = self.0.group();
        let deleted = cx.services.jobs.delete(cx.tx, cx.caller, namespace, &group.group_id, ids);
        self.0.done(cx, deleted)
    }
}
