//! `BatchEnableJobs`, `BatchDisableJobs`, `BatchDeleteJobs`: all jobs of a list, or none.

use muster_core::Error;
use muster_identity::policy::Decision;
use muster_identity::{Caller, app_group_resource};
use muster_wire::{Access, Cx, Operation};

use crate::rpc::envelope::Document;
use crate::rpc::{Call, Parameters};
use crate::schedulerx::app_group;
use crate::schedulerx::job::{decode, target};
use crate::schedulerx::{Refusal, SchedulerX, answer};

const ANY: &str = "*";

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

    /// Without a group, whoever has a right to some group may ask: the groups of the jobs decide.
    pub(super) fn authorize(&self, caller: &Caller, permission: &str) -> Result<(), Error> {
        if self.group_id.is_some() {
            return caller.require(permission, &self.group().resource());
        }
        match caller.decide(permission, ANY, &[]) {
            Decision::DeniedImplicitly if caller.granted_resources().next().is_some() => Ok(()),
            _ => caller.require(permission, ANY),
        }
    }

    /// Asks for the right to each job's group. Whoever has no right to all groups is not told which jobs there are.
    fn authorize_each(&self, cx: &mut Cx<'_, '_, SchedulerX>, permission: &str) -> Result<(), Refusal> {
        let (groups, is_all) = cx.services.jobs.groups_of(cx.tx, cx.caller, &self.namespace, &self.ids)?;
        for group in groups {
            cx.caller.require(permission, &app_group_resource(&self.namespace, &group))?;
        }
        if !is_all {
            cx.caller.require(permission, ANY)?;
        }
        Ok(())
    }

    pub(super) fn set_enabled(
        &self,
        cx: &mut Cx<'_, '_, SchedulerX>,
        permission: &str,
        enabled: bool,
    ) -> Result<Document, Refusal> {
        if self.group_id.is_none() {
            self.authorize_each(cx, permission)?;
        }
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

    fn authorize(&self, caller: &Caller) -> Result<(), Error> {
        self.0.authorize(caller, Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, Self::PERMISSION, true)
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

    fn authorize(&self, caller: &Caller) -> Result<(), Error> {
        self.0.authorize(caller, Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        self.0.set_enabled(cx, Self::PERMISSION, false)
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

    fn authorize(&self, caller: &Caller) -> Result<(), Error> {
        self.0.authorize(caller, Self::PERMISSION)
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Batch { namespace, ids, .. } = &self.0;
        let group = self.0.group();
        let deleted = cx.services.jobs.delete(cx.tx, cx.caller, namespace, &group.group_id, ids);
        self.0.done(cx, deleted)
    }
}
