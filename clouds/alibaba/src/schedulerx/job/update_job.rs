//! `UpdateJob`: changes what is sent. Neither the type nor the state of a job is changed by it.

use muster_identity::Caller;
use muster_jobs::job::JobPatch;
use muster_wire::{Access, Cx, Operation};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::job::{Target, decode, words};
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct UpdateJob {
    target: Target,
    patch: JobPatch,
    /// The mode as it is spelt.
    mode: Option<String>,
}

impl Operation<SchedulerX> for UpdateJob {
    const NAME: &'static str = "UpdateJob";
    const PERMISSION: &'static str = "edas:ManageSchedulerxJobModify";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let mode = parameters.word("ExecuteMode");
        let text = |name: &str| parameters.text(name).map(str::to_owned);
        let patch = JobPatch {
            name: text("Name"),
            description: text("Description"),
            mode: mode.map(words::mode).transpose()?,
            time_kind: parameters.integer("TimeType")?.map(words::time_kind).transpose()?,
            time_expression: text("TimeExpression"),
            zone: text("Timezone"),
            calendar: text("Calendar"),
            data_offset_s: parameters.integer("DataOffset")?,
            not_before: decode::bound(parameters, "StartTime")?,
            not_after: decode::bound(parameters, "EndTime")?,
            class_name: text("ClassName"),
            content: text("Content"),
            parameters: text("Parameters"),
            max_concurrency: parameters.integer("MaxConcurrency")?,
            max_attempt: parameters.integer("MaxAttempt")?,
            attempt_interval_s: parameters.integer("AttemptInterval")?,
            priority: parameters.integer("Priority")?,
            map: decode::map(parameters)?,
            xattrs: text("XAttrs"),
            template: text("Template"),
            monitor: decode::monitor(parameters)?,
            echo: None,
        };
        Ok(Self { target, patch, mode: mode.map(str::to_owned) })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.target;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let refusal = |error| self.target.refusal(error);
        let job = cx.services.jobs.get(cx.tx, cx.caller, namespace, group_id, *id).map_err(refusal)?;
        let mut patch = self.patch.clone();
        // A client that repeats the start of a job means no change.
        match patch.not_before {
            Some(start) if start == job.definition.time.not_before => patch.not_before = None,
            start => decode::check_start(start.flatten(), cx.tx.now())?,
        }
        patch.echo = self.mode.as_ref().map(|mode| words::spelling(&words::kind_text(&job.definition), mode));
        cx.services.jobs.update(cx.tx, cx.caller, namespace, group_id, *id, patch).map_err(refusal)?;
        cx.touch("job", *id);
        Ok(answer::success())
    }
}
