//! `CreateJob`: makes a job, which is scheduled from now on unless it is told otherwise.

use muster_identity::Caller;
use muster_jobs::job::{Definition, JobKind, NewJob, Time};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::app_group::Target;
use crate::schedulerx::job::{decode, target, words};
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct CreateJob {
    group: Target,
    new: NewJob,
}

impl Operation<SchedulerX> for CreateJob {
    const NAME: &'static str = "CreateJob";
    const PERMISSION: &'static str = "edas:CreateJob";
    const ACCESS: Access = Access::Write;

    /// In this order: what is required, then syntax and enumerations.
    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let group = target::group(parameters)?;
        let name = parameters.required("Name")?;
        let (job_type, execute_mode) = (parameters.required("JobType")?, parameters.required("ExecuteMode")?);
        parameters.required("TimeType")?;
        let kind = words::kind(job_type)?;
        match kind {
            JobKind::Java => drop(parameters.required("ClassName")?),
            JobKind::Shell | JobKind::Python => drop(parameters.required("Content")?),
            _ => {}
        }
        let text = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
        let number =
            |name: &str, default: i64| Ok::<_, Refusal>(parameters.integer(name)?.unwrap_or(default));
        let time = Time {
            kind: words::time_kind(number("TimeType", 0)?)?,
            expression: text("TimeExpression"),
            zone: text("Timezone"),
            calendar: text("Calendar"),
            data_offset_s: number("DataOffset", 0)?,
            not_before: decode::bound(parameters, "StartTime")?.flatten(),
            not_after: decode::bound(parameters, "EndTime")?.flatten(),
        };
        let plain = Definition::named(name, kind, words::mode(execute_mode)?, time);
        let definition = Definition {
            description: text("Description"),
            class_name: text("ClassName"),
            content: text("Content"),
            parameters: text("Parameters"),
            max_concurrency: number("MaxConcurrency", plain.max_concurrency)?,
            max_attempt: number("MaxAttempt", plain.max_attempt)?,
            attempt_interval_s: number("AttemptInterval", plain.attempt_interval_s)?,
            priority: number("Priority", plain.priority)?,
            xattrs: text("XAttrs"),
            template: text("Template"),
            echo: words::spelling(job_type, execute_mode),
            ..plain
        };
        let enabled = match parameters.integer("Status")? {
            None | Some(1) => true,
            Some(0) => false,
            Some(_) => return Err(Refusal::out_of_domain("Status", "0 and 1 are allowed")),
        };
        let (map, monitor) = (decode::map(parameters)?, decode::monitor(parameters)?);
        Ok(Self { group, new: NewJob { definition, map, monitor, enabled } })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { namespace, group_id } = &self.group;
        decode::check_start(self.new.definition.time.not_before, cx.tx.now())?;
        let job = cx.services.jobs.create(cx.tx, cx.caller, namespace, group_id, self.new.clone());
        let job = job.map_err(|error| self.group.refusal_in_group(error))?;
        cx.touch("job", job.id);
        Ok(answer::success_with(json!({"JobId": job.id})))
    }
}
