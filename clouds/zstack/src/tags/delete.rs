//! `DeleteTag`

use muster_wire::{Access, Operation};

use crate::api::{Context, Outcome, ZStack, scope};
use crate::deletion::{deleted, read_uuid};
use crate::error::Refusal;
use crate::input::Input;

/// Removes a tag, or a pattern with all its tags.
pub(crate) struct DeleteTag {
    uuid: String,
}

impl Operation<ZStack> for DeleteTag {
    const NAME: &'static str = "DeleteTag";
    const PERMISSION: &'static str = "zstack:DeleteTag";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self { uuid: read_uuid(input)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch("tag", &self.uuid);
        let (scheduled, scope) = (&cx.services.scheduled, scope(cx.caller));
        deleted(scheduled.delete_tag(cx.tx, scope, &self.uuid))?;
        deleted(scheduled.delete_tag_pattern(cx.tx, scope, &self.uuid))
    }
}
