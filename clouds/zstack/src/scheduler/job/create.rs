//! `CreateSchedulerJob`

use muster_jobs::scheduled::{JobKind, NewJob, Settings, TaggedKind};
use muster_wire::{Access, Operation, Served};

use super::super::tagged::GivenTags;
use super::super::{kind, one, put_tags};
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Makes an enabled job that no trigger fires yet.
pub(crate) struct CreateSchedulerJob {
    id: Option<String>,
    name: String,
    description: Option<String>,
    target: String,
    kind: JobKind,
    settings: Settings,
    tags: GivenTags,
}

impl Operation<ZStack> for CreateSchedulerJob {
    const NAME: &'static str = "CreateSchedulerJob";
    const PERMISSION: &'static str = "zstack:CreateSchedulerJob";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let target = input.text("targetResourceUuid")?;
        let (job_type, parameters) = (input.text("type")?, input.map("parameters")?);
        let tags = GivenTags::read(input)?;
        Ok(Self {
            name: check::new_name(name)?,
            description: check::description(description)?,
            target: check::uuid("targetResourceUuid", target)?,
            kind: kind::read(&check::required("type", job_type)?)?,
            settings: check::parameters(parameters)?,
            id: check::resource_uuid(input)?,
            tags,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let new = NewJob {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind,
            target: self.target.clone(),
            settings: self.settings.clone(),
        };
        let job = cx.services.scheduled.create_job(cx.tx, &cx.caller.account_id, new)?;
        cx.touch(TaggedKind::Job.what(), &job.id);
        put_tags(cx, TaggedKind::Job, &job.id, &self.tags)?;
        one(cx, &job)
    }
}
