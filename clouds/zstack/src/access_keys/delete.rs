//! `DeleteAccessKey`

use muster_wire::{Access, Operation};

use crate::api::{Context, Outcome, ZStack};
use crate::deletion::{deleted, read_uuid};
use crate::error::Refusal;
use crate::input::Input;

/// Deletes a key: the next request that it signs is refused.
pub(crate) struct DeleteAccessKey {
    uuid: String,
}

impl Operation<ZStack> for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    const PERMISSION: &'static str = "zstack:DeleteAccessKey";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        Ok(Self { uuid: read_uuid(input)? })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        cx.touch("access key", &self.uuid);
        deleted(cx.services.identity.delete_access_key(cx.tx, cx.caller, &self.uuid))
    }
}
