//! `CreateSchedulerJobGroup`

use muster_jobs::scheduled::{JobKind, NewGroup, Settings, TaggedKind};
use muster_wire::{Access, Operation, Served};

use super::super::tagged::GivenTags;
use super::super::{kind, one, put_tags};
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Makes an empty, enabled group.
pub(crate) struct CreateSchedulerJobGroup {
    id: Option<String>,
    name: String,
    description: Option<String>,
    kind: JobKind,
    settings: Settings,
    tags: GivenTags,
}

impl Operation<ZStack> for CreateSchedulerJobGroup {
    const NAME: &'static str = "CreateSchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:CreateSchedulerJobGroup";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let (job_type, parameters) = (input.text("type")?, input.map("parameters")?);
        let tags = GivenTags::read(input)?;
        Ok(Self {
            name: check::new_name(name)?,
            description: check::description(description)?,
            kind: kind::read(&check::required("type", job_type)?)?,
            settings: check::parameters(parameters)?,
            id: check::resource_uuid(input)?,
            tags,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let new = NewGroup {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind,
            settings: self.settings.clone(),
        };
        let group = cx.services.scheduled.create_group(cx.tx, &cx.caller.account_id, new)?;
        cx.touch(TaggedKind::Group.what(), &group.id);
        put_tags(cx, TaggedKind::Group, &group.id, &self.tags)?;
        one(cx, &group)
    }
}
