//! `UpdateSchedulerJobGroup`

use muster_jobs::scheduled::{GroupPatch, TaggedKind};
use muster_wire::{Access, Operation, Served};

use super::super::one;
use crate::api::{Context, Outcome, ZStack, scope};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;

/// Changes a group; changed parameters reach its jobs.
pub(crate) struct UpdateSchedulerJobGroup {
    uuid: String,
    patch: GroupPatch,
}

impl Operation<ZStack> for UpdateSchedulerJobGroup {
    const NAME: &'static str = "UpdateSchedulerJobGroup";
    const PERMISSION: &'static str = "zstack:UpdateSchedulerJobGroup";
    const ACCESS: Access = Access::Write;
    const SERVED: Served = Served::RecordsOnly;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (name, description) = (input.text("name")?, input.text("description")?);
        let (state, parameters) = (input.text("state")?, input.map("parameters")?);
        let enabled = match state {
            None => None,
            Some(state) => Some(check::one_of("state", &state, &["Enabled", "Disabled"])? == "Enabled"),
        };
        Ok(Self {
            uuid: check::uuid("uuid", input.text("uuid")?)?,
            patch: GroupPatch {
                name: check::changed_name(name)?,
                description: check::description(description)?,
                enabled,
                settings: check::parameters(parameters)?,
            },
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch(TaggedKind::Group.what(), &self.uuid);
        let patch = self.patch.clone();
        let group = cx.services.scheduled.update_group(cx.tx, scope(cx.caller), &self.uuid, patch)?;
        one(cx, &group)
    }
}
